# redeemd: make help lists the targets. Everything runs in .venv, which the targets make when it is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FILTER ?=
FUZZ_SECONDS ?= 300
SOAK_SECONDS ?= 600

.PHONY: help demo run test test-postgres proof proof-bugs fuzz lint format generate check-generated release-contract bench soak lock clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk 'BEGIN{FS=":.*?## "}{printf "  %-16s %s\n", $$1, $$2}'
	@printf '  %-16s %s\n' 'generate-<lang>' 'Stubs of a language into generated/<lang>: $(LANGUAGES)'
	@printf '  %-16s %s\n' 'package-<lang>' 'What users of the language install, into generated/<lang>/dist'

$(VENV)/run.stamp: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "redeemd needs Python 3.11 or newer; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# The pooler of the tests, where this is Debian. Without it, and off line, its tests are skipped.
$(VENV)/pgbouncer.stamp: tests/support/get_pgbouncer.sh $(VENV)/dev.stamp
	@tests/support/get_pgbouncer.sh $(VENV)/pgbouncer && touch $@ || echo "pgbouncer could not be fetched" >&2

# Programs that the tests call the server with. Without them, and off line, their tests are skipped.
.tools/stamp: tests/support/tools.txt
	@mkdir -p .tools
	@GOBIN=$(CURDIR)/.tools xargs -n 1 go install < $< && touch $@ || echo "grpcurl and ghz could not be installed" >&2

demo: $(VENV)/run.stamp ## Issue 100,000 codes, redeem one, see the second try refused, take it back
	$(BIN)/redeemd demo

run: $(VENV)/run.stamp ## Serve ./data on 127.0.0.1:50051
	$(BIN)/redeemd serve --data ./data

test: $(VENV)/dev.stamp $(VENV)/pgbouncer.stamp .tools/stamp ## All tests but those of clients. Usage: make test FILTER=use_code
	$(BIN)/python -m pytest -n auto --dist worksteal --ignore tests/clients $(if $(FILTER),-k "$(FILTER)")

OPERATIONS ?= 100000
FAULTS ?= 50
STORE ?= sqlite
SEED ?=

TABLES ?= postgresql

test-clients: $(VENV)/dev.stamp ## Build the example of each language and run it. Usage: make test-clients FILTER=go
	$(BIN)/python -m pytest tests/clients $(if $(FILTER),-k "$(FILTER)")

# What starts servers by itself, or needs none, is the same on both.
test-postgres: $(VENV)/dev.stamp $(VENV)/pgbouncer.stamp ## The tests of the service again, on PostgreSQL. FILTER as for test, TABLES=partitioned
	REDEEMD_TEST_DATABASE=$(TABLES) $(BIN)/python -m pytest -n auto --dist worksteal \
	  --ignore tests/clients --ignore tests/docs --ignore tests/fuzz --ignore tests/parity --ignore tests/proof \
	  --ignore tests/contract/test_tools.py --ignore tests/store/test_conformance.py \
	  $(if $(FILTER),-k "$(FILTER)")

proof: $(VENV)/dev.stamp ## Look for anything redeemed twice. Usage: make proof STORE=postgresql OPERATIONS=3000 FAULTS=6 (needs Go)
	cd tests && ../$(BIN)/python -m proof.run --operations $(OPERATIONS) --faults $(FAULTS) --store $(STORE) \
	  $(if $(SEED),--seed $(SEED))

proof-bugs: $(VENV)/dev.stamp ## Show that the proof finds bugs: one run for each of a list of broken builds (needs Go)
	cd tests && ../$(BIN)/python -m proof.bugs $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/dev.stamp ## Random requests to every RPC and URL, anew each round. Usage: make fuzz FUZZ_SECONDS=3600
	@end=$$((SECONDS + $(FUZZ_SECONDS))); while [ $$SECONDS -lt $$end ]; do \
	  FUZZ_TIMES=5 $(BIN)/python -m pytest -q -n auto --dist worksteal --hypothesis-seed=$$RANDOM tests/fuzz || exit 1; done

RELEASED = generated/descriptors/released.binpb

lint: $(VENV)/dev.stamp ## Style, types, proto lint and format, contract fit for clients of the last release, vendored files unchanged
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd protos && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code
	cd protos && ../$(BIN)/buf breaking --path redeem --against ../$(RELEASED)
	cd protos/vendor && sha256sum --check --quiet SHA256SUMS

format: $(VENV)/dev.stamp ## Format Python and protos
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	cd protos && ../$(BIN)/buf format -w

PROTOS = $(shell cd protos && find redeem -name '*.proto' | LC_ALL=C sort)
SERVICE_PROTOS = $(filter %_service.proto %/action_handler.proto,$(PROTOS))
# In the descriptor set, for whoever renders errors by it, as Envoy's transcoder does: status details are of these types.
ERROR_PROTOS = google/rpc/status.proto google/rpc/error_details.proto
PROTOC = cd protos && ../$(BIN)/python -m grpc_tools.protoc -I. -Ivendor

generate: $(VENV)/dev.stamp ## Regenerate what is committed: Python stubs, the descriptor set, the service config, docs/reference
	rm -rf generated/python/redeem generated/python/buf docs/reference/api
	mkdir -p generated/python generated/descriptors
	$(PROTOC) --python_out=../generated/python --pyi_out=../generated/python $(PROTOS) buf/validate/validate.proto
	$(PROTOC) --grpc_python_out=../generated/python $(SERVICE_PROTOS)
	$(PROTOC) --include_imports --descriptor_set_out=../generated/descriptors/redeem.binpb $(PROTOS) $(ERROR_PROTOS)
	touch generated/python/redeem/py.typed
	$(BIN)/python protos/service_config.py generated/descriptors/service_config.json
	$(PROTOC) --include_source_info --descriptor_set_out=../$(VENV)/with-comments.binpb $(PROTOS)
	cd protos && ../$(BIN)/python -m reference ../$(VENV)/with-comments.binpb ../docs/reference

release-contract: generate ## Keep the contract as it is now for `buf breaking`; a part of releasing a version, and of nothing else
	cp generated/descriptors/redeem.binpb $(RELEASED)

LANGUAGES = python go typescript java kotlin csharp cpp rust php ruby

$(LANGUAGES:%=generate-%): generate-%: $(VENV)/dev.stamp
	@protos/clients/generate.sh $*

$(LANGUAGES:%=package-%): package-%: generate-%
	@protos/clients/package.sh $*

check-generated: generate ## Fail if generated files differ from the commit
	@git diff --exit-code --stat -- generated docs/reference
	@test -z "$$(git status --porcelain -- generated docs/reference)" || { git status --short -- generated docs/reference; exit 1; }

bench: $(VENV)/dev.stamp ## Measure; prints a table and writes bench/REPORT.md (needs Go)
	$(BIN)/python -m bench.run

soak: $(VENV)/dev.stamp ## Does it stay as small under load? Writes bench/.work/SOAK.md. Usage: make soak SOAK_SECONDS=86400
	$(BIN)/python -m bench.soak $(SOAK_SECONDS)

lock: $(VENV)/dev.stamp ## Write requirements/*.txt anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/run.txt pyproject.toml --group dev --output-file requirements/dev.txt

clean: ## Remove the virtual environment and caches; keeps ./data
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/.work tests/parity/.work tests/proof/.work
