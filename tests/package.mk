# The Debian package and its tests. Included by tests.mk.

# Built from a copy, because dpkg-buildpackage writes into the tree and beside it.
deb: ## build the Debian package (installs what that needs, saying so first)
	@tests/packages build deb
	@rm -rf $(BUILD)/deb
	@mkdir -p $(BUILD)/deb/tailrow-$(VERSION)
	tar -c --exclude-vcs --exclude='./build*' --exclude=node_modules . | \
		tar -x -C $(BUILD)/deb/tailrow-$(VERSION)
	cd $(BUILD)/deb/tailrow-$(VERSION) && dpkg-buildpackage -us -uc -b
	@rm -rf $(BUILD)/deb/tailrow-$(VERSION)
	@echo; ls $(BUILD)/deb/*.deb

test-package: all ## try the installation, the man pages, completion and the Debian package
	TAILROW_BUILD=$(BUILD) node --test tests/package/install.test.mjs tests/package/deb.test.mjs

.PHONY: deb test-package

proof-install: deb ## install the package on bare Debian systems, with Apache and lighttpd (as root)
	@tests/packages root
	@[ "$$(id -u)" = 0 ] || sudo=sudo; \
	TAILROW_BUILD=$(BUILD) $$sudo --preserve-env unshare --mount --pid --fork --mount-proc --kill-child \
		sh -c 'node --test tests/package/bare.test.mjs; exit $$?'
