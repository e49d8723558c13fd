# The portable build: a tarball to upload to a host where nothing can be installed. Included
# by the Makefile.
#
# - What has a static library in Debian is linked in; libcjson, which has none, lies beside the
#   program, which looks for it there ($ORIGIN).
# - A program runs with no older C library than it was built with. So it is built on the oldest
#   Debian that can be had: `make portable SUITE=here` does without, for hosts like this one.

SUITE ?= bullseye
PORTABLE := $(BUILD)/portable
PORTABLE_NAME := tailrow-$(VERSION)-portable-$(shell uname -m)
PORTABLE_LIBS := -Wl,--as-needed,-Bstatic -lfcgi -lsqlite3 -lnettle -Wl,-Bdynamic -lcjson -lm -ldl -lpthread -lutil
comma := ,
ifeq ($(shell uname -m),x86_64)
PORTABLE_WRAP := $(patsubst %,-Wl$(comma)--wrap=%,fcntl64 log getrandom explicit_bzero __explicit_bzero_chk)
endif

$(PORTABLE)/tailrow: $(CLI_OBJ)
$(PORTABLE)/tailrow.cgi: $(CGI_OBJ)
$(PORTABLE)/tailrow $(PORTABLE)/tailrow.cgi: $(BUILD)/portable/compat.o $(BUILD)/libtailrow.a
	$(call SAY,LD,$@)$(CC) $(ALL_LDFLAGS) -s $(PORTABLE_WRAP) -Wl,-rpath,'$$ORIGIN' -o $@ \
		$(filter %.o,$^) $(BUILD)/libtailrow.a $(PORTABLE_LIBS)

ifeq ($(SUITE),here)
portable: $(PORTABLE)/tailrow $(PORTABLE)/tailrow.cgi
	@portable/pack $(PORTABLE) $(PORTABLE_NAME)
else
portable: ## build a tarball to upload to a shared host (SUITE=here: for hosts like this one)
	@tests/packages portable
	@portable/build $(SUITE) $(PORTABLE) $(PORTABLE_NAME)
endif

test-portable: ## try the portable tarball on bare systems (as root)
	@[ "$$(id -u)" = 0 ] || { echo "As root, please, for chroot: sudo make test-portable" >&2; exit 1; }
	@tests/packages build demo test portable
	@$(MAKE) --no-print-directory -s all
	@tests/run portable

.PHONY: portable test-portable
