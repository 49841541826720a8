# casefinder: everything here works on a fresh clone with Python 3.11+, pip and make. Without make: python bootstrap.py TASK
PYTHON ?= python3
PEOPLE ?= 20000

.PHONY: demo test setup check bench lock clean

demo:    ## make a simulated district, train both models, write a list for every practice and cluster
	$(PYTHON) bootstrap.py demo

test:    ## run every test
	$(PYTHON) bootstrap.py test

setup:   ## .venv, hash-locked requirements, the package itself; does nothing when up to date
	$(PYTHON) bootstrap.py setup

check:   ## formatting, lint, types, the import order of the rooms
	$(PYTHON) bootstrap.py check

bench:   ## speed and memory, as ratios in one run; writes benchmarks/results/
	$(PYTHON) bootstrap.py bench

lock:    ## maintainers: renew both lock files
	$(PYTHON) bootstrap.py lock
