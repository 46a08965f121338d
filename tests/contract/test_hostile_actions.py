"""Unknown actions, and requests of actions that are not JSON or do not fit the action, are refused and change nothing.

All requests are made from the descriptors, so that a new field that holds an action is tested by being there.
"""

import re

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from redeem.exchange.v1 import requests_pb2 as pb
from support.clock import ManualClock
from support.contract import METHODS, PLACES, everything, send, valid_request
from support.service import Refusal, running

TEXTS = [place for place in PLACES if place.field.type == FieldDescriptor.TYPE_STRING]
ACTIONS = [place for place in TEXTS if place.names[-1] == "action"]
JSON_TEXTS = [place for place in TEXTS if place.names[-1] in {"request", "transaction"}]
NO_REQUESTS = (
    " ",
    '{"namespaceName": "a"',
    "{}{}",
    "[]",
    "null",
    '"{}"',
    '{"namespaceName": "a", "namespaceName": "a"}',
    '{"namespaceName": ' + "[" * 32 + "]" * 32 + "}",
    '{"namespaceName": NaN}',
    r'{"namespaceName": "\u0000"}',
    r'{"namespaceName": "\ud800"}',
    '{"absent": "a"}',
    '{"namespaceName": 1, "verifyActions": 1}',  # the one is of an action's request, the other of a transaction
)


@pytest.fixture(scope="session")
async def rates(tmp_path_factory):
    """A server on which nothing else happens, with a namespace `every-rpc` that has drafts of both kinds of rates."""
    async with running(tmp_path_factory.mktemp("rates"), clock=ManualClock()) as service:
        await service.stop_housekeeping()
        await service.exchanges.CreateNamespace(pb.CreateNamespaceRequest(name="every-rpc"), metadata=service.admin)
        for method in METHODS:
            if method.name in {"CreateRateModelMaster", "CreateIncrementalRateModelMaster"}:
                assert await send(service, method, valid_request(method.input_type), service.admin) is None
        yield service


def _each(places):
    ids = [f"{place.method.containing_service.name}.{place.method.name}.{place.path}" for place in places]
    return pytest.mark.parametrize("place", places, ids=ids)


async def _refused_fields(service, place, value):
    """Return by which fields a call is refused that has the value in a place; it breaks no rule of the contract."""
    request, metadata = (
        place.put(valid_request(place.method.input_type), value),
        await everything(service, place.method),
    )
    before = await service.dump()
    refusal = await send(service, place.method, request, metadata) or Refusal()
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_FAILED")
    assert await service.dump() == before
    return refusal.fields


@_each(JSON_TEXTS)
async def test_json_text_that_is_no_request_is_refused(rates, place):
    """By the name of the field that holds it, or a path that begins so: broken JSON, and JSON of something else."""
    of_this_field = re.compile(rf"{re.escape(place.path)}(\..+)?")
    for text in NO_REQUESTS:
        fields = await _refused_fields(rates, place, text)
        assert fields
        assert [field for field in fields if not of_this_field.fullmatch(field)] == [], text


@_each(ACTIONS)
async def test_an_action_that_is_none_is_refused(rates, place):
    """By the name of its field: one that the server has not, also the longest, and one of another kind."""
    of_another_kind = "Gs2SerialKey:IssueOnce" if "acquire" not in place.path else "Gs2SerialKey:UseByUserId"
    longest = "\U0001f600" * place.rules.string.max_len
    for name in ("a", "Gs2SerialKey:Use", "Gs2Inventory:AcquireItemSetByUserId", longest, of_another_kind):
        assert set(await _refused_fields(rates, place, name)) == {place.path}
