# make        set up .venv from the lock and run the main job
# make test   checks that fit into six minutes on two cores; TESTS=tests/unit some of them,
#             PYTHON=python3.12 VENV=.venv-3.12 on another Python than the newest
# make test-all  every check but those of Slurm; .ci/run leaves out those marked exhaustive
# make test-slurm  the tiny experiment through a Slurm of one node, where Slurm and munge are installed
# make test-jax  the tests of models and training on JAX, and the workflow with it
# make lint   formatting, style, types and workflow checks
# make report gather tables and figures into report.zip
# make bench  measure and write workflow/report/physics.md, training.md, inverse.md and recordings.md;
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
  unit/test_models unit/test_backprojection_net unit/test_lift unit/test_augmentation unit/test_loop unit/test_trainer unit/test_generative workflow/test_run))
WORKERS ?= $(shell cores=$$(nproc); echo $$((cores < 4 ? cores : 4)))
ONE_THREAD := PJRT_NPROC=1 $(foreach pool,OMP OPENBLAS MKL NUMBA,$(pool)_NUM_THREADS=1) \
  $(foreach pool,INTRAOP INTEROP,TF_NUM_$(pool)_THREADS=1)
MARKED ?= not slow and not exhaustive and not slurm
PYTEST := $(ONE_THREAD) $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
STAMP := $(VENV)/$(notdir $(LOCK)).installed

# Jobs spend most of their start on imports, which take four times as long without bytecode.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := all
.PHONY: all setup test test-all test-slurm test-jax lint report bench docs lock clean

all: setup
	$(BIN)/snakemake --cores all --resources gpu=1

setup: $(STAMP)

$(STAMP): $(LOCK)
	@test -x $(BIN)/python -o -n "$(PYTHON)" || { echo "There is no Python of $(VERSIONS) with venv here:" \
	  "install one (on Debian or Ubuntu: apt-get install python3-venv)" \
	  "or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile -r $(LOCK)
	-$(BIN)/python -m compileall -qq --workers 0 -x "/tests/" $(VENV)/lib
	touch $@

test: setup
	$(PYTEST) -m "$(MARKED)" $(TESTS)

test-all:
	$(MAKE) test MARKED="not slurm"

test-slurm: setup
	$(BIN)/python -m pytest -m slurm

test-jax:
	KERAS_BACKEND=jax $(MAKE) test LOCK=envs/jax.lock VENV=$(VENV)-jax TESTS="$(JAX_TESTS)"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit/test_architecture.py
	$(BIN)/snakemake --lint

report: setup
	$(BIN)/snakemake --report report.zip

bench:
	$(MAKE) setup LOCK=envs/bench.lock VENV=$(VENV)-bench
	$(VENV)-bench/bin/python tests/benchmarks/run.py $(BENCH)
	$(if $(BENCH),,$(VENV)-bench/bin/python tests/benchmarks/training.py)
	$(if $(BENCH),,$(VENV)-bench/bin/python tests/benchmarks/inverse.py)
	$(if $(BENCH),,$(VENV)-bench/bin/python tests/benchmarks/recordings.py)

docs: setup
	PYTHONPATH=workflow $(BIN)/python -m ecgi.config.reference > config/README.md

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
