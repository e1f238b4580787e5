# `make` alone lists the commands. Everything a command needs is installed into .venv by itself.
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
SOURCES := $(shell find rust python -name '*.rs' -o -name '*.toml') Cargo.toml Cargo.lock pyproject.toml
N ?= 5000000
SEED ?= 1
SECONDS ?= 60

.PHONY: help demo test lint rust-test python-test docs pages differential parsers snapshots planted mutants findings fuzz fuzz-python bench bench-rust bench-stream bench-distributed clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/tools: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check 'maturin>=1.9,<2' 'pydantic>=2.7' 'rich>=13'
	touch $@

$(VENV)/built: $(VENV)/tools $(SOURCES)
	PIP_QUIET=1 $(BIN)/maturin develop --release --quiet
	touch $@

$(VENV)/dev: $(VENV)/tools
	$(BIN)/pip install --quiet --disable-pip-version-check --group test
	touch $@

$(VENV)/docs: $(VENV)/tools
	$(BIN)/pip install --quiet --disable-pip-version-check --group docs
	touch $@

demo: $(VENV)/built ## build, and decide the requests of the example organization
	@sh examples/organization/demo.sh $(BIN)/bailiwick

test: lint rust-test python-test docs ## everything that CI checks

lint: $(VENV)/built $(VENV)/dev ## formats, lints, types and stubs
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || \
		{ rustup component add rustfmt clippy || { echo 'rustfmt and clippy are missing'; exit 1; }; }
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest bailiwick._core

rust-test: ## tests of the core and of columns
	cargo test --quiet --release -p bailiwick-core -p bailiwick-columns

python-test: $(VENV)/built $(VENV)/dev ## pytest: corpus, differential, command line, doctests
	$(BIN)/python -m pytest

docs: $(VENV)/docs ## the manual, into target/site; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

pages: $(VENV)/built $(VENV)/dev ## the manual pages of commands and parse errors, from the code
	$(BIN)/python -m tests.manual_pages

findings: $(VENV)/built $(VENV)/dev ## the manual pages of findings, from their catalogue and from real cases
	$(BIN)/python -m tests.validate_pages

differential: $(VENV)/built $(VENV)/dev ## N cases on all cores, both evaluators (N=5000000 SEED=1)
	$(BIN)/python -m tests.campaign $(N) --seed $(SEED)

parsers: $(VENV)/built $(VENV)/dev ## N broken documents on all cores, both parsers
	$(BIN)/python -m tests.campaign $(N) --seed $(SEED) --parsers

snapshots: $(VENV)/built $(VENV)/dev ## N requests to random snapshots on all cores, engine and reference
	$(BIN)/python -m tests.campaign $(N) --seed $(SEED) --snapshots

planted: $(VENV)/built $(VENV)/dev ## plants bugs in copies of the core, and counts the cases until each is caught
	$(BIN)/python -m tests.planted --out docs/planted-bugs.md

mutants: $(VENV)/built $(VENV)/dev ## mutants of the example's policies against its policy tests
	$(BIN)/python -m tests.mutants --out docs/policy-tests-mutants.md

fuzz: ## one cargo-fuzz target on nightly (TARGET=parse|case|glob|search|bytes SECONDS=60)
	cargo +nightly fuzz --version >/dev/null 2>&1 || cargo install --locked cargo-fuzz
	cd rust/fuzz && cargo +nightly fuzz run --fuzz-dir . $(TARGET) -- -max_total_time=$(SECONDS) -max_len=8192

fuzz-python: $(VENV)/built $(VENV)/dev ## the Python parser under atheris (TARGET=parsers|render SECONDS=60)
	$(BIN)/pip install --quiet --disable-pip-version-check 'atheris>=2.3'
	$(BIN)/python -m tests.fuzz $(TARGET) -max_total_time=$(SECONDS) -max_len=4096

$(VENV)/bench: $(VENV)/tools
	$(BIN)/pip install --quiet --disable-pip-version-check \
		'matplotlib>=3.8' 'numpy>=1.26' 'pyarrow>=17' 'pytest-benchmark>=5'
	touch $@

$(PEERS)/ready: benches/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

bench: $(VENV)/built $(VENV)/bench $(PEERS)/ready ## all benchmarks and the peers, about half an hour; QUICK=1 for a few minutes
	$(BIN)/python benches/run.py $(if $(QUICK),--quick --out target/benchmarks) $(if $(ONLY),--only $(ONLY))

bench-rust: ## the core under criterion, without Python
	cargo bench --quiet -p bailiwick-core --bench checks

bench-stream: $(VENV)/built $(VENV)/bench ## 50,000,000 rows through check_batch in bounded memory
	$(BIN)/python benches/fifty_million.py

bench-distributed: $(VENV)/built $(VENV)/dev ## what a worker of a cluster needs and does, on Spark; writes docs/benchmarks
	PYTHONPATH=. $(BIN)/python benches/cluster.py

clean: ## remove what was built
	rm -rf $(VENV) $(PEERS) target
