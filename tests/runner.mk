# The tests of tailrow run and replay. Included by tests.mk.

RECORD := run/record base/buf
UNIT_record := $(RECORD)
UNIT_LIBS_record := -lm
SPOOL := run/spool run/place $(RECORD) base/clock base/err
UNIT_spool := $(SPOOL)
BATCH := store/ledger store/publish store/schema store/filter store/row base/clock base/buf base/err
UNIT_ledger := $(BATCH)
UNIT_LIBS_ledger := -lsqlite3
UNIT_player := base/errlog run/player run/spool run/place run/record $(BATCH)
UNIT_LIBS_player := -lsqlite3
UNIT_leftover := run/leftover $(UNIT_player)
UNIT_LIBS_leftover := -lsqlite3
UNIT_writer := run/writer run/leftover run/group $(UNIT_player)
UNIT_LIBS_writer := -lsqlite3
UNIT_group := run/group
UNIT_relay := run/relay
UNIT_outcome := run/outcome base/clock base/err
UNIT_place := run/place
UNIT_keylock := run/keylock run/place base/clock base/err
UNIT_capture := run/capture run/spool run/place run/record store/filter store/row base/clock \
	base/err $(PROGRESS)
UNIT_LIBS_capture := -lsqlite3 -lcjson

proof-run: all $(BUILD)/tests/bench/lines ## a million lines through tailrow run while its writer is killed
	@tests/packages build demo test
	node tests/proof/run.mjs $(BUILD)

.PHONY: proof-run
