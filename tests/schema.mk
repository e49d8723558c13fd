# The tests of the schema, of the command line, and of many publishers. Included by tests.mk.

SCHEMA_NPM := tests/schema/node_modules/.package-lock.json
SQLITE_OLD := $(BUILD)/sqlite-3.7.8

$(SCHEMA_NPM): tests/schema/package-lock.json
	cd tests/schema && npm ci --silent --ignore-scripts --no-audit --no-fund

$(SQLITE_OLD): | $(SCHEMA_NPM)
	@mkdir -p $@.src
	tar -xzf tests/schema/node_modules/sqlite3/deps/sqlite-autoconf-3070800.tar.gz \
		-C $@.src --strip-components=1
	$(CC) -w -O1 -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION -o $@ \
		$@.src/sqlite3.c $@.src/shell.c

test-schema: $(SQLITE_OLD) ## try the schema on two engines, thirteen years apart
	SQLITE_OLD=$(abspath $(SQLITE_OLD)) node --test tests/schema/schema.test.mjs

.PHONY: test-schema

test-cli: $(BUILD)/tailrow ## try the command line, each command with the real program
	TAILROW=$(abspath $(BUILD)/tailrow) node --test --test-concurrency=3 tests/cli/*.test.mjs

.PHONY: test-cli

publishers: SECONDS := 60
publishers: all ## let 50 publishers in four languages write for SECONDS=60 while 50 streams read
	@tests/packages build demo test
	cd tests/e2e && npm ci --no-audit --no-fund --silent
	TAILROW_SECONDS=$(SECONDS) node --test tests/e2e/publishers-many.test.mjs

.PHONY: publishers
