# Everything one types here. Each target first makes .venv by itself, from requirements.lock, with nothing but a Python
# from 3.11 to 3.13; a second call starts at once. All paths are relative, so that the folder's name may hold spaces.

PY := .venv/bin/python
ROOMS := $(wildcard network integrations flows hmn templates emulators examples bench tests)

.DEFAULT_GOAL := help
.PHONY: help demo up test test-long check crash-test gallery format bench clean venv

help: ## Show what can be typed
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' Makefile | awk -F@ '{ printf "%-16s %s\n", $$1, $$2 }'

demo: venv ## See the whole office work, with no account (ARGS="--fresh" begins anew)
	@$(PY) -m hmn demo $(ARGS)

up: venv ## Run the schedule and the dashboard for your office
	@$(PY) -m hmn up $(ARGS)

test: venv ## Run every test
	@$(PY) -m pytest -n auto --dist loadgroup $(ARGS)

test-long: venv ## Run every test, also those that take minutes
	@HMN_TEST_LONG=1 $(PY) -m pytest -n auto --dist loadgroup $(ARGS)

check: venv ## Look at format, style, types and import contracts
	@$(PY) -m ruff format --check $(ROOMS)
	@$(PY) -m ruff check $(ROOMS)
	@$(PY) -m mypy $(ROOMS)
	@$(PY) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))'

crash-test: venv ## Kill workers hundreds of times and count every mail (ARGS="--runs 2000 --seed 7")
	@$(PY) -W ignore -m tests.end_to_end.crash_matrix $(ARGS)

gallery: venv ## Draw every mail we can send on one local page
	@$(PY) -m hmn gallery $(ARGS)

format: venv ## Put the files in our format and mend what can be mended
	@$(PY) -m ruff check --fix-only --quiet $(ROOMS)
	@$(PY) -m ruff format $(ROOMS)

bench: venv ## Measure
	@$(PY) -m bench $(ARGS)

clean: ## Remove what make made: .venv, caches, the demo office (never your office)
	rm -rf .venv build dist demo-office connected-office gallery .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	rm -rf .coverage htmlcov health_manager_network.egg-info
	find $(ROOMS) -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@PYTHON="$(PYTHON)" .ci/venv
