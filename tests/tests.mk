# The test targets. Included by the Makefile.

# Each unit test links only the modules named here, so that its link line proves what the
# module under test needs: UNIT_<test> = modules, and UNIT_LIBS_<test> = libraries.
UNIT_buf := base/buf
UNIT_schema := store/schema base/err
UNIT_LIBS_schema := -lsqlite3
UNIT_schema_init := store/schema base/err
UNIT_LIBS_schema_init := -lsqlite3
UNIT_publish := store/publish store/schema store/filter store/row base/buf base/err
UNIT_LIBS_publish := -lsqlite3
UNIT_prune := store/prune store/schema base/clock base/err
UNIT_LIBS_prune := -lsqlite3
UNIT_utf8 := base/utf8 base/buf
UNIT_frame := base/frame base/utf8 base/buf
UNIT_cursor := base/cursor
UNIT_query := base/query
UNIT_clock := base/clock
UNIT_conf := base/conf base/ini base/buf base/query base/err
UNIT_errlog := base/errlog
UNIT_stop := base/stop base/clock
UNIT_sandbox := base/sandbox base/seccomp base/fence base/landlock
UNIT_LIBS_sandbox := -lsqlite3
PROGRESS := $(patsubst src/%.c,%,$(wildcard src/progress/*.c)) base/buf
UNIT_progress_lines := $(PROGRESS)
UNIT_LIBS_progress_lines := -lcjson
UNIT_progress_ci := $(PROGRESS)
UNIT_LIBS_progress_ci := -lcjson
UNIT_progress_tools := $(PROGRESS)
UNIT_LIBS_progress_tools := -lcjson
UNIT_progress_masks := $(PROGRESS)
UNIT_LIBS_progress_masks := -lcjson
UNIT_progress_level := $(PROGRESS)
UNIT_LIBS_progress_level := -lcjson
UNIT_progress_fixtures := $(PROGRESS)
UNIT_LIBS_progress_fixtures := -lcjson
UNIT_watch_pace := watch/pace
UNIT_safe := cli/safe base/utf8 base/buf
UNIT_row := store/row
UNIT_filter := store/filter store/row store/schema base/buf base/err
UNIT_LIBS_filter := -lsqlite3
# What reads a database, with what it stands on.
READER := store/reader store/columns store/part store/filter store/row store/schema base/utf8 base/buf base/clock base/err
UNIT_reader := $(READER)
UNIT_LIBS_reader := -lsqlite3
UNIT_tail := $(READER)
UNIT_LIBS_tail := -lsqlite3
UNIT_predicate := $(READER)
UNIT_LIBS_predicate := -lsqlite3
UNIT_jobs := store/jobs store/columns store/part store/filter store/row store/schema base/utf8 base/buf base/err
UNIT_LIBS_jobs := -lsqlite3
# What makes pages of it.
PAGES := store/page store/lines store/message store/job_page store/columns store/part store/filter store/row store/schema \
	base/utf8 base/buf base/clock base/err
UNIT_page := $(PAGES)
UNIT_LIBS_page := -lsqlite3
UNIT_lines := $(PAGES)
UNIT_LIBS_lines := -lsqlite3
UNIT_part := store/reader store/jobs $(PAGES)
UNIT_LIBS_part := -lsqlite3
UNIT_log_text := store/log_text $(PAGES)
UNIT_LIBS_log_text := -lsqlite3
UNIT_list_params := web/list_params store/filter store/row base/query base/buf base/err
UNIT_LIBS_list_params := -lsqlite3
UNIT_submit := store/submit store/change store/columns store/part store/filter store/row store/schema \
	base/utf8 base/buf base/clock base/err
UNIT_LIBS_submit := -lsqlite3
UNIT_split := store/split store/row base/utf8 base/buf
UNIT_posted := web/posted store/row base/utf8 base/buf base/err
UNIT_LIBS_posted := -lcjson
UNIT_token := web/token base/secrets base/err
UNIT_ticket := base/ticket base/secrets base/query base/buf base/err
UNIT_LIBS_ticket := -lnettle -lsqlite3
UNIT_LIBS_token := -lsqlite3
UNIT_json := stream/json base/quote base/buf base/clock
UNIT_LIBS_json := -lcjson
FRAMES := stream/frames stream/json base/quote base/frame base/cursor
UNIT_params := stream/params store/filter store/row base/query base/cursor base/buf base/err
UNIT_LIBS_params := -lsqlite3
UNIT_frames := $(FRAMES) $(READER)
UNIT_LIBS_frames := -lsqlite3 -lcjson
UNIT_walk := $(FRAMES) $(READER)
UNIT_LIBS_walk := -lsqlite3 -lcjson
UNIT_hostile := store/log store/leash store/jobs $(READER)
UNIT_LIBS_hostile := -lsqlite3
UNIT_log := store/log store/leash $(READER)
UNIT_LIBS_log := -lsqlite3
START := stream/start stream/params store/log store/leash store/jobs base/query $(FRAMES) $(READER)
UNIT_start := $(START)
UNIT_LIBS_start := -lsqlite3 -lcjson
UNIT_named := $(START)
UNIT_LIBS_named := -lsqlite3 -lcjson
UNIT_feed := stream/feed stream/feed_lone watch/watch watch/pace watch/notify watch/walindex watch/dbfile \
	store/log store/leash store/jobs $(FRAMES) $(READER)
UNIT_LIBS_feed := -lsqlite3 -lcjson
UNIT_feed_pool := stream/feed stream/feed_pool pool/ring pool/bells pool/scoreboard store/log store/jobs store/leash $(FRAMES) $(READER)
UNIT_LIBS_feed_pool := -lsqlite3 -lcjson -Wl,--wrap=tr_ring_is_of
TABLE := table/section table/statement table/viewer table/append table/result table/image \
	table/image_read base/ini base/quote base/frame base/utf8 base/cursor base/clock store/filter store/row store/leash store/schema base/buf base/err
UNIT_section := table/section base/ini base/buf base/err
UNIT_statement := $(TABLE)
UNIT_LIBS_statement := -lsqlite3
UNIT_image := $(TABLE)
UNIT_LIBS_image := -lsqlite3 -Wl,--wrap=tr_viewer_sees
UNIT_mux := stream/mux base/buf base/cursor
UNIT_lanes := stream/lanes stream/mux $(FRAMES) $(READER)
UNIT_LIBS_lanes := -lsqlite3 -lcjson
UNIT_scoreboard := pool/scoreboard base/err
UNIT_guardian := pool/guardian pool/tree base/errlog base/stop base/clock
UNIT_LIBS_guardian := -Wl,--wrap=fork -Wl,--wrap=signalfd
UNIT_bells := pool/bells pool/scoreboard base/err
RING := pool/ring store/filter store/row base/buf base/err
UNIT_ring := $(RING)
UNIT_LIBS_ring := -lsqlite3
UNIT_ring_threads := $(RING)
UNIT_LIBS_ring_threads := -lsqlite3
ifndef SANITIZE # other instructions than those that run, and ten times as many to stop at
UNIT_ring_steps := $(RING)
UNIT_LIBS_ring_steps := -lsqlite3
endif
UNIT_listen := pool/listen base/query base/err
UNIT_request := web/request
UNIT_service := web/service web/request base/conf base/ini base/buf base/query base/err
UNIT_respond := web/respond web/request base/errlog $(FRAMES) $(READER)
UNIT_LIBS_respond := -lsqlite3 -lcjson -Wl,--wrap=realloc

UNIT_finding := doctor/finding
UNIT_target := doctor/target base/err
UNIT_reply := doctor/reply base/clock
UNIT_path := doctor/path doctor/answer doctor/idle doctor/cures doctor/finding doctor/reply base/clock
UNIT_LIBS_path := -lcjson
UNIT_permit := doctor/permit doctor/access doctor/user doctor/finding base/err
UNIT_database := doctor/database $(UNIT_permit) store/schema
UNIT_LIBS_database := -lsqlite3
UNIT_machine := doctor/machine doctor/finding base/landlock
UNIT_report := cli/report cli/safe doctor/finding base/utf8 base/buf
UNIT_LIBS_report := -lcjson

include tests/runner.mk

UNITS := $(patsubst UNIT_%,%,$(filter-out UNIT_LIBS_%,$(filter UNIT_%,$(.VARIABLES))))

define unit_rule
$(BUILD)/tests/unit/test_$(1): $(BUILD)/tests/unit/test_$(1).o $(patsubst %,$(BUILD)/src/%.o,$(UNIT_$(1)))
	$$(call SAY,LD,$$@)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ -lcmocka $(UNIT_LIBS_$(1))
endef
$(foreach t,$(UNITS),$(eval $(call unit_rule,$(t))))

unit: $(UNITS:%=$(BUILD)/tests/unit/test_%) ## build and run the unit tests
	@rc=0; for t in $^; do $$t || rc=1; done; exit $$rc

unit-tsan: ## run what shares memory between threads under ThreadSanitizer (clang)
	@$(MAKE) -s CC=clang BUILD=build-tsan OPTIMIZE='-O1 -g' HARDEN= \
		CFLAGS=-fsanitize=thread LDFLAGS=-fsanitize=thread build-tsan/tests/unit/test_ring_threads
	@build-tsan/tests/unit/test_ring_threads

.PHONY: unit unit-tsan

include tests/schema.mk

# What the tests in node need, of npm.
tests/e2e/node_modules/.installed: tests/e2e/package-lock.json
	cd tests/e2e && npm ci --no-audit --no-fund && cp package-lock.json node_modules/.installed

include tests/fuzz.mk

include tests/faults.mk

include tests/progress.mk

include tests/proof.mk

include tests/analyze.mk

include tests/bench.mk

include tests/package.mk

test: ## set up and pass every test (installs missing Debian packages, saying so first)
	@tests/packages build demo pages test deb
	@$(MAKE) --no-print-directory -s all
	@tests/run

.PHONY: test

servers-table: ## find out what holds behind each web server, and write it into the README
	@tests/packages build demo test
	@$(MAKE) --no-print-directory -s all
	@SERVERS_TABLE=write tests/run servers
	@node tests/e2e/servers_table.mjs

.PHONY: servers-table

screenshots: all ## make the pictures of the README again
	cd tests/e2e && node screenshots.mjs

.PHONY: screenshots
