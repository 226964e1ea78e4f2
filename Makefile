# Clusterwright. `make help` reads the comments after ##. Nothing here needs a terminal or standard input.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Recipes read it from the environment, so that no character in it means anything to the shell.
export STACK ?= local
PYTHON ?= python3
UV_VERSION := 0.13.9

VENV := .venv
BIN := $(VENV)/bin
UV := .tools/bin/uv

# One environment, this one: not whichever is active in the shell that calls make. Set for uv alone, because what make
# exports would reach the nodes that `make up` starts.
unexport VIRTUAL_ENV
RUN_UV = UV_PROJECT_ENVIRONMENT=$(VENV) UV_PYTHON_DOWNLOADS=never $(UV)

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {gsub(/[$$][$$]/, "$$", $$2); printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  STACK=name chooses stacks/name.yaml (now: $$STACK); PYTHON=python3.x chooses the interpreter."

# --- setting up ------------------------------------------------------------------------------------------------------

.PHONY: setup engine ready engine-ahead testing
setup: $(VENV)/.stamp ## Make the Python environment (.venv) from uv.lock
	@:

# The programs of an environment name the folder that it was made in, so a clone that was moved has it made anew.
MOVED := $(shell [ ! -s $(VENV)/.stamp ] || [ "$$(cat $(VENV)/.stamp)" = "$$(cd $(VENV) && pwd -P)" ] || echo moved)
$(if $(MOVED),.PHONY: $(VENV)/.stamp)

# Exact, so that nothing lingers that uv.lock does not name; what tests import stays once it is there.
$(VENV)/.stamp: pyproject.toml uv.lock $(UV)
	@echo "python: installing the locked packages into $(VENV)" >&2
	@$(if $(MOVED),rm -rf $(VENV))
	@$(RUN_UV) sync --frozen --quiet --compile-bytecode --python $(PYTHON) $(if $(wildcard $(VENV)/.testing),$(TESTING))
	@(cd $(VENV) && pwd -P) >$@

# What tests and type checks import besides: PyTorch, 5 GB on disk, and Pulumi's packages of the clouds. Nobody needs
# them to train on this machine, so only the targets that do ask for them.
TESTING := --group training --extra aws --extra gcp
testing: $(VENV)/.testing
$(VENV)/.testing: pyproject.toml uv.lock $(VENV)/.stamp
	@echo "python: installing what tests import into $(VENV)" >&2
	@$(RUN_UV) sync --frozen --quiet --compile-bytecode --python $(PYTHON) $(TESTING)
	@touch $@

$(UV): tools/python_ok.py
	@$(PYTHON) tools/python_ok.py
	@echo "python: installing uv $(UV_VERSION) into .tools" >&2
	@rm -rf .tools
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

engine: ready ## Get the Pulumi engine (installed, or built from Go modules: about 4 minutes, once a machine)
	@$(PYTHON) tools/engine.py >/dev/null

# The Python set-up and, where the engine has to be built, its build run beside each other.
ready: $(UV)
	@$(MAKE) -j2 setup engine-ahead

engine-ahead:
	@$(PYTHON) tools/engine.py --ahead

# --- a stack ---------------------------------------------------------------------------------------------------------

RUN_STACK = $(BIN)/python -m tools.stack

.PHONY: policy
policy: policy/.venv/.stamp ## Make the policy pack's environment: then `pulumi preview --policy-pack policy`
	@:

policy/.venv/.stamp: policy/requirements.txt $(UV)
	@echo "python: installing the policy pack's packages into policy/.venv" >&2
	@$(UV) venv --quiet --clear --python $(PYTHON) --no-python-downloads policy/.venv
	@$(UV) pip sync --quiet --require-hashes --compile-bytecode --python policy/.venv policy/requirements.txt
	@touch $@

.PHONY: up preview down purge env
up: ready ## Deploy a stack, follow its job to the end, fetch the report
	@$(RUN_STACK) up -- "$$STACK"

preview: ready ## Show what `make up` would change
	@$(RUN_STACK) preview -- "$$STACK"

down: ready ## Destroy a stack; what its spec keeps stays and is listed
	@$(RUN_STACK) down -- "$$STACK"

purge: ready ## Destroy a stack and what it keeps, after asking (YES=1: without)
	@$(RUN_STACK) purge -- "$$STACK"

env: ready ## Print what to set to run `pulumi` on a stack yourself: eval "$$(make -s env)"
	@$(RUN_STACK) env -- "$$STACK"

# --- checking --------------------------------------------------------------------------------------------------------

# Tests start many Pythons, and not each of them is to compile the project anew, whatever the shell that calls make says.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest

.PHONY: test check lint pure fmt golden bench lock
test: ready testing machines-packages ## Every test, the real engine, machines and the training included
	@$(PYTHON) tools/engine.py >/dev/null
	@$(MAKE) pure
	@# They wait for processes and machines half of their time, so three fill two cores.
	@$(PYTEST) -n 3 -m "slow or engine"

# What nodes of `runtime: machine` need of the host. Without root or apt nothing is installed, and their tests are skipped.
MACHINES_PACKAGES := debootstrap iproute2 nftables systemd-container
.PHONY: machines-packages
machines-packages:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0; \
	dpkg-query --show --showformat='$${db:Status-Status}\n' $(MACHINES_PACKAGES) 2>/dev/null | grep -c '^installed$$' \
		| grep -qx "$(words $(MACHINES_PACKAGES))" && exit 0; \
	echo "machines: installing $(MACHINES_PACKAGES)" >&2; \
	apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $(MACHINES_PACKAGES) >&2

check: setup testing ## Lint, types, import arrows, and the tests that need no engine: under 3 minutes
	@$(MAKE) -j3 --output-sync=target lint pure-half pure-rest

# A core each, and each collects its own half alone.
HALF := $(addprefix tests/,action components engine node policy training)
PURE = $(PYTEST) -n 0 -m "not slow and not engine"
.PHONY: pure-half pure-rest
pure:
	@$(MAKE) -j2 --output-sync=target pure-half pure-rest
pure-half:
	@$(PURE) $(HALF)
pure-rest:
	@$(PURE) tests $(addprefix --ignore=,$(HALF))

lint: testing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/lint-imports --no-logo
	@# Files whose first line names a shell; templates are checked as rendered, by their tests.
	@git ls-files --cached --others --exclude-standard -- ':!*.j2' \
		| xargs -d '\n' awk 'FNR == 1 && /^#!.*[\/ ](ba|da|)sh( |$$)/ {print FILENAME}' | xargs -r $(BIN)/shellcheck
	@$(BIN)/pyright

fmt: setup ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

golden: setup testing ## Write the golden files anew; read the difference before you commit it
	@$(PYTEST) -q -m "not slow and not engine" --update-golden
	@git --no-pager diff --stat -- tests/golden docs

bench: setup ## Speed and memory, as ratios within one run
	@# What trains is left to who asks for it.
	@for file in $(filter-out benchmarks/remaining.py,$(wildcard benchmarks/[a-z]*.py)); do $(BIN)/python -m "benchmarks.$$(basename "$$file" .py)"; done

NODE_LOCKS := clusterwright/bootstrap/software
NODE_LOCK := $(NODE_LOCKS)/pytorch-2.15.0.txt
EXPORT = $(RUN_UV) export --frozen --quiet --no-emit-project --no-header --no-annotate --format requirements.txt

lock: setup ## Refresh uv.lock and the lists of what the nodes install
	@$(RUN_UV) lock
	@$(EXPORT) --only-group training --output-file $(NODE_LOCK)
	@$(UV) pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--output-file policy/requirements.txt policy/requirements.in
	@for cloud in aws gcp; do \
		$(EXPORT) --only-group "clients-$$cloud" --output-file "$(NODE_LOCKS)/clients-$$cloud.txt" || exit 1; \
	done
