"""The worst requests that `make bench` sends cover the contract, so that no new RPC, list or text is left out.

What they cost is measured there: no test has a time limit.
"""

import json

import pytest
from google.protobuf import message_factory
from redeemd.contract import list_bounds, validation
from redeemd.errors import RequestMalformed
from redeemd.rpc.server import RECEIVE_BYTES_MAX
from support.contract import METHODS, PLACES, every_method

from bench.stalls import cases, documents, world
from bench.stalls.contract import length_max, methods, request_bytes_max, shown

_VALID = world.valid()
_LARGE = 256 * 1024  # characters; a text that may be longer than that holds a document


@pytest.fixture(scope="module")
def derived():
    """The cases of all methods, by full name."""
    return {method.full_name: list(cases.derive(method, _VALID)) for method in methods()}


def _fields(message, before=()):
    """Yield all fields of a message and of the messages inside it, other than the bench does."""
    for field in message.fields:
        yield (*before, field)
        if field.message_type is not None:
            yield from _fields(field.message_type, (*before, field))


def test_every_rpc_is_sent_something(derived):
    """Each RPC that redeemd serves has requests, a valid one among them."""
    assert derived.keys() == {method.full_name for method in METHODS}
    assert all("valid" in {case.kind for case in found} for found in derived.values())


@every_method
def test_every_list_is_filled(derived, method):
    """Each repeated field of a request, wherever it is, has a case in which it is as long as there is room for."""
    lists = {shown(path) for path in _fields(method.input_type) if path[-1].is_repeated}
    cases_of_lists = [case for case in derived[method.full_name] if case.path and case.path[-1].is_repeated]
    assert lists == {shown(case.path) for case in cases_of_lists}


@every_method
def test_every_text_is_sent_too_long(derived, method):
    """Each text that is no list has a case of its own."""
    texts = {".".join(place.names) for place in PLACES if place.method is method and place.rules.HasField("string")}
    lists = {shown(path) for path in _fields(method.input_type) if path[-1].is_repeated}
    sent = {shown(case.path) for case in derived[method.full_name] if "too long" in case.kind}
    assert texts - lists <= sent


@every_method
def test_every_field_of_json_holds_every_kind_of_it(derived, method):
    """Texts with the option json_text, and all others that are long enough for a document, are sent expensive JSON."""
    sent = {shown(case.path) for case in derived[method.full_name] if "nested as deep as allowed" in case.kind}
    texts = [path for path in _fields(method.input_type) if path[-1].type == path[-1].TYPE_STRING]
    wanted = {shown(path) for path in texts if documents.is_json(path[-1]) or length_max(path[-1]) > _LARGE}
    assert wanted == sent


@pytest.mark.parametrize("rpc", ["RunTransaction", "Preflight"])
def test_texts_of_a_transaction_hold_texts(derived, rpc):
    """Some transaction has as many actions as allowed, whose requests are texts of many values; another nests them."""
    kinds = {case.kind: case for case in derived[f"redeem.transaction.v1.TransactionService.{rpc}"]}
    case = kinds["transaction: transaction: consumeActions of large requests: list of numbers"]
    request = message_factory.GetMessageClass(case.method.input_type).FromString(case.build())
    texts = [action["request"] for action in json.loads(request.transaction)["consumeActions"]]
    assert len(texts) == 100
    assert all(len(json.loads(text)["contextStack"]) > 1000 for text in texts)
    deepest = "verifyActions" + ".0.request.actions" * 3
    assert f"transaction: nested: {deepest} of large requests: list of numbers" in kinds


@pytest.mark.parametrize("rpc", ["AndExpressionByUserId", "OrExpressionByUserId"])
def test_every_action_of_an_expression_has_a_large_request(derived, rpc):
    """As many as allowed; all but the one that makes the request valid share the room."""
    kinds = {case.kind: case for case in derived[f"redeem.transaction.v1.TransactionService.{rpc}"]}
    case = kinds["actions.request: 9 times list of numbers"]
    request = message_factory.GetMessageClass(case.method.input_type).FromString(case.build())
    assert len(request.actions) == 10
    assert all(len(json.loads(action.request)) > 1000 for action in request.actions[1:])


@every_method
def test_no_request_is_larger_than_the_server_reads(derived, method):
    """Each is at most as large as the largest that is allowed, but for those that are to be larger than that.

    A quarter of them is built, because that takes long and other methods have requests of the same kinds.
    """
    for case in derived[method.full_name][::4]:
        most = RECEIVE_BYTES_MAX if "larger than allowed" in case.kind else request_bytes_max(method)
        assert len(case.build()) <= most


@every_method
def test_only_requests_whose_lists_are_too_long_are_cut(derived, method):
    """Before they are parsed. Only unknown fields and a field that is there over and over are refused as malformed."""
    message_type = message_factory.GetMessageClass(method.input_type)
    for case in derived[method.full_name][::16]:
        data = case.build()
        try:
            found = list_bounds.bounded(data, message_type)
        except RequestMalformed:
            assert not case.path or not case.path[-1].is_repeated
            continue
        if found != data:
            violations = validation.violations(message_type.FromString(data))
            assert {violation.error_type for violation in violations} == {"tooMany"}
