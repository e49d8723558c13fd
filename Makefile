# tailrow: builds the responder (build/tailrow.fcgi) and the command line (build/tailrow).
#
#   make help             lists the targets
#   make CC=clang         any C11 compiler
#   make SANITIZE=1       AddressSanitizer and UBSan, in build-asan

VERSION := 0.1.0
PREFIX ?= /usr/local
PKG_CONFIG ?= pkg-config
BUILD ?= $(if $(SANITIZE),build-asan,build)

OPTIMIZE ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
HARDEN_x86_64 := -fstack-clash-protection -fcf-protection
HARDEN := -fPIE -fstack-protector-strong $(HARDEN_$(shell uname -m))
ifdef SANITIZE
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPTIMIZE := -O1 -g
else
HARDEN += -D_FORTIFY_SOURCE=2
endif

# A variable of its own: what is appended to one from the command line is not.
INCLUDES = -Isrc -I$(BUILD)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -DTR_VERSION='"$(VERSION)"' $(INCLUDES) $(OPTIMIZE) \
	$(WARN) $(HARDEN) $(SAN) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(SAN) $(LDFLAGS)

LIBS_DB := -lsqlite3
LIBS_CLI := -lsqlite3 -lcjson -lnettle
LIBS_FCGI := -lfcgi -lsqlite3 -lcjson -lnettle

# The layers, lowest first; CONTRIBUTING.md draws them. No folder includes one to its right.
LAYERS := base progress store table run watch doctor pool stream web
LIB_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(foreach d,$(LAYERS),$(wildcard src/$(d)/*.c)))
CLI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))
CGI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cgi-bin/*.c))

# `make V=1` shows the commands whole.
SAY = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2);)

all: $(BUILD)/tailrow $(BUILD)/tailrow.fcgi $(BUILD)/tailrow.cgi ## build both programs

$(BUILD)/libtailrow.a: $(LIB_OBJ)
	@rm -f $@
	$(call SAY,AR,$@)$(AR) rcs $@ $^

$(BUILD)/tailrow: $(CLI_OBJ) $(BUILD)/libtailrow.a
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_CLI)

$(BUILD)/tailrow.fcgi: $(CGI_OBJ) $(BUILD)/libtailrow.a
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_FCGI)

$(BUILD)/tailrow.cgi: $(BUILD)/tailrow.fcgi
	ln -sf tailrow.fcgi $@

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The schema is kept as SQL and embedded as a C string.
$(BUILD)/schema_sql.h: src/store/schema.sql
	@mkdir -p $(@D)
	{ echo 'static const char schema_sql[] ='; \
	  sed -e 's/[\\"]/\\&/g' -e 's/^/"/' -e 's/$$/\\n"/' $<; echo ';'; } > $@
$(BUILD)/src/store/schema.o: $(BUILD)/schema_sql.h

# The system calls that are left to the responder are a list of names, and embedded as a filter.
$(BUILD)/seccomp_filter: src/generate/seccomp_filter.c src/base/sanitized.h
	@mkdir -p $(@D)
	$(call SAY,CC,$<)$(CC) -std=c11 -D_GNU_SOURCE -Isrc $(WARN) $(SAN) -o $@ $< -lseccomp
$(BUILD)/seccomp_filter.h: $(BUILD)/seccomp_filter
	$< > $@ || { rm $@; exit 1; }
$(BUILD)/src/base/seccomp.o: $(BUILD)/seccomp_filter.h

include tests/tests.mk
include examples/demo/demo.mk
include portable/portable.mk

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | \
		expand -t 24

ROOT = $(DESTDIR)$(PREFIX)
UNITDIR ?= $(PREFIX)/lib/systemd/system

# Puts the files $(1) into the directory $(2). The /usr/local that they name becomes PREFIX.
define put
	install -d $(2)
	$(if $(V),,@)for file in $(1); do \
		sed 's|/usr/local/|$(PREFIX)/|g' $$file | \
			install -m 644 /dev/stdin $(2)/$${file##*/} || exit; done
endef

install: all ## install under PREFIX (/usr/local)
	install -d $(ROOT)/bin $(ROOT)/lib/tailrow
	install $(BUILD)/tailrow $(ROOT)/bin/
	install $(BUILD)/tailrow.fcgi $(ROOT)/lib/tailrow/
	ln -sf tailrow.fcgi $(ROOT)/lib/tailrow/tailrow.cgi
	install -d $(ROOT)/share/tailrow/www
	install -m 644 www/* $(ROOT)/share/tailrow/www/
	install -m 644 src/store/schema.sql $(ROOT)/share/tailrow/
	$(call put,lighttpd-conf/*,$(ROOT)/share/tailrow/lighttpd-conf)
	$(call put,apache-conf/*,$(ROOT)/share/tailrow/apache-conf)
	$(call put,nginx-conf/*,$(ROOT)/share/tailrow/nginx-conf)
	$(call put,man/*.1,$(ROOT)/share/man/man1)
	$(call put,man/*.5,$(ROOT)/share/man/man5)
	$(call put,man/*.8,$(ROOT)/share/man/man8)
	$(call put,completions/tailrow,$(ROOT)/share/bash-completion/completions)
	$(call put,systemd/system/*,$(DESTDIR)$(UNITDIR))
	$(call put,systemd/tmpfiles.d/*,$(ROOT)/lib/tmpfiles.d)

uninstall: ## remove what install put there; databases and settings stay
	rm -f $(ROOT)/bin/tailrow $(ROOT)/share/bash-completion/completions/tailrow \
		$(ROOT)/share/man/man1/tailrow.1 $(ROOT)/share/man/man5/tailrow.conf.5 \
		$(ROOT)/share/man/man8/tailrow.fcgi.8 $(ROOT)/lib/tmpfiles.d/tailrow.conf \
		$(DESTDIR)$(UNITDIR)/tailrow.socket $(DESTDIR)$(UNITDIR)/tailrow.service
	rm -rf $(ROOT)/lib/tailrow $(ROOT)/share/tailrow

clean: ## remove what was built
	rm -rf build build-*

.PHONY: all help clean install uninstall

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
