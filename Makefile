# make        set up .venv from the lock and run the main job
# make test   checks that fit into ten minutes; make test-slow the rest
# make test-slurm  the tiny experiment through a Slurm of one node, where Slurm and munge are installed
# make test-jax  the tests of models and training on JAX, and the workflow with it
# make lint   formatting, style, types and workflow checks
# make report gather tables and figures into report.zip
# make bench  measure and write workflow/report/physics.md, training.md and inverse.md;
#             BENCH='cell --quick' for some of the physics alone
# make docs   write config/README.md from the typed settings
# make lock   resolve envs/requirements.in anew

VERSIONS := 3.13 3.12 3.11
PYTHON ?= $(shell for version in $(VERSIONS); do \
  python$$version -c "import ensurepip, venv" 2> /dev/null && echo python$$version && break; done)
LOCK ?= envs/cpu.lock
VENV ?= .venv
BIN := $(VENV)/bin
JAX_TESTS := $(addprefix tests/,$(addsuffix .py,\
  unit/test_models unit/test_lifted unit/test_lifting unit/test_variety unit/test_stepping unit/test_training unit/test_generative workflow/test_run))
STAMP := $(VENV)/$(notdir $(LOCK)).installed

.DEFAULT_GOAL := all
.PHONY: all setup test test-slow test-jax test-slurm lint report bench docs lock clean

all: setup
	$(BIN)/snakemake --cores all --resources gpu=1

setup: $(STAMP)

$(STAMP): $(LOCK)
	@test -x $(BIN)/python -o -n "$(PYTHON)" || { echo "There is no Python of $(VERSIONS) with venv here:" \
	  "install one (on Debian or Ubuntu: apt-get install python3-venv)" \
	  "or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r $(LOCK)
	touch $@

test: setup
	$(BIN)/python -m pytest -m "not slow and not slurm"

test-slow: setup
	$(BIN)/python -m pytest -m slow

test-slurm: setup
	$(BIN)/python -m pytest -m slurm

test-jax:
	$(MAKE) setup LOCK=envs/jax.lock VENV=$(VENV)-jax
	KERAS_BACKEND=jax $(VENV)-jax/bin/python -m pytest -m "not slow" $(JAX_TESTS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

report: setup
	$(BIN)/snakemake --report report.zip

bench:
	$(MAKE) setup LOCK=envs/bench.lock VENV=$(VENV)-bench
	$(VENV)-bench/bin/python tests/benchmarks/run.py $(BENCH)
	$(if $(BENCH),,$(VENV)-bench/bin/python tests/benchmarks/training.py)
	$(if $(BENCH),,$(VENV)-bench/bin/python tests/benchmarks/inverse.py)

docs: setup
	PYTHONPATH=workflow $(BIN)/python -m ecgi.config_docs > config/README.md

lock:
	for name in cpu gpu bench jax; do \
	  for version in $(VERSIONS); do \
	    $(PYTHON) -m uv pip compile --quiet --python-version $$version --generate-hashes --no-header \
	      envs/$$name.in --output-file envs/$$name.lock || exit 1; \
	    pins=$$(grep -o '^[^ #]*==[^ ]*' envs/$$name.lock); \
	    test $$version = $(firstword $(VERSIONS)) || test "$$pins" = "$$newer" \
	      || { echo "envs/$$name.lock: Python $$version needs other packages than newer ones" >&2; exit 1; }; \
	    newer=$$pins; \
	  done; \
	done
	{ cat envs/environment.head.yaml; \
	  sed -nE 's/^([A-Za-z0-9._-]+==[^ ]+) .*/      - \1/p' envs/cpu.lock; } > envs/environment.yaml

clean:
	rm -rf results logs .snakemake report.zip
