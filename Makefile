# What maintainers run. Pre-commit and .ci/run call these same targets.
.DEFAULT_GOAL := help
.PHONY: help install format format-check lint types layers test test-slow test-isolated test-release docs docs-serve bench build release-dry-run

UV_RUN ?= uv run
ARGS ?=
PACKAGE ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## everything a maintainer needs, and the pre-commit hook
	uv sync --all-groups
	$(UV_RUN) --group lint pre-commit install

format: ## rewrite the sources in the house's format
	$(UV_RUN) --group lint ruff format .
	$(UV_RUN) --group lint ruff check --fix --exit-zero --quiet .

format-check: ## fail where format would change something
	$(UV_RUN) --group lint ruff format --check .

lint: ## ruff's rules, public docstrings among them
	$(UV_RUN) --group lint ruff check .

types: ## mypy --strict on every src
	$(UV_RUN) --group lint mypy

layers: ## imports point one way
	$(UV_RUN) lint-imports

test: ## the quick tests and all doctests; ARGS="-k softmax" narrows them
	$(UV_RUN) pytest $(ARGS)

test-slow: ## the tests that take minutes
	$(UV_RUN) pytest -m slow $(ARGS)

test-isolated: ## each package alone, from its wheel and sdist; PACKAGE=nt-tensor for one
	$(UV_RUN) python -m tools.isolated $(PACKAGE)

test-release: ## the tests of tools/release, with what a release needs
	$(UV_RUN) --group release pytest tests/release tests/test_packaging.py $(ARGS)

docs: ## build the documentation into site/, strictly
	NO_MKDOCS_2_WARNING=1 $(UV_RUN) --group docs mkdocs build --strict

docs-serve: ## the documentation at localhost, rebuilt as you write
	NO_MKDOCS_2_WARNING=1 $(UV_RUN) --group docs mkdocs serve

bench: ## training steps against PyTorch eager; single ops, GPT-2 writing: ARGS="--ops", "--generate"
	$(UV_RUN) python -m tools.bench $(ARGS)

build: ## a wheel and an sdist of every package, in dist/
	uv build --all-packages --out-dir dist

release-dry-run: ## build and check every package as if to publish, write the notes in dist/, publish nothing
	$(UV_RUN) --group release python -m tools.release --dry-run
