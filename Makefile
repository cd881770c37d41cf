# make run    train, export and try out bed-exit, from an empty clone to alarms on a held-out person's recording
# make test   every check that a change must pass
# make clean  take away what the two made

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test clean

run: $(VENV)/.installed-train
	$(BIN)/zoo data fetch hapt
	$(BIN)/zoo run bed-exit

test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV) runs build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find zoo tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say what the environment holds: a second call installs nothing, a changed pyproject.toml does again.
$(VENV)/.created:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; (3, 10) <= v <= (3, 13) or sys.exit("expected Python 3.10 to 3.13, got %d.%d. Name another one: make PYTHON=python3.12" % v)'
	@echo "Creating the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed-train: $(VENV)/.created pyproject.toml
	@echo "Installing the zoo with TensorFlow and Keras into $(VENV): about 2 GB and some minutes, once"
	@$(PIP) install --editable '.[train]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed-train
	@echo "Installing the tools that check the code into $(VENV)"
	@$(PIP) install --editable '.[train,dev]'
	@touch $@
