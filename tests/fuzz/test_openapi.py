"""Requests by the OpenAPI document of the door, and nearly by it: every response is documented there."""

import asyncio
import copy
import json

import pytest
import requests
from hypothesis import given
from redeemd.contract.documented_json import camel
from support import lacking
from support.contract import REPOSITORY
from support.fuzzing import examples

DOCUMENT = json.loads((REPOSITORY / "docs/reference/openapi.json").read_text(encoding="utf-8"))
SERVICES = sorted({path.split("/")[1] for path in DOCUMENT["paths"]})
WITH_SETTINGS = ["serial-key", "limit", "exchange"]
# How values are generated, and whether those that exist take the place of generated ones: namespaces, codes, tokens.
KINDS = [("positive", True), ("positive", False), ("negative", False)]
ERROR = {"component", "message", "code"}


def strict(document):
    """Return a document whose responses may have no member that it does not describe."""
    changed = copy.deepcopy(document)
    for name, schema in changed["components"]["schemas"].items():
        if "properties" in schema and not name.endswith(("Request", "Input")) and name != "Error":
            schema["additionalProperties"] = False
    return changed


@pytest.fixture(scope="module")
def operations():
    """The operations of each service; those that delete come last. Imported here, because it takes seconds."""
    found = {}
    for each in lacking.module("schemathesis").openapi.from_dict(strict(DOCUMENT)).get_all_operations():
        operation = each.ok()
        found.setdefault(operation.path.split("/")[1], []).append(operation)
    return {service: sorted(each, key=lambda one: one.method == "delete") for service, each in found.items()}


@pytest.fixture(scope="module")
def checks():
    """What schemathesis checks of a response."""
    general, of_openapi = (lacking.module(f"schemathesis.{name}") for name in ("checks", "specs.openapi.checks"))
    return [
        general.not_a_server_error,
        of_openapi.status_code_conformance,
        of_openapi.content_type_conformance,
        of_openapi.response_schema_conformance,
    ]


def kinds(operation):
    """Return the kinds of requests for an operation."""
    if operation.method == "delete":
        return KINDS[1:]  # what exists stays for the others
    # A path of literals without a body has nothing to get wrong.
    return KINDS[:2] if operation.path.endswith("/system/version") else KINDS


def filled(case, known, player):
    """Put values that exist into a request."""
    case.headers["X-GS2-ACCESS-TOKEN"] = player
    case.headers.pop("X-GS2-TIME-OFFSET-TOKEN", None)
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            part |= {name: known[name] for name in part.keys() & known.keys()}


def known_of(fuzzed, service):
    """Return a value that exists for each member, by its documented names."""
    known = {name: values[0] for name, values in fuzzed.known.items() if "." not in name and values}
    if service in WITH_SETTINGS:
        known["settings"] = fuzzed.known["settings"][WITH_SETTINGS.index(service)]
    return known | {camel(name): value for name, value in known.items()}


def requests_of(operation):
    """Yield strategies of requests for an operation, each with whether they get values that exist."""
    modes = lacking.module("schemathesis").GenerationMode
    for mode, real in kinds(operation):
        yield operation.as_strategy(generation_mode=modes(mode)), real


def check_errors(response):
    """Assert that the message of a refusal is JSON text of a list of errors."""
    errors = json.loads(response.json()["message"])
    assert errors, response.text
    assert all(error.keys() == ERROR for error in errors), response.text


@pytest.mark.parametrize("service", SERVICES)
def test_no_response_is_undocumented(fuzzed, operations, checks, service):
    """Neither its status, nor its type, nor its members; and nothing breaks inside."""
    fuzzed.run(fuzzed.learn_anew())
    known, seen = known_of(fuzzed, service), set()
    options = {
        "base_url": f"http://127.0.0.1:{fuzzed.service.http_port}",
        "headers": {"Authorization": f"Bearer {fuzzed.service.key}"},
        "session": requests.Session(),
    }

    def send_some(cases, real):
        @examples(1 if real else 2)  # the first is the smallest, which succeeds most often
        @given(case=cases)
        def send(case):
            if real:
                filled(case, known, fuzzed.tokens["alice"])
            response = fuzzed.run(asyncio.to_thread(case.call, **options))
            seen.add(response.status_code)
            case.validate_response(response, checks=checks)
            if response.status_code != 200:
                check_errors(response)
            assert fuzzed.take_defects() == []

        send()

    for operation in operations[service]:
        for cases, real in requests_of(operation):
            send_some(cases, real)
    assert seen >= {200, 400}
    fuzzed.run(fuzzed.check())
