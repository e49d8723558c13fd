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

analyze-cppcheck: $(BUILD)/schema_sql.h $(BUILD)/seccomp_filter.h
	@tests/packages analyze
	cppcheck -q --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
		--suppressions-list=tests/cppcheck.txt $(filter -D% -I%,$(TIDY_FLAGS)) $(ANALYZED)

# A process a file: clang-tidy 14 takes a va_list for unset when it has seen another file before.
analyze-tidy: $(ANALYZED:%=$(BUILD)/tidy/%)

$(BUILD)/tidy/%.c: %.c .clang-tidy $(BUILD)/schema_sql.h $(BUILD)/seccomp_filter.h
	@tests/packages analyze
	$(call SAY,TIDY,$<)clang-tidy --quiet $< -- $(TIDY_FLAGS) 2>/dev/null
	@mkdir -p $(@D) && touch $@

.PHONY: analyze analyze-gcc analyze-cppcheck analyze-tidy

valgrind: ## run the core end-to-end tests under valgrind
	@tests/packages build demo test analyze
	@$(MAKE) -s CC=gcc BUILD=build-valgrind OPTIMIZE='-O0 -g' HARDEN= all
	@tests/valgrind build-valgrind $(CORE)

# The files of tests/e2e that valgrind runs.
CORE := stream.test.mjs cursor.test.mjs tables.test.mjs

# Servers run as nobody, who counts in the same files as root: hence the umask.
# The tests that need another user, another build or a browser tell nothing of the lines here.
COVERING := $(filter-out page% portable% permissions% doctor-rights% idle% locks%, \
	$(notdir $(wildcard tests/e2e/*.test.mjs)))
COVERAGE_FLAGS := -fprofile-instr-generate=$(CURDIR)/build-coverage/raw/%m%c.profraw \
	-fprofile-update=atomic -fcoverage-mapping -mllvm -runtime-counter-relocation

coverage: ## count the lines that unit, command line and end-to-end tests run, by layer
	@tests/packages build demo test analyze
	@rm -rf build-coverage/raw && mkdir -p -m 1777 build-coverage/raw
	@umask 0; $(MAKE) -s CC=clang BUILD=build-coverage OPTIMIZE='-O1 -g' HARDEN= \
		CFLAGS='$(COVERAGE_FLAGS)' LDFLAGS='$(COVERAGE_FLAGS)' all unit traps
	-umask 0; cd tests/e2e && TAILROW_BUILD=build-coverage node --test --test-concurrency=3 $(COVERING)
	-umask 0; TAILROW=build-coverage/tailrow node --test --test-concurrency=3 tests/cli/*.test.mjs
	@tests/coverage build-coverage

.PHONY: valgrind coverage
