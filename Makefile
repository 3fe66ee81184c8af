# Everything a developer runs. `make` lists it. The tests that drive browsers have processes of their own: Playwright
# leaves its event loop running in whatever process it was started in.

PYTHON ?= python3
UV ?= uv
# Tests wait more than they compute, but for those that drive browsers: so many processes keep two processors busy.
WORKERS ?= 4
ARGS ?=
NPM ?= npm

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
CODE := $(wildcard src tests bench scripts examples hatch_build.py)
UNIT := tests/rules tests/kernel tests/store tests/runtime
PAGE := web/dist/index.html
PAGE_SOURCES := $(shell find web/rtc web/app web/*.json -name node_modules -prune -o -name dist -prune -o -name tests -prune -o -type f -print 2>/dev/null)
PACKAGES := web/node_modules/.package-lock.json
CLIENTS := tests/protocol/node_modules/.package-lock.json
LOCK := $(UV) pip compile --no-config --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(ARGS) pyproject.toml

NEEDS_NPM = command -v $(NPM) >/dev/null || \
	{ echo "There is no npm: install Node.js 20 or newer, on Debian with: apt install npm" >&2; exit 1; }

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run dev test unit browser network recovery soak lint style types imports page web servers format screens wheel bench hostile lock clean

help: ## Lists these commands
	@echo "Usage: make COMMAND [PYTHON=python3.12] [ARGS='...']"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(RUNTIME) page ## Starts the server at http://127.0.0.1:3210; ARGS go to `connvo serve`
	@exec $(BIN)/connvo serve $(ARGS)

dev: $(DEV) $(PACKAGES) ## Serves the page with hot reload, and restarts the server on change; ARGS go to `connvo serve`
	@exec $(BIN)/python -m scripts.dev $(ARGS)

test: lint web servers $(CLIENTS) ## Checks everything: lint, the page, then all tests; ARGS go to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --ignore tests/browser --ignore tests/network $(ARGS)
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/network $(ARGS)
	$(BIN)/python -m pytest tests/browser $(ARGS)

unit: $(DEV) ## Runs the tests that need Python alone, in seconds; ARGS is a path, else rules, kernel, store and runtime
	CONNVO_TEST_SERVERS=none $(BIN)/python -m pytest -rfEX -n $(WORKERS) --dist worksteal $(or $(ARGS),$(UNIT))

browser: $(DEV) $(PAGE) servers ## Runs the tests that drive browsers; ARGS go to pytest
	$(BIN)/python -m pytest tests/browser $(ARGS)

network: $(DEV) $(PAGE) servers ## Runs the tests that break networks, as root; ARGS go to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/network $(ARGS)

recovery: $(DEV) page servers ## Breaks calls on networks that fail, 20 of each kind, and counts those saved; ARGS as --tries 5
	$(BIN)/python -m tests.network $(ARGS)

soak: $(DEV) $(CLIENTS) ## Kills the server a hundred times and is quiet for ten minutes, with clients connected
	SOAK=1 $(BIN)/python -m pytest tests/protocol/test_killing.py tests/protocol/test_crowd.py $(ARGS)

lint: style types imports ## Checks style, types and import directions

style: $(DEV) ## Checks style alone
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(DEV) ## Checks types alone
	$(BIN)/mypy $(CODE)

imports: $(DEV) ## Checks import directions alone
	$(BIN)/lint-imports

page: ## Builds the page, if there is npm and something has changed
	@if command -v $(NPM) >/dev/null; then $(MAKE) --silent $(PAGE); else \
		echo "There is no npm: the server runs without its page. Install Node.js 20 or newer to have it." >&2; fi

web: $(PAGE) ## Checks the page alone: style, types and unit tests
	@cd web && $(NPM) run --silent check && $(NPM) test --silent

servers: ## Sees to it that the tests have a browser, a database server, a TURN server, an SFU and network tools
	@scripts/install_servers.sh

format: $(DEV) ## Formats the code and mends what can be mended
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

screens: $(DEV) web servers ## Takes the pictures in the README anew
	$(BIN)/python -m pytest tests/browser/test_looks.py $(ARGS)
	cp web/screenshots/readme/*.png docs/screens/

wheel: $(DEV) $(PAGE) ## Builds what `pip install` takes, with the page in it, in dist/
	$(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .

bench: $(DEV) ## Measures, and compares with the stored baseline; ARGS go to the benchmarks
	$(BIN)/python -m bench $(ARGS)

hostile: $(DEV) ## Attacks a server of its own, and measures who waits; ARGS as --only events, --on nodes
	$(BIN)/python -m bench.hostile $(ARGS)

lock: ## Locks the dependencies anew with uv; newer versions with ARGS=--upgrade
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: name one with UV=/path/to/uv" >&2; exit 1; }
	$(LOCK) --group build --extra postgres --output-file requirements/runtime.txt
	$(LOCK) --group build --group dev --all-extras --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt

clean: ## Removes the environment, caches and builds; data stay
	rm -rf $(VENV) build dist web/dist web/rtc/dist web/node_modules web/rtc/node_modules web/app/node_modules tests/protocol/node_modules web/screenshots tests/protocol/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is newer than its lock file exactly when what the lock names is installed.

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what connvo needs to run ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/pip
	@echo "Installing what connvo and its tests need ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(PAGE): $(PACKAGES) $(PAGE_SOURCES)
	@echo "Building the page ..."
	@cd web && $(NPM) run --silent build

$(PACKAGES): web/package-lock.json web/rtc/package.json web/app/package.json
	@$(NEEDS_NPM)
	@echo "Installing what the page needs ..."
	@cd web && $(NPM) ci --loglevel=error --no-update-notifier
	@touch $@

$(CLIENTS): tests/protocol/package-lock.json
	@$(NEEDS_NPM)
	@echo "Installing the official clients ..."
	@cd tests/protocol && $(NPM) ci --ignore-scripts --loglevel=error --no-update-notifier
	@touch $@

$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "There is no $(PYTHON): install Python 3.11 or newer, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "connvo needs Python 3.11 or newer: name one with PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python lacks its venv module: install it, on Debian with: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
