# `make run` and `make test` are enough on a fresh Debian machine that has python3 and make.
# Each target sets up what it needs first; deploy/setup.sh says how, on standard error only.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ARGS ?=
BIN := .venv/bin
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet \
	--universal --generate-hashes --no-emit-index-url --no-emit-find-links

.PHONY: help setup setup-run setup-test run test fuzz rehearse load lint format-check fmt types web-types imports \
	check docs site lock sbom wheel clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## Build .venv with the tools of developers
	@deploy/setup.sh dev

setup-run: ## Only what the program itself needs
	@deploy/setup.sh run

setup-test: ## The tools, and the Debian packages that the tests drive
	@deploy/setup.sh test

# exec, with no shell between: Ctrl-C reaches the server, and make has only its exit status to pass on.
run: setup-run ## Start the server with a demonstration session (ARGS="--port 8080"...)
	@exec $(BIN)/visiojury serve --demo $(ARGS)

test: setup-test ## All tests, end to end included, in random order (ARGS=tests/exam for some)
	@exec tests/run.sh $(ARGS)

fuzz: setup ## Hostile bytes for what reads the network (ARGS="rtp --seconds 3600 --corpus var/fuzz")
	@exec $(BIN)/python -m tests.fuzz $(ARGS)

rehearse: setup-run ## Prove that this installation works (ARGS=--json prints one JSON object)
	@exec $(BIN)/visiojury rehearse $(ARGS)

load: setup-run ## Load generator and benchmarks (ARGS="relay --help")
	@exec $(BIN)/python -m loadtests $(ARGS)

format-check: setup
	@$(BIN)/ruff format --check .

lint: format-check ## Formatting and lint, changing nothing
	@$(BIN)/ruff check .

fmt: setup ## Format, and fix what can be fixed safely
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

types: setup ## mypy, strict
	@$(BIN)/mypy --strict

web-types: setup-test ## TypeScript over the JSDoc of the web client, strict
	@tests/web/node_modules/.bin/tsc --project tests/web

imports: setup ## The layers of docs/architecture.md
	@$(BIN)/lint-imports

wheel: setup ## Build the wheel into dist/; deploy/systemd/README.md says how to install it
	@$(BIN)/pip --quiet --disable-pip-version-check wheel --no-index --no-deps --no-build-isolation -w dist .

site: setup ## Make the documentation a site, in dist/site; a link that leads nowhere fails
	@$(BIN)/python -m tests.documentation dist/site

sbom: setup ## Write the bills of materials (CycloneDX, with licences) into dist/
	@$(BIN)/python -m tests.sbom dist

docs: setup ## Renew the documents that are made from the code (requirements, API, commands)
	@$(BIN)/python -m tests.generated

check: ## Exactly what CI runs
	@.ci/run

lock: setup ## Renew both lock files from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(COMPILE) --extra dev --output-file requirements.lock $(ARGS)
	@$(COMPILE) --extra build --constraints requirements.lock --output-file requirements-run.lock

clean: ## Remove what tools left behind; keeps .venv, and var/ with its records
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -path ./.venv -prune -o -path ./var -prune -o -type d -name __pycache__ -exec rm -rf {} +
