# casefinder: everything here works on a fresh clone with Python 3.11+, pip and make. Without make: python bootstrap.py TASK
PYTHON ?= python3
PEOPLE ?= 20000
WORKSPACE ?= demo

.PHONY: demo test test-spark setup check bench mlflow-ui lock clean

demo:    ## make a simulated district, train both models, write a list for every practice and cluster
	$(PYTHON) bootstrap.py demo

test:    ## run every test
	$(PYTHON) bootstrap.py test

test-spark:  ## the tests of Spark; puts PySpark (half a gigabyte) into .venv and needs Java 17 or newer
	$(PYTHON) bootstrap.py test-spark

setup:   ## .venv, hash-locked requirements, the package itself; does nothing when up to date
	$(PYTHON) bootstrap.py setup

check:   ## formatting, lint, types, the import order of the rooms
	$(PYTHON) bootstrap.py check

bench:   ## speed and memory, as ratios in one run; writes benchmarks/results/
	$(PYTHON) bootstrap.py bench

mlflow-ui:  ## MLflow's own pages on a workspace: make mlflow-ui WORKSPACE=demo; on this machine only
	$(PYTHON) bootstrap.py mlflow-ui --workspace $(WORKSPACE)

lock:    ## maintainers: renew the three lock files
	$(PYTHON) bootstrap.py lock
