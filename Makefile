# make        set up .venv from the lock and run the main job
# make test   checks that fit into ten minutes; make test-slow the rest
# make test-slurm  the tiny experiment through a Slurm of one node, where Slurm and munge are installed
# make lint   formatting, style and workflow checks
# make report gather tables and figures into report.zip
# make bench  measure the physics and write workflow/report/physics.md; BENCH='cell --quick' for less
# make docs   write config/README.md from the typed settings
# make lock   resolve envs/requirements.in anew

PYTHON ?= $(shell command -v python3.11 || command -v python3)
LOCK ?= envs/cpu.lock
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/$(notdir $(LOCK)).installed

.DEFAULT_GOAL := all
.PHONY: all setup test test-slow test-slurm lint report bench docs lock clean

all: setup
	$(BIN)/snakemake --profile workflow/profiles/default

setup: $(STAMP)

$(STAMP): $(LOCK)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r $(LOCK)
	touch $@

test: setup
	$(BIN)/python -m pytest -m "not slow and not slurm"

test-slow: setup
	$(BIN)/python -m pytest -m slow

test-slurm: setup
	$(BIN)/python -m pytest -m slurm

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

report: setup
	$(BIN)/snakemake --profile workflow/profiles/default --report report.zip

bench:
	$(MAKE) setup LOCK=envs/bench.lock VENV=$(VENV)-bench
	$(VENV)-bench/bin/python tests/benchmarks/run.py $(BENCH)

docs: setup
	PYTHONPATH=workflow $(BIN)/python -m ecgi.config_docs > config/README.md

lock:
	for name in cpu gpu bench; do \
	  $(PYTHON) -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header \
	    envs/$$name.in --output-file envs/$$name.lock || exit 1; \
	done
	{ cat envs/environment.head.yaml; \
	  sed -nE 's/^([A-Za-z0-9._-]+==[^ ]+) .*/      - \1/p' envs/cpu.lock; } > envs/environment.yaml

clean:
	rm -rf results logs .snakemake report.zip
