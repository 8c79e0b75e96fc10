# What a newcomer runs. Needs Python 3.10 or later, git and make; everything else it sets up (docs/setup.md).
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Any Python that really runs: a shim of pyenv's may not.
PYTHONS := python3 $(addprefix python3.,14 13 12 11 10) python
PYTHON ?= $(shell for each in $(PYTHONS); do \
  $$each -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { echo $$each; break; }; done)
CORES ?= all
SCALE ?= quick
CONFIG ?=
RUNTIME ?=
ARGS ?=

RUN := .venv/bin/uv run --frozen --no-sync
SET_UP = PYTHONPATH=src $(or $(PYTHON),$(error No Python 3.10 or later is on PATH: install one, or let a uv that is there \
  bring one, with PYTHON="uv run --no-project --python 3.11 python" after make)) -m study.runtimes.driver

# What the caller's shell may hold of Python and uv installs elsewhere, chooses other packages or changes what Python does.
# What is left are those that the study's own steps find: src/study/common/surroundings.py.
UV_KEPT := UV_CACHE_DIR UV_LINK_MODE UV_OFFLINE UV_NATIVE_TLS UV_SYSTEM_CERTS UV_HTTP_% UV_REQUEST_% UV_DEFAULT_INDEX \
  UV_INDEX_URL UV_KEYRING_PROVIDER UV_INSECURE_HOST UV_CONCURRENT_% UV_PYTHON_INSTALL_DIR UV_PYTHON_INSTALL_MIRROR \
  UV_PYTHON_DOWNLOADS
unexport $(filter-out $(UV_KEPT),$(filter UV_% PYTHON% VIRTUAL_ENV,$(.VARIABLES)))

# Where the home holds no caches, as that of many a container's user, this folder does.
CACHES := $${XDG_CACHE_HOME:-$${HOME:-~}/.cache}
ifneq ($(shell mkdir -p "$(CACHES)" 2>/dev/null && test -w "$(CACHES)" && echo yes),yes)
  export XDG_CACHE_HOME := $(CURDIR)/.cache
  export XDG_DATA_HOME := $(CURDIR)/.cache/data
endif

.PHONY: help environment slurm study test test-containers test-guides images pin-images notebook verify calibration bench reference readme push pull lock format

help: ## this list
	@grep -hE '^[[:alpha:]-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18
	@echo 'SCALE=smoke|quick|full (now $(SCALE)), CONFIG="provider=docker", CORES=N|all, ARGS="further arguments"'

study: environment ## run the study at SCALE: set up, fetch, train, judge, report
	$(RUN) snakemake --cores $(CORES) $(ARGS) --config scale=$(SCALE) $(CONFIG)

test: environment ## run the tests, a real study at the scale smoke among them
	$(RUN) pytest $(ARGS)

test-containers: slurm ## run the tests that need Docker, Apptainer and Slurm, and keep what they say
	$(RUN) pytest -m containers --no-header -v $(ARGS) | tee docs/containers-tested.txt

test-guides: environment ## run the tests that follow docs/adding/ to a new experiment and a new TensorFlow version
	$(RUN) pytest -m guides -v $(ARGS)

images: environment ## build the images of the runtimes with Docker or Apptainer; ARGS goes to its build
	$(RUN) python -m study.runtimes.images build $(ARGS)

pin-images: environment ## pin the images that these are built on by their digests
	$(RUN) python -m study.runtimes.images pin

notebook: environment ## open the notebooks in JupyterLab; ARGS goes to jupyter lab
	$(UV) run --locked --group notebook python -m study.notebooks.lab $(ARGS)

verify: environment ## derive the reference reports again, to the byte, and check what they are derived from
	$(RUN) python -m study.reference.verify $(ARGS)

calibration: environment ## simulate whole studies with a known truth, and sum up how often their verdicts err
	$(RUN) snakemake --cores $(CORES) results/calibration.json
	cp results/calibration.json reports/

bench: environment ## measure what the study itself costs, in time and memory
	$(RUN) python -m benchmarks $(ARGS)

reference: environment ## keep the results of a finished full run under reports/reference/
	$(RUN) python -m study.reference.keep results/trials.jsonl.gz --observations results/observations.jsonl.gz \
	  --samples reports/samples --out reports/reference $(ARGS)
	$(RUN) python -m study.reference.metadata

readme: environment ## write the parts of README.md that are looked up from the reference results
	$(RUN) python -m study.report.readme

push: environment ## send data and results to DVC's remote (docs/dvc.md)
	$(RUN) python -m study.dvc.exchange push

pull: environment ## get data and results from DVC's remote
	$(RUN) python -m study.dvc.exchange pull

environment: .venv/ready ## set up the driver environment

# It moves with its checkout, except for the path of this project that is in it.
ifneq ($(shell cat .venv/ready 2>/dev/null),$(CURDIR))
.PHONY: .venv/ready
endif

.venv/ready: pyproject.toml uv.lock
	$(SET_UP)
	pwd -P > $@

slurm: environment ## add Snakemake's extension for Slurm to the driver environment
	$(SET_UP) --group slurm

lock: ## resolve the packages of one RUNTIME again, of RUNTIME=driver, or of all
	$(if $(filter-out driver,$(RUNTIME)),,$(SET_UP) --lock)
	$(MAKE) environment
	$(RUN) python -m study.runtimes.lock $(RUNTIME)

format: environment ## format all code
	$(RUN) ruff format .
	$(RUN) ruff check --fix .
	$(RUN) snakefmt Snakefile workflow
