# The fault sweep: each call in turn fails. Included by tests.mk.
#
# - On the sanitizers' build, whose report is one of the verdicts; gcc's, whose runtime is a
#   library that another one can be put in front of.
# - Some 100,000 faults. make faults SWEEPS='--each 2' leaves out those that come by the same way
#   through the program as others, and SWEEPS='stream-live run/open' does two of the scenarios.

faults faults-short: export FAULTS_BUILD := $(CURDIR)/build-asan

build-asan/tests/faults/fault.so: $(addprefix tests/faults/,calls.c fault.c fault.h plan.h)
	@mkdir -p $(@D)
	gcc -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared -o $@ $(filter %.c,$^) -lgcc_s

faults-build: build-asan/tests/faults/fault.so
	@$(MAKE) -s CC=gcc SANITIZE=1 all

faults: faults-build ## let each allocation and each call of the system fail once, in turn
	@tests/faults/sweep.py $(SWEEPS)

faults-short: faults-build ## a few of them, drawn at random, in 25 seconds
	@tests/faults/sweep.py --seconds 20

.PHONY: faults faults-short faults-build
