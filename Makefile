# Set-up and the main commands, from a fresh clone with Python 3.11 and pip alone:
#   make benchmark    sets up .venv from requirements.lock, then trains, tests and compares every method
#   make test         sets up the same, then runs the tests
# A second run sets nothing up again. Options: make benchmark ARGS="--profile full", make test ARGS="-k attention".

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
UV := uv==0.13.9
READY := $(VENV)/.ready
ARGS ?=
WORKERS ?= 2

unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH
.DEFAULT_GOAL := help
.PHONY: help setup benchmark report test test-all gate speed lint lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

benchmark: $(READY) ## set up, then run the benchmark on ssv2 and kinetics (ARGS="..." is passed on)
	@$(BIN)/python benchmark/run_all.py --datasets ssv2 kinetics $(ARGS)

report: $(READY) ## write tables and plots again from the stored results
	@$(BIN)/python benchmark/report.py $(ARGS)

test: $(READY) ## set up, then run the tests except the slow ones
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-all: $(READY) ## run the slow tests too
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "" $(ARGS)

gate: $(READY) ## what every method predicts and how it learns, against the committed references
	@$(BIN)/python benchmark/regress.py $(ARGS)

speed: $(READY) ## time the kernels that matter and compare with the stored ratios (ARGS="--write README.md")
	@$(BIN)/python benchmark/kernels.py $(ARGS)

lint: $(READY) ## style (ruff) and types (mypy)
	@code=0; $(BIN)/ruff check . || code=1; $(BIN)/ruff format --check . || code=1; $(BIN)/mypy || code=1; exit $$code

setup: $(READY) ## only set up .venv

# The stamp is the last thing written: an interrupted set-up starts afresh, a changed lock or pyproject only brings up to date.
$(READY): requirements.lock pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed (found: $(or $(PYTHON),none)); name one: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "setting up $(VENV) from requirements.lock (once; about 6 GB) ..."
	@test -e $(READY) || $(PYTHON) -m venv --clear --without-pip $(VENV)
	@rm -f $(READY)
	@test -x $(BIN)/uv || $(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check $(UV) || \
		{ echo "error: pip could not install uv: see its message above"; exit 1; }
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python -r requirements.lock --no-deps && \
		$(BIN)/uv pip install -q --python $(BIN)/python -e . --no-deps --no-build-isolation || \
		{ echo "error: uv could not install what requirements.lock lists: see its message above"; exit 1; }
	@touch $(READY)

lock: $(READY) ## pin the newest releases that pyproject.toml allows into requirements.lock
	$(BIN)/uv pip compile -q --python-version 3.11 --extra test --custom-compile-command "make lock" \
		$(ARGS) pyproject.toml -o requirements.lock

clean: ## remove .venv and caches (results and videos stay)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .benchmarks build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
