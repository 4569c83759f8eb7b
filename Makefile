# `make` sets up everything and rebuilds every result. All of it runs inside .venv; nothing is installed outside.

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true

.DEFAULT_GOAL := all
.PHONY: all help setup test lint check ui lock readme clean

all: setup ## Set up, then rebuild every result (the default)
	hourglass repro

setup: .venv/installed ## Create .venv with the pinned dependencies, once

test: setup ## Lint, then unit, contract and pipeline tests; no internet, no GPU
	ruff check . && ruff format --check . && mypy
	pytest

check: setup ## Fail if a criterion fails, results are stale, or a figure fell against main
	hourglass check

ui: setup ## Publish what is missing, then open MLflow on http://127.0.0.1:5000
	hourglass ui

readme: setup ## Copy the results table and pictures of the last run into the README
	hourglass readme

lock: setup ## Refresh requirements.lock from pyproject.toml
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

clean: ## Remove the environment and the caches, keep results
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# pip only fetches uv, which installs everything else several times faster (itself too, at the pinned version).
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=...")'
	test -x .venv/bin/python || $(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
	uv pip sync --quiet --require-hashes requirements.lock
	uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
