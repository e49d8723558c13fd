# The demo target. Included by the Makefile.

demo: ## try it: http://127.0.0.1:8080/tailrow/ with jobs that run (PORT=8081 for another)
	@tests/packages build demo
	@$(MAKE) --no-print-directory -s all
	@examples/demo/run $(BUILD)

demo-deploy: ## a page of its own: a deployment's log
demo-job: ## a form that starts a job, which succeeds, fails or dies
demo-syslog: ## the system's log
demo-order: ## customers and their orders, from a shop's own table (ann, password ann)
demo-clock: ## the server's time, over a connection that is ended again and again
demo-tokens: ## a text as it is made
demo-deploy demo-job demo-syslog demo-order demo-clock demo-tokens: demo-%:
	@tests/packages build demo pages
	@$(MAKE) --no-print-directory -s all
	@examples/demo/run $(BUILD) $*

.PHONY: demo demo-deploy demo-job demo-syslog demo-order demo-clock demo-tokens
