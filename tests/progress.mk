# The fixtures of the markup reader, and its speed. Included by tests.mk.

progress-fixtures: ## capture again what real tools print (as root; see tests/progress/capture.py)
	@tests/packages capture
	tests/progress/capture.py

.PHONY: progress-fixtures
