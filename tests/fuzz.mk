# The fuzz targets, with clang's libFuzzer. Included by tests.mk.
#
# - What a run finds worth keeping stays in build-fuzz/corpus; the seeds are in the tree.
# - A crash leaves its input in build-fuzz: give that file to the program as its argument.

# FUZZ_<target> = the modules that tests/fuzz/fuzz_<target>.c is linked with, and
# FUZZ_LIBS_<target> = libraries.
FUZZ_frame := base/frame base/utf8 base/buf
FUZZ_query := base/query base/buf
FUZZ_cursor := base/cursor
FUZZ_params := stream/params store/filter store/row base/query base/cursor base/buf base/err
FUZZ_LIBS_params := -lsqlite3
FUZZ_list_params := web/list_params store/filter store/row base/query base/buf base/err
FUZZ_LIBS_list_params := -lsqlite3
FUZZ_posted := web/posted store/row base/utf8 base/buf base/err
FUZZ_LIBS_posted := -lcjson
FUZZ_section := table/section base/ini base/buf base/err
FUZZ_conf := base/conf base/ini base/buf base/query base/err
FUZZ_reply := doctor/reply doctor/path doctor/answer doctor/idle doctor/cures doctor/finding cli/report \
	cli/safe base/clock base/utf8 base/buf
FUZZ_LIBS_reply := -lcjson
FUZZ_progress := $(PROGRESS)
FUZZ_LIBS_progress := -lcjson
FUZZ_spool := run/spool run/place run/record base/buf base/clock base/err

SECONDS := 60
FUZZERS := $(patsubst FUZZ_%,build-fuzz/fuzz_%,$(filter-out FUZZ_LIBS_%,$(filter FUZZ_%,$(.VARIABLES))))
FUZZER_CFLAGS := -std=c11 -D_GNU_SOURCE -Isrc -O1 -g $(WARN) \
	-fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined

# Always linked afresh: that takes a second, and no header is forgotten.
build-fuzz/fuzz_%: tests/fuzz/fuzz_%.c FORCE
	@mkdir -p build-fuzz/corpus/$*
	clang $(FUZZER_CFLAGS) -o $@ $< $(FUZZ_$*:%=src/%.c) $(FUZZ_LIBS_$*)

fuzz-short: SECONDS := 3
fuzz: ## fuzz each target for SECONDS=60 (needs clang)
fuzz-short: ## the same for 3 seconds
fuzz fuzz-short: $(FUZZERS)
	@for f in $(FUZZERS:build-fuzz/fuzz_%=%); do \
		build-fuzz/fuzz_$$f -max_total_time=$(SECONDS) -timeout=10 -verbosity=0 \
		    -print_final_stats=1 -artifact_prefix=build-fuzz/$$f- \
		    build-fuzz/corpus/$$f tests/fuzz/corpus/$$f || exit 1; \
	done

.PHONY: fuzz fuzz-short FORCE
