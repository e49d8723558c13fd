# The demo target. Included by the Makefile.

demo: ## try it: http://127.0.0.1:8080/tailrow/ with jobs that run (PORT=8081 for another)
	@tests/packages build demo
	@$(MAKE) --no-print-directory -s all
	@examples/demo/run $(BUILD)

.PHONY: demo
