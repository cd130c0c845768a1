# One task runner, for people and for CI. `make` alone lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A lock file names all that is needed. Without --no-deps pip looks at the newest release of each name[extra] that is
# pinned as plain name, and stops where one was published since.
INSTALL := $(PIP) install --no-deps --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header $(LOCK_OPTIONS)

# one more than there are cores: some tests watch a round in real time, and wait; with two more it takes longer
WORKERS = $$(( $$(nproc 2>/dev/null || echo 2) + 1 ))
# tests start dozens of programs: each is compiled once
unexport PYTHONDONTWRITEBYTECODE

# which faults `make mutants` tries, how many, and where (WITHIN=bot/rules)
SEED ?= 1
SAMPLE ?= 60
WITHIN ?=

.DEFAULT_GOAL := help
.PHONY: help play test check pictures format bench soak mutants live lock setup clean
.DELETE_ON_ERROR:

help:  ## list these targets
	@echo "coproduce: rounds in which everybody answers alone and all answers open together"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r call does; do printf '%-14s %s\n' "$$call" "$$does"; done
	@echo
	@echo "PYTHON=python3.12 make test   uses another Python (3.11 or newer)"

play: $(VENV)/play-ready  ## a whole round in your browser; no account
	@$(BIN)/coproduce play

# what tests write durably, thousands of times, is written to memory where there is room for it
test mutants: export TMPDIR := $(or $(TMPDIR),$(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "/dev/shm" }'),/tmp)
test: check  ## everything that must be right: all of check, and the tests
	@sh .ci/chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(VENV)/test-ready  ## format, lint, types, imports, and faults that are known in libraries
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive adapters bot coproduce storage
	$(BIN)/python .ci/audit.py $(BIN)/pip-audit requirements-dev.lock

pictures: $(VENV)/test-ready  ## take the README's pictures of the page anew (needs a browser)
	@sh .ci/chromium
	COPRODUCE_TEST_BROWSER=required COPRODUCE_README_PICTURES=docs/images $(BIN)/python -m pytest -q tests/browser/test_two_minutes.py -k in_two_minutes

format: $(VENV)/test-ready  ## format the code, and mend what the linter can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/test-ready  ## measure the hot paths, as ratios
	$(BIN)/python -m tests.bench

soak: $(VENV)/test-ready  ## rounds under faults and restarts for longer, and all that `make test` takes a sample of
	$(BIN)/python -m tests.soak
	$(BIN)/python -m pytest -n $(WORKERS) --whole -k "slack-http or killed_at_any_call" \
		tests/contract/test_whole_rounds.py tests/acceptance/test_kill_at_every_step.py

mutants: $(VENV)/test-ready  ## make small faults in the core, and show those that no test sees (SEED=1 SAMPLE=60)
	$(BIN)/python -m tests.mutants --seed $(SEED) --sample $(SAMPLE) --within "$(WITHIN)"

live: $(VENV)/test-ready  ## one round in a real workspace or server; tests/live/ says what it needs
	$(BIN)/python -m pytest -n 0 -rs tests/live

lock: $(VENV)/test-ready  ## make the lock files anew (add LOCK_OPTIONS=--upgrade for newer versions)
	echo 'setuptools>=77' | $(LOCK) pyproject.toml - -o requirements.lock
	echo 'setuptools>=77' | $(LOCK) pyproject.toml - --extra dev -c requirements.lock -o requirements-dev.lock

setup: $(VENV)/test-ready  ## only make .venv/, with all that development needs

clean:  ## remove .venv/ and what the tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage coproduce.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	@sh .ci/find-python "$(PYTHON)"
	@echo "making $(VENV)/"
	@"$(PYTHON)" -m venv --clear $(VENV)
	@touch $@

$(VENV)/play-ready: requirements.lock pyproject.toml $(VENV)/made
	@echo "installing what coproduce needs into $(VENV)/ (a minute, the first time)"
	@$(INSTALL) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(VENV)/test-ready: requirements-dev.lock $(VENV)/play-ready
	@echo "installing what its tests need into $(VENV)/"
	@$(INSTALL) -r requirements-dev.lock
	@$(PIP) check
	@touch $@
