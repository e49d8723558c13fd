# The watch's own tests: traps, mutants, proof. Included by tests/tests.mk.

WATCH_OBJ := $(patsubst %,$(BUILD)/src/%.o,watch/watch watch/walindex watch/dbfile \
	watch/notify watch/pace base/clock base/err)
PROOF_OBJ := $(patsubst %,$(BUILD)/tests/proof/%.o,scene follower puppet shim)

$(BUILD)/tests/unit/test_watch_%.o $(BUILD)/tests/proof/%.o: INCLUDES += -Itests/proof

# What a test puts itself in front of: TRAP_<test> = functions.
TRAP_wal :=
TRAP_rollback :=
TRAP_files :=
TRAP_system := inotify_init1 inotify_add_watch statfs clock_gettime

# A mutant is the same objects with functions replaced: MUTANT_<name> = those functions,
# CAUGHT_<name> = the traps of test_watch_wal that must fail with it.
MUTANT_in_flight := tr_walindex_in_flight
CAUGHT_in_flight := commit_not_published_yet first_commit_into_a_new_wal
MUTANT_empty_wal := tr_walindex_in_flight
CAUGHT_empty_wal := first_commit_into_a_new_wal fresh_connection_after_truncate
MUTANT_late_watch := tr_notify_open tr_watch_fd
CAUGHT_late_watch := commit_between_look_and_sleep
MUTANT_late_header := tr_watch_read_done
CAUGHT_late_header := commit_in_the_middle_of_a_read

TRAPS := $(patsubst TRAP_%,%,$(filter TRAP_%,$(.VARIABLES)))
MUTANTS := $(patsubst MUTANT_%,%,$(filter MUTANT_%,$(.VARIABLES)))
TRAP_BIN := $(TRAPS:%=$(BUILD)/tests/unit/test_watch_%)

define trap_rule
$(BUILD)/tests/unit/test_watch_$(1): $(BUILD)/tests/unit/test_watch_$(1).o $(PROOF_OBJ) $(WATCH_OBJ)
	$$(call SAY,LD,$$@)$$(CC) $$(ALL_LDFLAGS) $(TRAP_$(1):%=-Wl,--wrap=%) -o $$@ $$^ \
		-lcmocka -lsqlite3
endef
$(foreach t,$(TRAPS),$(eval $(call trap_rule,$(t))))

define mutant_rule
$(BUILD)/tests/proof/mutant_$(1): $(BUILD)/tests/proof/mutant_$(1).o \
		$(BUILD)/tests/unit/test_watch_wal.o $(PROOF_OBJ) $(WATCH_OBJ)
	$$(call SAY,LD,$$@)$$(CC) $$(ALL_LDFLAGS) $(MUTANT_$(1):%=-Wl,--wrap=%) -o $$@ $$^ \
		-lcmocka -lsqlite3
mutant-$(1): $(BUILD)/tests/proof/mutant_$(1)
	@$$< >$$<.log 2>&1; for t in $(CAUGHT_$(1)); do \
		grep -q "FAILED  \] $$$$t" $$<.log || \
		{ echo "$$@ was not caught by $$$$t; see $$<.log"; exit 1; }; done
	@echo "$$@: caught by $(CAUGHT_$(1))"
endef
$(foreach m,$(MUTANTS),$(eval $(call mutant_rule,$(m))))

watch-traps: traps $(MUTANTS:%=mutant-%) watch-quiet ## each known way to miss a commit, on purpose

traps: $(TRAP_BIN)
	@for t in $(TRAP_BIN); do $$t || exit 1; done

.PHONY: watch-traps traps $(MUTANTS:%=mutant-%)

$(BUILD)/tests/proof/proof: $(patsubst %,$(BUILD)/tests/proof/%.o,proof crew follower shim) \
		$(WATCH_OBJ)
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lsqlite3

proof: $(BUILD)/tests/proof/proof ## prove that no commit is missed, 100,000 in each journal mode
	$<

proof-short: $(BUILD)/tests/proof/proof ## the same with 2,000, under a minute
	$< short

.PHONY: proof proof-short

$(BUILD)/tests/bench/bench_watch.o: INCLUDES += -Itests/proof

$(BUILD)/tests/bench/bench_watch: $(BUILD)/tests/bench/bench_watch.o \
		$(BUILD)/tests/proof/follower.o $(WATCH_OBJ)
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=inotify_init1 -o $@ $^ -lsqlite3

bench-watch: $(BUILD)/tests/bench/bench_watch ## latency and idle price of the watch and of polling
	$<

.PHONY: bench-watch

$(BUILD)/tests/proof/quiet: $(BUILD)/tests/proof/quiet.o $(BUILD)/tests/proof/follower.o $(WATCH_OBJ)
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lsqlite3

watch-quiet: $(BUILD)/tests/proof/quiet ## what the watch does while nothing is committed
	@tests/proof/quiet.sh $< $(filter $(BUILD)/src/watch/%,$(WATCH_OBJ))

.PHONY: watch-quiet
