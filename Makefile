# Everything that a newcomer needs: `make demo`, `make test`. The virtual environment comes from hash-pinned locks.

SHELL = /bin/sh

# The first Python of at least 3.11 on the path; say `make PYTHON=/path/to/python test` for another one.
AT_LEAST_3_11 = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c '$(AT_LEAST_3_11)' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV = .venv
# A Python without ensurepip cannot put pip into the environment; its own pip can then install from outside.
INSTALL = if $(VENV)/bin/python -c 'import pip' 2>/dev/null; then set -- $(VENV)/bin/python -m pip; \
	else set -- $(PYTHON) -m pip --python $(VENV)/bin/python; fi; \
	"$$@" --disable-pip-version-check install --quiet --no-build-isolation
LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate

.PHONY: help demo test test-slow tools planted lint format benchmark lock clean

help:
	@echo "make demo       compare four ways of paying and investing, for Oregon (some three minutes on a quiet machine)"
	@echo "make test       run the tests (about ten minutes on two cores)"
	@echo "make test-slow  run the tests that are left out because they take minutes"
	@echo "make tools      install Chromium and R from Debian, for the tests that use them (as root; no other system)"
	@echo "make planted    plant the catalog of bugs, one by one, and see which tests notice (about an hour)"
	@echo "make lint       formatter, linter, type checker, spelling"
	@echo "make format     let the formatter and the linter repair what they can"
	@echo "make benchmark  measure speed, and write benchmark.json into the study folder"
	@echo "make lock       choose versions anew from requirements*.in, and write the locks"
	@echo "make clean      remove the environment, caches and builds (never results)"

demo: $(VENV)/ready
	$(VENV)/bin/ccosim compare experiment=payment_by_upstream

test: $(VENV)/ready
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/ready
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow

# Without them the tests of the page in a browser, and those of the examples in R, are skipped, and say so.
tools: $(VENV)/ready-dev
	@{ command -v chromium && command -v Rscript; } >/dev/null || \
		{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium r-base-core; } >/dev/null 2>&1 || \
		echo "Chromium and R could not be installed: the tests that use them are skipped." >&2

planted: $(VENV)/ready
	$(VENV)/bin/python -m tests.planted.runner $(BUGS)

lint: $(VENV)/ready-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/codespell

format: $(VENV)/ready-dev
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

benchmark: $(VENV)/ready
	$(VENV)/bin/ccosim benchmark

lock: $(VENV)/ready-dev
	$(LOCK) --upgrade -o requirements.lock requirements.in
	$(LOCK) --upgrade -o requirements-build.lock requirements-build.in
	$(LOCK) --upgrade -o requirements-dev.lock requirements-dev.in

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find sim experiments tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found: install one, or say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c '$(AT_LEAST_3_11)' || { echo "$(PYTHON) is older than 3.11: say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV)

$(VENV)/installed: $(VENV)/bin/python requirements-build.lock requirements.lock pyproject.toml setup.py
	@echo "Setting up $(VENV) from requirements.lock (a minute or two, once) ..."
	@$(INSTALL) --require-hashes -r requirements-build.lock
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --editable .
	@touch $@

$(VENV)/ready: $(VENV)/installed
	@$(VENV)/bin/python -m experiments.compile_ahead
	@touch $@

$(VENV)/ready-dev: $(VENV)/installed requirements-dev.lock
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
