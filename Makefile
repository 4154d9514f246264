# Every target works as the first command in a fresh clone: it sets up what it needs.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# No program that is started from here may send usage data.
export DO_NOT_TRACK := 1
export DENO_NO_UPDATE_CHECK := 1
export DENO_NO_PACKAGE_JSON := 1
# Deno must also trust the certificates of the system, among them those of a company's proxy.
export DENO_TLS_CA_STORE := mozilla,system
export DENO_DIR := $(CURDIR)/.cache/deno
export OPS_STACK ?= embedded
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
DENO := .venv/bin/deno
STACK := $(PY) -m harness.stack
SETUP := .cache/setup.stamp
PG_DUMP := .cache/postgres-programs/bin/pg_dump
# A Postgres other than 17 comes with the set-up that asks for it: OPS_POSTGRES=18 make test.
OTHER_POSTGRES := $(filter-out 17 /%,$(OPS_POSTGRES))
# What depends on the version of Postgres, rather than on what runs around it.
CORE := supabase/tests $(patsubst %,harness/tests/test_%.py,access_catalogue access_rules access_triggers access_writes drift ingest migrations model owner row_types sanity state_machine temporary_objects)
NIGHTLY := $(patsubst %,harness/tests/test_%.py,access_http artifacts batches bench board_many board_pages bounded_inputs chaos concurrency database_lint delivery_metrics drift dry_run dump event_shapes fuzz import_stopped imported install_faults linked lost_output names neutral_install notices notices_sent page_costs plain_events policy_impact preflight private_functions refreshed_sessions secrets stack stack_up state_machine temporary_objects told_histories told_projects told_rollbacks upgrade wheel words)
# Files of SQL that ask for `pgtap.effort`.
NIGHTLY_SQL := $(patsubst %,supabase/tests/%_test.sql,48_artifacts 48_targets_and_commits 53_any_order)
PYTHON_FILES := harness .github/release_notes.py
TYPESCRIPT := --config supabase/functions/deno.json supabase/functions $(filter-out harness/board/%,$(wildcard harness/*/*.ts))
# The page has settings of its own.
BOARD := --config harness/board/deno.json harness/board

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

# The stamp names its checkout: a moved or copied folder, or one that lost a part, is set up again.
ifneq ($(shell test -x $(PY) && test -d node_modules && test -x $(PG_DUMP) $(OTHER_POSTGRES:%=&& test -d .cache/postgres-%-package/node_modules) && grep -qxF "$$(pwd -P)" $(SETUP) 2>/dev/null && echo whole),whole)
.PHONY: $(SETUP)
endif
$(SETUP): $(wildcard requirements*.lock) pyproject.toml package-lock.json $(wildcard harness/setup/* harness/setup/postgres/$(OTHER_POSTGRES)/*.json supabase/functions/deno.* supabase/functions/*/deno.json harness/board/*.* harness/board/*/*.*)
	@sh harness/setup/setup.sh

.PHONY: setup
setup: $(SETUP) ## install what the lock files name, once; needs the network
	@echo "set-up: complete"

.PHONY: demo
demo: $(SETUP) ## take a release of this checkout through every gate; write docs/reports/dry-run.md
	@$(PY) -m harness.prove.dry_run $(ARGS)

.PHONY: up down reset status person token
up: $(SETUP) ## start the stack and print its addresses and keys
	@$(STACK) up $(ARGS)
down: $(SETUP) ## stop the stack
	@$(STACK) down
reset: $(SETUP) ## empty the running stack's database and apply all migrations again
	@$(STACK) reset
status: $(SETUP) ## say what is running; ARGS="-o env" prints variables for a shell
	@$(STACK) status $(ARGS)
person: $(SETUP) ## let somebody sign in at the running stack; print e-mail and password: ARGS="rm-1"
	@$(STACK) person $(ARGS)
token: $(SETUP) ## print a token of the running stack: ARGS="release_manager rm-1"
	@$(STACK) token $(ARGS)

# The tests of TypeScript run beside the others. At the end they say how many passed, or all if one failed.
DENO_TESTS := .cache/deno-tests.txt
.PHONY: test
test: $(SETUP) ## run the suite on OPS_STACK=embedded (or containers, or external); ARGS go to pytest
	@echo "OPS_STACK=$(OPS_STACK)"
	@{ cd supabase/functions && ../../$(DENO) task --quiet test && cd ../../harness/board && ../../$(DENO) task --quiet test; \
	} >$(DENO_TESTS) 2>&1 & deno=$$!; \
	trap 'kill $$deno 2>/dev/null' INT TERM; \
	$(PY) -m pytest -n auto $(ARGS); python=$$?; \
	if wait $$deno; then grep ' passed |' $(DENO_TESTS); else cat $(DENO_TESTS); exit 1; fi; \
	exit $$python

.PHONY: slow
slow: $(SETUP) ## run the tests that make something whole, or one thing many times: wheels, upgrades, random histories
	@OPS_EFFORT=slow $(PY) -m pytest -n auto -m slow $(ARGS)

.PHONY: core
core: $(SETUP) ## run the SQL tests and what else depends on the version of Postgres, such as OPS_POSTGRES=18
	@OPS_EFFORT=slow $(PY) -m pytest -n auto $(CORE) $(ARGS)

.PHONY: nightly
nightly: $(SETUP) ## run the repeating tests thousands of times: 20 to 60 minutes
	@OPS_EFFORT=nightly $(PY) -m pytest -n auto $(NIGHTLY) $(NIGHTLY_SQL) $(ARGS)

.PHONY: mutants
mutants: $(SETUP) ## break each access rule on purpose and check that a test fails
	@$(PY) -m harness.tests.mutants $(ARGS)

.PHONY: bench
bench: $(SETUP) ## measure every row of the speed table, write docs/reports/benchmarks.md; ARGS=--quick, or --help
	@$(PY) -m harness.prove.bench $(ARGS)

.PHONY: chaos
chaos: $(SETUP) ## kill and stop parts under load, write docs/reports/chaos.md; ARGS=--quick, or --help
	@$(PY) -m harness.prove.chaos $(ARGS)

.PHONY: lint lint-sql lint-python lint-typescript lint-workflows
lint: lint-sql lint-python lint-typescript lint-workflows ## check SQL, Python, TypeScript and workflows; changes nothing
lint-sql: $(SETUP)
	@.venv/bin/sqlfluff lint --processes 2 --disable-progress-bar supabase/migrations supabase/tests
lint-python: $(SETUP)
	@$(PY) -m ruff check --quiet $(PYTHON_FILES)
	@$(PY) -m ruff format --check --quiet $(PYTHON_FILES)
	@$(PY) -m mypy
	@MYPYPATH=harness/setup $(PY) -m mypy --explicit-package-bases $(wildcard harness/setup/*.py)
	@$(PY) -m mypy .github/release_notes.py
lint-typescript: $(SETUP)
	@$(DENO) fmt --quiet --check $(TYPESCRIPT)
	@$(DENO) fmt --quiet --check $(BOARD)
	@$(DENO) lint --quiet $(TYPESCRIPT)
	@$(DENO) lint --quiet $(BOARD)
	@$(DENO) check --quiet --frozen --cached-only $(TYPESCRIPT)
	@$(DENO) check --quiet --frozen --cached-only $(BOARD)
# Composite actions are checked by way of the workflows that use them.
lint-workflows: $(SETUP)
	@.venv/bin/actionlint -shellcheck .venv/bin/shellcheck

.PHONY: dblint
dblint: $(SETUP) ## lint both schemas in a database: advisors, and plpgsql_check where a machine has it; ARGS=--all
	@$(PY) -m harness.check.database_lint $(ARGS)

.PHONY: fmt
fmt: $(SETUP) ## fix what lint found and a tool can fix
	@.venv/bin/sqlfluff fix --processes 2 --disable-progress-bar --quiet supabase/migrations supabase/tests
	@$(PY) -m ruff check --quiet --fix $(PYTHON_FILES)
	@$(PY) -m ruff format --quiet $(PYTHON_FILES)
	@$(DENO) fmt --quiet $(TYPESCRIPT)
	@$(DENO) fmt --quiet $(BOARD)

.PHONY: verify
verify: $(SETUP) ## fail if a generated file or a lock file does not match its source
	@cd supabase/functions && ../../$(DENO) task --quiet schemas --check
	@$(PY) harness/setup/locks.py --check
	@$(PY) -m harness.check.row_types --check
	@$(PY) -m harness.check.schema_picture --check

.PHONY: models schemas
models: $(SETUP) ## write harness/ops_gates/rows.py, the types of all rows, from the migrations
	@$(PY) -m harness.check.row_types
schemas: $(SETUP) ## write supabase/schemas, the present state of both schemas, from the migrations
	@$(PY) -m harness.check.schema_picture

.PHONY: screenshots
screenshots: $(SETUP) ## take pictures of every page of the board in a real browser, write docs/screenshots
	@$(PY) -m harness.prove.screenshots

.PHONY: drift preflight
drift: $(SETUP) ## compare a database with the migrations: the one of SUPABASE_DB_URL, or the running stack
	@$(PY) -m harness.check.drift $(ARGS)
preflight: $(SETUP) ## say whether a project is ready for the schema: SUPABASE_DB_URL, ARGS="--project-ref REF"
	@$(PY) -m harness.check.preflight $(ARGS)

.PHONY: lock
lock: $(SETUP) ## refresh the lock files after a change of dependencies; UPGRADE=1 takes newer versions
	@$(PY) harness/setup/locks.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## stop the stack and remove what set-up, tests and stack left in the checkout
	@if test -x $(PY); then $(STACK) down || true; fi
	rm -rf .venv node_modules .cache .stack .hypothesis *.egg-info
	find harness -name __pycache__ -type d -prune -exec rm -rf {} +
