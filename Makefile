# make run       train, export and try out bed-exit, from an empty clone to alarms on a held-out person's recording
# make test      what to run before a change: lint, types, contracts, and tests of everything, of large tables a sample
# make test-all  the same with every row, the other runtimes and the real data
# make docs      builds the documentation into build/site; make docs-serve shows it while it is written
# make clean     take away what they made
#
# JOBS=N         processes of the tests; as many as cores, but 8 at most
# SEED=N         draws the sample of an earlier `make test` again

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

JOBS ?= auto
SEED ?=
PYTEST := $(BIN)/python -m pytest --numprocesses $(JOBS) --maxprocesses 8 --dist worksteal

.PHONY: run test test-all checks docs docs-serve clean about-run about-test about-test-all

run: about-run $(VENV)/.installed-train
	$(BIN)/zoo data fetch hapt
	$(BIN)/zoo run bed-exit --out runs/exported/bed-exit

test: about-test checks
	$(PYTEST) --sample $(if $(SEED),--sample-seed $(SEED))

test-all: about-test-all checks
	$(PYTEST)

# Fills in the generated parts of the pages first. A broken link, or a page outside the navigation, is an error.
docs: $(VENV)/.installed-dev
	$(BIN)/python -m docs.writers.fill
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet
	@echo "Built: build/site/index.html"

docs-serve: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

# What is not the package itself may import the dev extra (DEP004), and need not use what the package does (DEP002).
checks: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/deptry zoo
	$(BIN)/deptry benchmarks tests examples docs --ignore DEP002,DEP004

clean:
	rm -rf $(VENV) runs build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find zoo tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

about-run:
	@echo "make run: an environment in $(VENV), a model and a report in runs/; nothing that git tracks changes."
	@echo "  Once: about 390 MB of packages and 19 MB of data to download. Each time: some 2 minutes of training on two cores."
about-test:
	@echo "make test: lint, types, contracts, and tests of everything, of large tables a sample; make test-all runs the rest."
	@echo "  Once: about 540 MB of packages to download into $(VENV). Each time: under 10 minutes on two cores."
about-test-all:
	@echo "make test-all: lint, types, contracts and every test, with other runtimes, the real data, and what is installed"
	@echo "  here of a broker, Node, a C++ compiler and PyTorch."
	@echo "  Once: about 540 MB of packages to download into $(VENV), 32 MB of data without ZOO_DATA. Each time: some 20 minutes."

# The stamps say what the environment holds: a second call installs nothing, a changed pyproject.toml does again.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 10) <= v <= (3, 13) or sys.exit("expected Python 3.10 to 3.13, got %d.%d. Name another one: make PYTHON=python3.12" % v)'
	@echo "Creating the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed-train: $(VENV)/.created pyproject.toml
	@echo "Installing the zoo with TensorFlow and Keras into $(VENV): about 2 GB on the disk, some minutes, once"
	@$(PIP) install --editable '.[train]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-train
	@echo "Installing the tools that check the code and build the documentation into $(VENV)"
	@$(PIP) install --editable '.[train,dev,docs]'
	@touch $@
