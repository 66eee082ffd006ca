# make serve    a living app with believable data, at http://127.0.0.1:8000
# make test     everything a change has to pass
# make faults   what is broken on purpose: docs/faults.md; FAULTS=release is long
#
# Nothing is needed beforehand but Python 3.11 or later, make and git.

PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
FAULTS ?=

BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --editable
UV := $(shell command -v uv 2>/dev/null)
ifdef UV
# Quicker where it is there; what it cannot find, pip may be configured to find.
install = $(UV) pip install --quiet --python $(BIN)/python --editable $(1) || $(PIP_INSTALL) $(1)
else
install = $(PIP_INSTALL) $(1)
endif

export PIP_ROOT_USER_ACTION = ignore

.PHONY: help serve test faults lint format bench clean

help:
	@echo "make serve | test | faults | lint | format | bench | clean   (HOST, PORT, PYTHON, WORKERS, FAULTS may be set)"

# What papers (PDF) are set with: pango and fonts. Where they may not be installed, everything else works.
serve: $(VENV)/installed
	CI= tools/system-packages libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-core
	$(BIN)/tracker serve --demo --host $(HOST) --port $(PORT)

test: lint
	tools/system-packages
	$(BIN)/python -m pytest -n $(WORKERS) --ignore tests/faults

faults: $(VENV)/installed-dev
	tools/system-packages strace
	FAULTS=$(FAULTS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/faults

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/djlint tracker/templates --lint --quiet

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamp files: a second run finds its work done, an edited pyproject.toml has it done again.

# Debian keeps the module venv in a package of its own. A half-made environment is not left behind.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed: try PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) \
	|| { tools/system-packages python3-venv && $(PYTHON) -m venv --clear $(VENV); } \
	|| { rm -rf $(VENV); exit 1; }

$(VENV)/installed: pyproject.toml | $(BIN)/python
	$(call install,'.[pdf]')
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	$(call install,'.[dev]')
	@touch $(VENV)/installed $@
