# Every command there is. `make check` is exactly what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NPM := PATH="$(abspath $(BIN)):$$PATH" $(abspath $(BIN))/npm
STAMPS := .make
STATIC := siyu/web/static
WORKERS ?= 2

.PHONY: help setup demo serve dev quick touched fix test check format lint lint-python lint-console lint-pages types types-python \
	types-console types-pages contracts house rules conformance spark java client reference bench clean

help:  ## Print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMPS)/python $(STAMPS)/console $(STAMPS)/pages  ## Virtual environment, locked dependencies, built console and member pages

demo: setup  ## Import a real retailer, run an SOP against simulated WeCom, and serve it on http://127.0.0.1:8000
	@$(BIN)/siyu demo

serve: setup  ## Serve what is in SIYU_HOME (default ./var)
	@$(BIN)/siyu serve

dev: $(STAMPS)/console-packages  ## A server that reloads and the console with hot replacement, on a copy of the demo's data
	@$(BIN)/python -m tools.dev

quick: $(STAMPS)/python  ## Before each commit: format, lint, types, contracts, house, rules, and the rooms touched since main
	@$(MAKE) --no-print-directory -j2 --output-sync=target $$($(BIN)/python -m tools.touched goals)

fix: $(STAMPS)/console-packages $(STAMPS)/pages-packages  ## Repair format and lint where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	cd console && $(NPM) run --silent lint -- --fix
	cd pages && $(NPM) run --silent lint -- --fix

test: setup  ## Every test, browser included
	$(BIN)/pytest -q -n $(WORKERS) --dist loadfile

check: setup format lint types contracts house test conformance  ## Exactly what CI runs

format:  ## Is the code formatted?
	$(BIN)/ruff format --check .

lint: lint-python lint-console lint-pages  ## Python and TypeScript linters

lint-python:
	$(BIN)/ruff check .

lint-console: $(STAMPS)/console-packages
	cd console && $(NPM) run --silent lint

lint-pages: $(STAMPS)/pages-packages
	cd pages && $(NPM) run --silent lint

types: types-python types-console types-pages  ## mypy --strict and tsc

types-python:
	$(BIN)/mypy

types-console: $(STAMPS)/console-packages
	cd console && $(NPM) run --silent types

types-pages: $(STAMPS)/pages-packages
	cd pages && $(NPM) run --silent types

contracts:  ## Floors and rooms: who may import whom
	$(BIN)/lint-imports

house: $(STAMPS)/console-packages  ## Tests of the code's own shape
	$(BIN)/pytest -q tests/house

rules:  ## Tests of pure rules: no database, ten seconds
	$(BIN)/pytest -q tests/rules

touched:  ## Tests of the rooms touched since the last commit on main
	$(BIN)/pytest -q $$($(BIN)/python -m tools.touched tests)

conformance: spark java  ## Every condition and report on Spark, compared with DuckDB
	$(BIN)/pytest -q tests/conformance

spark: $(STAMPS)/spark  ## What questions on Apache Spark need (docs/scale.md)

java:
	@java -version >/dev/null 2>&1 || "$$JAVA_HOME/bin/java" -version >/dev/null 2>&1 || sh -c '\
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -qq -y --no-install-recommends openjdk-17-jre-headless >/dev/null; \
		else \
			echo "Java 17 is missing 缺少 Java 17: sudo apt-get install openjdk-17-jre-headless"; exit 1; \
		fi'

client:  ## Generate the console's API client anew
	$(BIN)/siyu openapi > console/openapi.json
	cd console && $(NPM) run --silent gen

reference:  ## Write the reference pages of the guide anew
	$(BIN)/siyu reference zh > docs/zh/reference.md
	$(BIN)/siyu reference en > docs/en/reference.md

bench: setup $(STAMPS)/bench  ## All reference workloads at 1/100 scale
	$(BIN)/siyu bench all --scale small

clean:  ## Remove what was built (not ./var)
	rm -rf $(VENV) $(STAMPS) $(STATIC) .dev console/node_modules pages/node_modules

$(STAMPS)/python: requirements.lock pyproject.toml
	@mkdir -p $(STAMPS)
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/spark: requirements-spark.lock $(STAMPS)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	@touch $@

$(STAMPS)/bench: requirements-bench.lock $(STAMPS)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@

CONSOLE_SOURCES := $(shell find console/src console/public console/*.json console/*.ts console/*.js console/index.html -type f 2>/dev/null)
PAGES_SOURCES := $(shell find pages/src pages/public pages/*.json pages/*.ts pages/*.js pages/index.html -type f 2>/dev/null)

$(STAMPS)/console-packages: console/package-lock.json $(STAMPS)/python
	cd console && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/pages-packages: pages/package-lock.json $(STAMPS)/python
	cd pages && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/console: $(STAMPS)/console-packages $(CONSOLE_SOURCES)
	cd console && $(NPM) run --silent build
	@touch $@

$(STAMPS)/pages: $(STAMPS)/pages-packages $(PAGES_SOURCES)
	cd pages && $(NPM) run --silent build
	@touch $@
