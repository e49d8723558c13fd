# Static analysis, valgrind, coverage. Included by tests/tests.mk.

ANALYZED := $(wildcard src/*/*.c cgi-bin/*.c)
TIDY_FLAGS := -std=c11 -D_GNU_SOURCE -DTR_VERSION='"$(VERSION)"' -Isrc -I$(BUILD)

# What gcc 12 is wrong about, by file.
# - ring.c: copy_out() fills the whole record, through an index that gcc does not follow.
# - feed_pool.c: the caller gets a member of what was allocated, and frees the whole by it.
build-analyze/src/pool/ring.o: OPTIMIZE += -Wno-analyzer-use-of-uninitialized-value
build-analyze/src/stream/feed_pool.o: OPTIMIZE += -Wno-analyzer-malloc-leak

analyze: analyze-gcc analyze-cppcheck analyze-tidy ## analyse with gcc -fanalyzer, cppcheck and clang-tidy

analyze-gcc:
	@tests/packages build
	@$(MAKE) -s CC=gcc BUILD=build-analyze CFLAGS=-fanalyzer all

analyze-cppcheck: $(BUILD)/schema_sql.h
	@tests/packages analyze
	cppcheck -q --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		--suppressions-list=tests/cppcheck.txt $(filter -D% -I%,$(TIDY_FLAGS)) $(ANALYZED)

# A process a file: clang-tidy 14 takes a va_list for unset when it has seen another file before.
analyze-tidy: $(ANALYZED:%=$(BUILD)/tidy/%)

$(BUILD)/tidy/%.c: %.c .clang-tidy $(BUILD)/schema_sql.h
	@tests/packages analyze
	$(call SAY,TIDY,$<)clang-tidy --quiet $< -- $(TIDY_FLAGS) 2>/dev/null
	@mkdir -p $(@D) && touch $@

.PHONY: analyze analyze-gcc analyze-cppcheck analyze-tidy
