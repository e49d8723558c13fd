# The benchmarks: ratios against a floor and a peer in the same run. Included by tests/tests.mk.

BENCH_BIN := $(patsubst %,$(BUILD)/tests/bench/%,load publish floor)

$(BENCH_BIN): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lfcgi -lsqlite3

# Hundreds of clients in one process.
MANY_FILES := ulimit -n $$(ulimit -H -n) &&

bench: all $(BENCH_BIN) bench-watch bench-cli bench-run ## measure latency, memory and CPU beside a floor and a peer
	@tests/packages build demo test bench
	cd tests/e2e && npm ci --no-audit --no-fund --silent
	node tests/bench/bench_lighttpd.mjs
	$(MANY_FILES) node tests/bench/streams.mjs
	node tests/bench/page.mjs

bench-cli: all ## measure a call of the command line, and what prune costs a publisher
	@tests/packages build demo test
	python3 tests/bench/calls.py $(BUILD)/tailrow
	python3 tests/bench/prune.py $(BUILD)/tailrow

RUN_BENCH_BIN := $(BUILD)/tests/bench/lines $(BUILD)/tests/bench/insert
$(RUN_BENCH_BIN): $(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/src/base/clock.o
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lsqlite3

bench-run: all $(RUN_BENCH_BIN) ## measure what tailrow run costs its command, and when the log is complete
	@tests/packages build demo test
	python3 tests/bench/late.py $(BUILD)/tailrow
	node tests/bench/run.mjs $(BUILD)

chaos: SECONDS := 600
chaos: all ## kill -9 everything by turns for SECONDS=600 while 200 streams read on
	@tests/packages build demo test
	cd tests/e2e && npm ci --no-audit --no-fund --silent
	$(MANY_FILES) node tests/chaos/chaos.mjs $(SECONDS) $(SEED)

soak: SECONDS := 1800
soak: all ## 200 streams and 20 publishers for SECONDS=1800 amid kills: nothing lost, nothing grows
	@tests/packages build demo test
	cd tests/e2e && npm ci --no-audit --no-fund --silent
	$(MANY_FILES) node tests/chaos/soak.mjs $(SECONDS) $(SEED)

.PHONY: bench bench-cli bench-run chaos soak
