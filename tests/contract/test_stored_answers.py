"""A stored response goes only to callers that may make the call, for every method that keeps responses.

The administrator makes a call with an idempotency key; before and after it, others who may not make it send the same.
"""

from dataclasses import dataclass, replace

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from support import writes
from support.contract import METHODS, ROLES, may_call, policy_of
from support.keys import key_of
from support.service import read_refusal

KEPT = {method.name: policy_of(method) for method in METHODS if policy_of(method).idempotent}
# Roles that may call the method, but not the RPC of an action that is in the requests of support/writes.
ROLES_WITHOUT_AN_ACTION = {"RunTransaction": ["ROLE_SERVER"]}


@dataclass(frozen=True)
class Stranger:
    """Somebody who may not make a call: what they show, in place of the administrator's."""

    who: str
    metadata: tuple
    access_token: str | None = None


@dataclass
class Tried:
    """How strangers were refused before and after a call, and the administrator's response."""

    before: dict[str, object]
    after: dict[str, object]
    answers: list[object]


async def _strangers(service):
    """Make keys of all roles, and a key and a player's token that are limited to a namespace where nothing is."""
    limited = await key_of(service, "admin", namespace_names=["elsewhere"])
    token = (await service.auth.Login(auth_pb.LoginRequest(user_id="bob"), metadata=limited)).token
    roles = {role.name: await key_of(service, role.name.removeprefix("ROLE_").lower()) for role in ROLES}
    return Stranger("a key for another namespace", limited, token), roles


def _strangers_to(write, elsewhere, roles):
    """Yield who may not make a call."""
    yield Stranger("nobody", ())
    yield elsewhere
    players = "access_token" in write.fields  # a player's method: no key is enough
    missing = ROLES_WITHOUT_AN_ACTION.get(write.rpc, ())
    for role in ROLES:
        if players or role.name in missing or not may_call(role, KEPT[write.rpc]):
            yield Stranger(role.name, roles[role.name])


async def _refusal(service, write, stranger, headers):
    """Return how a stranger's call was refused; None when it succeeded."""
    fields = write.fields
    if "access_token" in fields:
        fields = {**fields, "access_token": stranger.access_token}
    try:
        await replace(write, fields=fields).make(service, headers, stranger.metadata)
    except grpc.aio.AioRpcError as error:
        refusal = read_refusal(error)
        refusal.metadata.pop("request_id")
        return refusal
    return None


@pytest.fixture(scope="session")
async def tried(tmp_path_factory):
    """Return the result of every call, by the method and its number."""
    found = {}
    async with writes.prepared(tmp_path_factory.mktemp("stored")) as (service, calls):
        elsewhere, roles = await _strangers(service)
        for number, write in enumerate(call for call in calls if call.rpc in KEPT):
            headers = [("idempotency-key", f"k{number}")]
            strangers = list(_strangers_to(write, elsewhere, roles))
            before = {it.who: await _refusal(service, write, it, headers) for it in strangers}
            answers = [await write.make(service, headers)]
            after = {it.who: await _refusal(service, write, it, headers) for it in strangers}
            answers.append(await write.make(service, headers))
            found[write.rpc, number] = Tried(before, after, answers)
    return found


def test_every_method_that_stores_responses_is_tried(tried):
    """Each by somebody without a credential, by a key of another namespace, and by a role that is not enough."""
    assert {rpc for rpc, _ in tried} == KEPT.keys()
    assert min(len(each.before) for each in tried.values()) > 2


def test_a_caller_allowed_to_make_the_call_gets_the_stored_response(tried):
    """It is stored before the others request it: the administrator's second call gets the response of the first."""
    assert [name for name, each in tried.items() if each.answers[0] != each.answers[1]] == []


def test_others_are_refused_as_if_there_were_no_stored_response(tried):
    """By the very refusal that they were given before the call: of UNAUTHENTICATED or PERMISSION_DENIED."""
    denied = {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}
    for name, each in tried.items():
        assert {who for who, it in each.before.items() if it is None or it.code not in denied} == set(), name
        assert each.after == each.before, name
