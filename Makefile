# make demo   environment, weights, and a small film from material that tremendo makes itself
# make test   lint, types, docs and all quick tests
# make docs   the documentation site, in site/
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CODE   := src tests benchmarks scripts examples
READY  := $(VENV)/.ready

.PHONY: install models demo docs test test-slow lint clean

install: $(READY)

$(READY): pyproject.toml
	$(PYTHON) -c "import sys; assert sys.version_info >= (3, 11), 'Python 3.11 or newer is needed'"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(READY)

models: $(READY)
	$(BIN)/tremendo models pull

demo: models
	$(BIN)/tremendo demo -o demo
	@echo "the film: demo/demo.mp4, its story: demo/demo.tremendo/report.html"

lint: $(READY)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/python scripts/check_house.py

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

test: models lint docs
	$(BIN)/python -m pytest -n 2

test-slow: models
	$(BIN)/python -m pytest -n 2 -m slow

clean:
	rm -rf demo site .pytest_cache .mypy_cache .ruff_cache
