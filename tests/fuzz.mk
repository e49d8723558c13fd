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
FUZZ_database := store/log store/leash store/jobs store/log_text store/lines store/page store/message \
	store/reader store/columns store/part store/filter store/row store/schema watch/watch watch/pace \
	watch/notify watch/walindex watch/dbfile base/utf8 base/buf base/clock base/err
FUZZ_LIBS_database := -lsqlite3
FUZZ_spool := run/spool run/place run/record base/buf base/clock base/err

FUZZ_ticket := base/ticket base/secrets base/query base/buf base/err
FUZZ_LIBS_ticket := -lnettle
FUZZ_request := $(patsubst src/%.c,%,$(foreach d,$(LAYERS),$(wildcard src/$(d)/*.c)))
FUZZ_LIBS_request := $(LIBS_FCGI)

# Those in node: tests/fuzz/<target>.mjs SECONDS.
FUZZ_IN_NODE := frames ansi

SECONDS := 60
FUZZERS := $(patsubst FUZZ_%,%,$(filter-out FUZZ_LIBS_% FUZZ_IN_%,$(filter FUZZ_%,$(.VARIABLES))))
FUZZER_CFLAGS := -std=c11 -D_GNU_SOURCE -DTR_VERSION='"$(VERSION)"' -Isrc -I$(BUILD) -O1 -g $(WARN) \
	-fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined

build-fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC,$@)clang $(FUZZER_CFLAGS) -MMD -MP -c -o $@ $<
build-fuzz/src/store/schema.o: $(BUILD)/schema_sql.h
build-fuzz/src/base/seccomp.o: $(BUILD)/seccomp_filter.h

define fuzz_rule
build-fuzz/fuzz_$(1): build-fuzz/tests/fuzz/fuzz_$(1).o $(patsubst %,build-fuzz/src/%.o,$(FUZZ_$(1)))
	$$(call SAY,LD,$$@)clang -fsanitize=fuzzer,address,undefined -o $$@ $$^ $(FUZZ_LIBS_$(1))
endef
$(foreach t,$(FUZZERS),$(eval $(call fuzz_rule,$(t))))

$(FUZZERS:%=fuzz-run-%): fuzz-run-%: build-fuzz/fuzz_%
	@mkdir -p build-fuzz/corpus/$*
	@echo fuzz_$*; $< -max_total_time=$(SECONDS) -timeout=10 -verbosity=0 -print_final_stats=1 \
		-artifact_prefix=build-fuzz/$*- build-fuzz/corpus/$* tests/fuzz/corpus/$* 2>&1

$(FUZZ_IN_NODE:%=fuzz-run-%): fuzz-run-%: tests/fuzz/%.mjs all tests/e2e/node_modules/.installed
	@echo $*; node $< $(SECONDS)

# Two at a time.
fuzz-short: SECONDS := 2
fuzz: ## fuzz each target for SECONDS=60 (needs clang)
fuzz-short: ## the same for 2 seconds
fuzz fuzz-short: all
	@$(MAKE) --no-print-directory -s -j2 -Otarget SECONDS=$(SECONDS) \
		$(FUZZERS:%=fuzz-run-%) $(FUZZ_IN_NODE:%=fuzz-run-%)

.PHONY: fuzz fuzz-short $(FUZZERS:%=fuzz-run-%) $(FUZZ_IN_NODE:%=fuzz-run-%)

-include $(shell find build-fuzz -name '*.d' 2>/dev/null)
