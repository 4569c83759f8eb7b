# `make` sets up everything and rebuilds every result. All of it runs inside .venv; nothing is installed outside.

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := all
.PHONY: all help setup ray ssh first-look test faults cluster team check ui screenshot lock readme clean
.PHONY: benchmark benchmark-speed benchmark-scale benchmark-spread

all: setup ## Set up, then rebuild every result (the default)
	.venv/bin/hourglass repro

first-look: setup ## See the pipeline at work in first-look/ (4 minutes), without touching a tracked file
	.venv/bin/python -m hourglass.pipeline.first_look prepare
	cd first-look && ../.venv/bin/hourglass repro
	.venv/bin/python -m hourglass.pipeline.first_look show

# With another lock file all packages are replaced, so what was added before is added again.
setup: .venv/installed $(wildcard .venv/ray .venv/ssh) ## Create .venv with the pinned dependencies, once

ray: setup .venv/ray ## Add Ray and Optuna to .venv, for `repro --ray`, `predict --ray` and `sweep`

ssh: setup .venv/ssh ## Add dvc-ssh to .venv, for a DVC remote over SSH

test: setup ## Lint, then unit, contract and pipeline tests; no internet, no GPU
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy
	.venv/bin/lint-imports --no-logo --no-cache
	.venv/bin/pytest

faults: setup ## Kill stages, damage files and draw settings by the hundred: tests/faults at length (20 minutes)
	HOURGLASS_KILLS=200 HOURGLASS_EXAMPLES=5000 .venv/bin/pytest tests/faults tests/pipeline/test_hashes.py

cluster: ray ## Rebuild and sweep on two Ray nodes of this machine, kill nodes: tests/cluster at length (10 minutes)
	HOURGLASS_CLUSTER=1 .venv/bin/pytest tests/cluster

team: setup .venv/team ## Start the servers of deploy/ on loopback and share results: tests/team (some minutes)
	HOURGLASS_TEAM=1 .venv/bin/pytest -n 0 tests/team

benchmark: setup .venv/benchmark ## Measure our detectors against scikit-learn's and PyOD's (hours)
	.venv/bin/dvc repro --quiet prepare
	.venv/bin/hourglass repro benchmarks/dvc.yaml
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.aggregate
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.aggregate

benchmark-speed: all .venv/speed ## Measure training, rebuilds and reruns against other libraries and the machine (hours)
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.shares
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.baselines
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.rebuild
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.jobs
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.overhead
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.quality
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.aggregate

benchmark-scale: setup ## Measure each stage as the data grow 10 and 100 times (1.5 hours, 12 GB in TMPDIR)
	.venv/bin/dvc repro --quiet download
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.scale
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.speed.aggregate

benchmark-spread: all ## Measure how metrics vary over seeds and instruction sets (2.5 hours)
	PYTHONPATH=src:. .venv/bin/python -m benchmarks.spread.repeats

check: setup ## Fail if a criterion fails, results are stale, or a metric is worse than on main
	.venv/bin/hourglass check

ui: setup ## Publish what is missing, then open MLflow on http://127.0.0.1:5000
	.venv/bin/hourglass ui

screenshot: setup ## Take docs/images/mlflow.png of what `make ui` opens; needs Chromium
	.venv/bin/python docs/screenshot.py

readme: setup ## Copy the tables and pictures of the last run into README and docs
	.venv/bin/hourglass readme

lock: setup ## Refresh the lock files from pyproject.toml
	.venv/bin/uv pip compile pyproject.toml --extra dev --extra onnx --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock
	.venv/bin/uv pip compile pyproject.toml --extra ray --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file requirements-ray.lock
	.venv/bin/uv pip compile benchmarks/requirements.in --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file benchmarks/requirements.lock
	.venv/bin/uv pip compile benchmarks/speed/requirements.in --no-deps --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file benchmarks/speed/requirements.lock

clean: ## Remove the environment and the caches, keep results
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip only fetches uv, which installs everything else several times faster, itself at its pinned version too. Compiled
# here, for where Python may not write bytecode every stage would compile what it imports again.
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11+ is needed: make PYTHON=/path/to/it")'
	.venv/bin/python -m pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# On top of the project's own packages, at the versions that those are pinned to.
.venv/ray: .venv/installed requirements-ray.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement requirements-ray.lock
	@touch $@

.venv/ssh: .venv/installed
	.venv/bin/uv pip install --quiet --python .venv/bin/python --constraint requirements.lock dvc-ssh==4.3.0
	@touch $@

.venv/team: .venv/ssh deploy/requirements.txt
	.venv/bin/uv pip install --quiet --python .venv/bin/python --constraint requirements.lock \
	  --requirement deploy/requirements.txt
	@touch $@

.venv/benchmark: .venv/installed benchmarks/requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes --requirement benchmarks/requirements.lock
	@touch $@

.venv/speed: .venv/benchmark benchmarks/speed/requirements.lock
	.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --require-hashes \
	  --requirement benchmarks/speed/requirements.lock
	@touch $@
