# The fixtures of the markup reader, and its speed. Included by tests.mk.

progress-fixtures: ## capture again what real tools print (as root; see tests/progress/capture.py)
	@tests/packages capture
	tests/progress/capture.py

$(BUILD)/tests/bench/bench_progress: $(BUILD)/tests/bench/bench_progress.o \
		$(PROGRESS:%=$(BUILD)/src/%.o)
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcjson

bench-progress: $(BUILD)/tests/bench/bench_progress ## what a line of a command's output costs to read
	$<

.PHONY: progress-fixtures bench-progress
