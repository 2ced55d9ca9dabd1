# The commands of the project; `make help` lists them.
# RUN_DIR, PORT, DATABASE_URL and REDIS_URL are explained in scripts/stack.py.

PYTHON := .venv/bin/python
STACK = $(PYTHON) scripts/stack.py
ARGS ?=
OUT ?= walkthrough
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench walkthrough vendor messages requirements clean-data clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  make %-14s %s\n' "$$name" "$$what"; done

.venv/.base: requirements/uv.txt requirements/base.txt scripts/setup.sh
	@bash scripts/setup.sh base

.venv/.dev: requirements/uv.txt requirements/dev.txt scripts/setup.sh
	@bash scripts/setup.sh dev

run: .venv/.base ## start the portal with its demo city; PORT=8080 chooses the port, Ctrl-C stops it
	@exec $(STACK) run

test: check ## every check and every test; ARGS="-k name" passes on to pytest
	@$(PYTHON) scripts/messages.py compile
	@RUN_DIR=$(CURDIR)/.run-test $(STACK) exec -- .venv/bin/pytest -n auto $(ARGS)

check: .venv/.dev ## linters, types, import rules, migrations, translations, vendored files
	@RUN_DIR=$(CURDIR)/.run-test $(STACK) exec -- $(PYTHON) scripts/check.py

bench: .venv/.dev ## measure each claim of benchmarks/
	@RUN_DIR=$(CURDIR)/.run-bench $(STACK) exec -- $(PYTHON) -m benchmarks $(ARGS)

walkthrough: .venv/.dev ## the whole story as real users would do it; OUT=folder takes the papers and pictures
	@rm -rf .run-walkthrough
	@RUN_DIR=$(CURDIR)/.run-walkthrough $(STACK) serve-exec -- $(PYTHON) manage.py walkthrough --out $(abspath $(OUT))

vendor: ## fetch the front-end assets named in frontend/ into static/vendor (needs npm)
	@bash frontend/vendor.sh

messages: .venv/.dev ## collect new strings into locale/ and compile it
	@$(PYTHON) scripts/messages.py update
	@$(PYTHON) scripts/messages.py compile

requirements: .venv/.dev ## pin requirements/*.in again, by hash and without hosts
	@cd requirements && for name in uv base dev; do \
	  ../.venv/bin/uv pip compile -q --upgrade --universal --python-version 3.11 --no-emit-index-url --no-header \
	    --no-annotate --generate-hashes $$name.in -o $$name.txt || exit 1; done

clean-data: ## delete the data and keys of every run on this machine
	rm -rf .run .run-*

clean: clean-data ## delete everything that make made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
