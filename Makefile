# make demo   environment, weights, and a small film from material that tremendo makes itself
# make test   lint, types and all quick tests
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: install models demo test test-slow lint clean

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
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy

test: models lint
	$(BIN)/python -m pytest -n 2

test-slow: models
	$(BIN)/python -m pytest -n 2 -m slow

clean:
	rm -rf demo .pytest_cache .mypy_cache .ruff_cache
