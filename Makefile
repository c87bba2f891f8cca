# The developer's loop. `make demo` and `make test` set up everything they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo run test test-all check fix bench wheel docs lock clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/' | expand -t 12

$(STAMP): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $(STAMP)

setup: $(STAMP) ## install everything into .venv

demo: $(STAMP) ## build the demo company and open it
	@$(BIN)/tandem demo $(ARGS)

run: $(STAMP) ## web server and worker on your own data
	@$(BIN)/tandem setup
	@$(BIN)/tandem worker & worker=$$!; trap "kill $$worker" EXIT; $(BIN)/tandem serve $(ARGS)

test: $(STAMP) ## the suite on SQLite and on PostgreSQL, under five minutes
	@sh tools/test_services.sh
	@TANDEM_TEST_DATABASE=sqlite $(BIN)/pytest -n 2 $(ARGS)
	@TANDEM_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 --with-database $(ARGS)

test-all: $(STAMP) ## also browsers, killed processes and large inputs
	@sh tools/test_services.sh browser
	@$(BIN)/pytest -n 2 --hypothesis-profile=full -m 'not realdata' $(ARGS)
	@TANDEM_TEST_DATABASE=postgresql $(BIN)/pytest -n 2 --hypothesis-profile=full -m 'not realdata and not browser' $(ARGS)

check: $(STAMP) ## format, lint, types, boundaries, migrations, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python -m tools.reference --check

fix: $(STAMP) ## what can be mended by machine
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/python -m tools.reference

bench: $(STAMP) ## figures of the method pages and budgets; ARGS=--full for the large sizes
	@for file in benchmarks/bench_*.py; do name=$$(basename $$file .py); echo "== $$name"; \
	  $(BIN)/python -m benchmarks.$$name $(ARGS) || exit 1; done

wheel: $(STAMP) ## build the package and try it from another folder
	@$(BIN)/python -m tools.check_wheel

docs: $(STAMP) ## regenerate docs/reference
	@$(BIN)/python -m tools.reference

lock: $(STAMP) ## compile requirements with hashes
	@for name in base dev spark solver explain speech semantic; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	    requirements/$$name.in -o requirements/$$name.txt; done

clean: ## forget the demo company and caches
	@rm -rf var build .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
