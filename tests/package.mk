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

# In namespaces of its own: no process and no mount is left over, however it ends.
proof-install: deb ## try the package on bare Debians, with Apache and lighttpd (becomes root)
	@tests/packages bare
	cd tests/e2e && npm ci --no-audit --no-fund --silent
	@[ "$$(id -u)" = 0 ] || as_root='sudo --preserve-env'; TAILROW_BUILD=$(BUILD) $$as_root \
		unshare --mount --pid --fork --mount-proc --kill-child \
		sh -c 'node --test tests/package/bare.test.mjs; exit $$?'

.PHONY: deb test-package proof-install
