# `make` lists the targets. Each does only what is stale, so calling one again is quick.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
INSTALLED := $(VENV)/.installed
PEERS := build/peers/.installed
MODULES := frontend/node_modules/.package-lock.json
PAGE := app/web/dist/index.html
PAGE_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/e2e -prune -o -type f ! -name '*.test.*' -print)

.PHONY: help setup web demo serve check test audit wheel openapi screenshots peers lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## make .venv with everything pinned; .venv/bin/arena is there afterwards

web: $(PAGE) ## build the web page, when Node is there

demo: setup web ## set everything up and serve an arena that is ready to vote in
	$(VENV)/bin/arena demo

serve: setup web ## serve ./arena.db on http://127.0.0.1:8000
	$(VENV)/bin/arena serve

check: setup ## lint and type-check Python and the web page
	scripts/check.sh

test: setup web ## run everything: checks, pytest on SQLite and PostgreSQL, browser tests
	scripts/with-postgres.sh scripts/test.sh

audit: setup ## ask the registries which pinned packages have known weaknesses
	scripts/audit.sh

wheel: setup web ## build the wheel, web page inside, into dist/
	$(VENV)/bin/hatchling build --target wheel --directory dist

openapi: setup $(MODULES) ## write the web page's types anew from the routes
	mkdir -p build
	$(VENV)/bin/arena openapi > build/openapi.json
	npm --prefix frontend run --silent api

screenshots: setup web ## take the README's pictures anew
	node frontend/e2e/screenshots.mjs

peers: $(PEERS) ## install what benchmarks/rankings.py compares with, into build/peers

$(PEERS): requirements-benchmarks.lock $(INSTALLED)
	$(VENV)/bin/uv venv --quiet --allow-existing --python $(VENV)/bin/python build/peers
	$(VENV)/bin/uv pip sync --quiet --python build/peers/bin/python --require-hashes requirements-benchmarks.lock
	@touch $@

lock: setup ## pin the newest versions that pyproject.toml allows
	$(VENV)/bin/uv pip compile --upgrade --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --output-file requirements.lock
	$(VENV)/bin/uv pip compile --upgrade --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(VENV)/bin/uv pip compile --upgrade --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group benchmarks --output-file requirements-benchmarks.lock

clean: ## remove what was installed and built; arena.db stays
	rm -rf $(VENV) frontend/node_modules app/web/dist dist build
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(INSTALLED): requirements-dev.lock pyproject.toml hatch_build.py scripts/setup.sh
	scripts/setup.sh $(VENV)
	@touch $@

$(MODULES): frontend/package-lock.json
	scripts/web.sh install

$(PAGE): $(PAGE_SOURCES) $(MODULES)
	scripts/web.sh build
