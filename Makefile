# All commands for developers; `make` lists them. The browser tests run in processes of their own, because Playwright leaves
# its event loop running in the process that started it.

PYTHON ?= python3
UV ?= uv
# Most tests wait more than they compute: this many processes keep two processors busy. Browser tests run alone.
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
	{ echo "npm not found: install Node.js 20 or newer; on Debian: apt install npm" >&2; exit 1; }

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run dev test unit browser network recovery soak lint style types imports page web servers format screens wheel bench hostile lock clean

help: ## List these commands
	@echo "Usage: make COMMAND [PYTHON=python3.12] [ARGS='...']"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(RUNTIME) page ## Start the server at http://127.0.0.1:3210; ARGS are passed to `connvo serve`
	@exec $(BIN)/connvo serve $(ARGS)

dev: $(DEV) $(PACKAGES) ## Serve the page with hot reload, and restart the server on changes; ARGS are passed to `connvo serve`
	@exec $(BIN)/python -m scripts.dev $(ARGS)

test: lint web servers $(CLIENTS) ## Check everything: lint, the page, then all tests; ARGS are passed to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --ignore tests/browser --ignore tests/network $(ARGS)
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/network $(ARGS)
	$(BIN)/python -m pytest tests/browser $(ARGS)

unit: $(DEV) ## Run the quick tests, which need only Python: ARGS is a path, by default rules, kernel, store and runtime
	CONNVO_TEST_SERVERS=none $(BIN)/python -m pytest -rfEX -n $(WORKERS) --dist worksteal $(or $(ARGS),$(UNIT))

browser: $(DEV) $(PAGE) servers ## Run the tests that drive browsers; ARGS are passed to pytest
	$(BIN)/python -m pytest tests/browser $(ARGS)

network: $(DEV) $(PAGE) servers ## Run the tests that break networks, as root; ARGS are passed to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/network $(ARGS)

recovery: $(DEV) page servers ## Break calls on failing networks, 20 of each kind, and count those saved; ARGS such as --tries 5
	$(BIN)/python -m tests.network $(ARGS)

soak: $(DEV) $(CLIENTS) ## Kill the server a hundred times, and idle for ten minutes, with clients connected
	SOAK=1 $(BIN)/python -m pytest tests/protocol/test_killing.py tests/protocol/test_crowd.py $(ARGS)

lint: style types imports ## Check style, types and import directions

style: $(DEV) ## Check style only
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(DEV) ## Check types only
	$(BIN)/mypy $(CODE)

imports: $(DEV) ## Check import directions only
	$(BIN)/lint-imports

page: ## Build the page, if npm is installed and a source has changed
	@if command -v $(NPM) >/dev/null; then $(MAKE) --silent $(PAGE); else \
		echo "npm not found: the server runs without its page. Install Node.js 20 or newer to build it." >&2; fi

web: $(PAGE) ## Check the page only: style, types and unit tests
	@cd web && $(NPM) run --silent check && $(NPM) test --silent

servers: ## Install the browsers, database, TURN and media servers and network tools that the tests need
	@scripts/install_servers.sh

format: $(DEV) ## Format the code and apply automatic fixes
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

screens: $(DEV) web servers ## Take the pictures of the README again
	$(BIN)/python -m pytest tests/browser/test_looks.py $(ARGS)
	cp web/screenshots/readme/*.png docs/screens/

wheel: $(DEV) $(PAGE) ## Build a wheel with the page, in dist/
	$(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .

bench: $(DEV) ## Measure, and compare with the stored baseline; ARGS are passed to the benchmarks
	$(BIN)/python -m bench $(ARGS)

hostile: $(DEV) ## Attack a server of its own, and measure the effect on other clients; ARGS such as --only events, --on nodes
	$(BIN)/python -m bench.hostile $(ARGS)

lock: ## Lock the dependencies again with uv; newer versions with ARGS=--upgrade
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or name it with UV=/path/to/uv" >&2; exit 1; }
	$(LOCK) --group build --extra postgres --output-file requirements/runtime.txt
	$(LOCK) --group build --group dev --all-extras --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt

clean: ## Remove the environment, caches and builds; keep the data
	rm -rf $(VENV) build dist web/dist web/rtc/dist web/node_modules web/rtc/node_modules web/app/node_modules tests/protocol/node_modules web/screenshots tests/protocol/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is newer than its lock file exactly when the locked packages are installed.

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@echo "Installing connvo's dependencies ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/pip
	@echo "Installing the dependencies of connvo and its tests ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(PAGE): $(PACKAGES) $(PAGE_SOURCES)
	@echo "Building the page ..."
	@cd web && $(NPM) run --silent build

$(PACKAGES): web/package-lock.json web/rtc/package.json web/app/package.json
	@$(NEEDS_NPM)
	@echo "Installing the page's dependencies ..."
	@cd web && $(NPM) ci --loglevel=error --no-update-notifier
	@touch $@

$(CLIENTS): tests/protocol/package-lock.json
	@$(NEEDS_NPM)
	@echo "Installing the official clients ..."
	@cd tests/protocol && $(NPM) ci --ignore-scripts --loglevel=error --no-update-notifier
	@touch $@

$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) not found: install Python 3.11 or newer, or name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "connvo needs Python 3.11 or newer: name one with PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python has no venv module: install it; on Debian: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
