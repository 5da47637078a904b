# The commands of this project. `make run` and `make test` need Python 3.11 or newer and git, nothing else.

PY := .venv/bin/python
SUPERVISOR := $(PY) -m happ_project.supervisor
# settings are loaded by the type checker's Django plugin, which connects to nothing
NO_SERVERS := SECRET_KEY=only-for-checking-types-0123456789 HAPP_ENCRYPTION_KEYS=none \
	DATABASE_URL=postgresql:///happ REDIS_URL=redis://localhost
UV_COMPILE := .tools/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header
PYTEST_ARGS ?=
WORDS := happ_project/locale/uk/LC_MESSAGES/django

.DEFAULT_GOAL := help
.PHONY: help run manage install test check lint lock css words docs eval bench kill-test clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

run: .venv/run.stamp ## set up what is missing and start the whole product
	@exec $(SUPERVISOR) up --with-parent

manage: .venv/run.stamp ## a command of Django on the product's data: make manage ARGS="createsuperuser"
	@exec $(SUPERVISOR) manage $(ARGS)

install: .venv/run.stamp ## set up what is missing

test: .venv/test.stamp lint ## lint and run all tests, browser tests included
	@scripts/chromium.sh
	scripts/test.sh $(PYTEST_ARGS)

check: .venv/test.stamp lint ## lint and run the quick tests
	$(SUPERVISOR) exec -- $(PY) -m pytest -m "not slow" $(PYTEST_ARGS)

lint: .venv/test.stamp ## style, layering, types
	.venv/bin/ruff check
	.venv/bin/lint-imports
	$(NO_SERVERS) .venv/bin/mypy happ_project messengers assistants integrations conversations

lock: .venv/test.stamp ## write the lock files anew from requirements*.in
	$(UV_COMPILE) requirements.in -o requirements.txt
	$(UV_COMPILE) requirements-dev.in -o requirements-dev.txt

css: .venv/test.stamp ## build the style sheet and the icons (the results are committed)
	sh frontend/build.sh

words: ## compile the Ukrainian sentences (needs gettext; the result is committed)
	msgfmt --check-format -o $(WORDS).mo $(WORDS).po

docs: .venv/run.stamp ## write the generated parts of the docs anew
	$(NO_SERVERS) $(PY) manage.py features_table

eval: .venv/test.stamp ## how well the built-in answerer answers
	$(SUPERVISOR) exec -- $(PY) -m tests.eval

bench: .venv/test.stamp ## measure the product
	$(PY) -m tests.benchmarks
	$(PY) -m tests.benchmarks.counts
	$(PY) -m tests.benchmarks.sessions
	$(SUPERVISOR) exec -- $(PY) -m tests.benchmarks.search

kill-test: .venv/test.stamp ## kill processes under load and count what was lost or doubled
	$(PY) -m tests.kill

clean: ## remove what can be made again (data stay)
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements.txt scripts/install.sh
	@scripts/install.sh run

.venv/test.stamp: requirements.txt requirements-dev.txt scripts/install.sh
	@scripts/install.sh test
