# Everything a person or CI runs. Only Python >= 3.11, make and the package registries are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= var
DIST ?= dist
WEBS ?= 1
export PREFECT_HOME ?= $(CURDIR)/$(VENV)/prefect
export PREFECT_SERVER_ANALYTICS_ENABLED = false
export DO_NOT_TRACK = 1
# Where a shell forbids it, each of the many processes would compile Prefect anew: half of a start.
export PYTHONDONTWRITEBYTECODE =

.PHONY: setup demo up wheel lint check test bench tour documents matrices migration audit fix lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet 'uv>=0.9'
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/python -m uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	@$(BIN)/jiebang demo --data-dir $(DATA)

up: setup
	@$(BIN)/jiebang up --data-dir $(DATA)

# What others install: pip install dist/*.whl, outside of this folder, is all it takes.
wheel: setup
	@work=$$(mktemp -d) && printf '[build]\nbuild_base = %s\n' "$$work" > "$$work/cfg" && \
	  DIST_EXTRA_CONFIG="$$work/cfg" $(BIN)/python -m uv build --quiet --wheel --no-build-isolation --out-dir $(DIST) . \
	  && rm -rf "$$work"

lint: setup
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy -n 2

# Under a minute: what a change most often breaks.
check: lint
	@$(BIN)/pytest -q tests/domain

# ONLY=award runs the tests with this word in their name or their file's; WEBS=2 lets every page test
# ask two webs in turn, each a process of its own. Lint and types are checked beside the tests' start.
test: setup
	@$(MAKE) --no-print-directory lint & lint=$$!; \
	WEBS=$(WEBS) $(BIN)/pytest -n 3 --dist loadscope --durations=20 --durations-min=1 $(if $(ONLY),-k "$(ONLY)"); \
	tests=$$?; wait $$lint || { echo "Lint or types failed, see above: make lint" >&2; exit 1; }; exit $$tests

bench: setup
	@$(BIN)/python -m bench --data-dir $(DATA)

tour: setup
	@$(BIN)/python -m tests.tour

documents: setup
	@$(BIN)/python -m tests.documents

# Ask everything as everybody, and write what each may into tests/web, to be read and committed.
matrices: setup
	@MATRICES=write $(BIN)/pytest -q -n 2 --dist loadscope tests/web/test_who_may_what.py tests/web/test_programs_may_what.py

# NAME="Meeting rooms" writes the migration from what the models have and the migrations have not.
migration: setup
	@$(BIN)/python -m tests.new_migration "$(NAME)"

audit: setup
	@$(BIN)/python -m tests.audit

fix: setup
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet 'uv>=0.9'
	@$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) var
