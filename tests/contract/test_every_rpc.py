"""Rules that hold for the responses of every RPC, tested over the wire.

Requests are made from the descriptors, so that a new RPC is tested by being there.
"""

import base64
import json
from dataclasses import dataclass

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from support.clock import ManualClock
from support.contract import (
    METHODS,
    ROLES,
    every_method,
    everything,
    may_call,
    policy_of,
    rules_of,
    send,
    valid_request,
)
from support.service import Refusal, Service, bearer, running


def _required(message):
    return {field.name for field in message.fields if rules_of(field).required or rules_of(field).repeated.min_items}


def _empty(method):
    return message_factory.GetMessageClass(method.input_type)()


@every_method
async def test_a_call_without_credential_is_refused_as_such(service, method):
    """Only public methods look at the request of a caller who shows nothing."""
    refusal = await send(service, method, _empty(method))
    if policy_of(method).access == options_pb2.ACCESS_PUBLIC:
        assert (refusal or Refusal()).reason == ("VALIDATION_FAILED" if _required(method.input_type) else "")
    else:
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIAL_MISSING")
        assert refusal.metadata["needs"]


@every_method
async def test_an_empty_request_is_refused_for_every_required_field(service, method):
    """All required fields are reported at once; a method without any succeeds."""
    refusal = await send(service, method, _empty(method), await everything(service, method)) or Refusal()
    required = _required(method.input_type)
    if required:
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "VALIDATION_FAILED")
        assert required <= set(refusal.fields)
        assert refusal.metadata["component"] == policy_of(method).component
    else:
        assert refusal.reason == ""


@every_method
@pytest.mark.parametrize("data", [b"\xff\xff\xff", b"\x0a", b"\x0a\x7fabc"], ids=["no tag", "cut off", "too short"])
async def test_bytes_that_are_no_message_are_malformed(service, method, data):
    """They are refused as the caller's mistake; grpc by itself would return INTERNAL."""
    refusal = await send(service, method, data, await everything(service, method))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED")


@pytest.mark.parametrize(
    ("method", "number"),
    [
        pytest.param(method, field.number, id=f"{method.full_name}.{field.name}")
        for method in METHODS
        for field in method.input_type.fields
        if field.type == FieldDescriptor.TYPE_STRING and field.number <= 15  # so that the tag is one byte
    ],
)
async def test_text_that_is_no_utf8_is_malformed(service, method, number):
    """A string field that holds a surrogate, which UTF-8 has no bytes for, makes the request malformed."""
    tag = number << 3 | 2
    refusal = await send(service, method, bytes((tag, 3, 0xED, 0xA0, 0x80)), await everything(service, method))
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_MALFORMED")


@every_method
async def test_a_valid_request_is_served(service, method):
    """None fails inside, and none is UNIMPLEMENTED."""
    request = valid_request(method.input_type)
    refusal = await send(service, method, request, await everything(service, method)) or Refusal()
    assert refusal.reason not in {"INTERNAL", "VALIDATION_FAILED"}
    assert refusal.code != grpc.StatusCode.UNIMPLEMENTED


@pytest.fixture(scope="session")
async def role_keys(service):
    """A key of each role, by number."""
    answers = {role.number: await service.auth.CreateKey(_key_request(role), metadata=service.admin) for role in ROLES}
    return {number: f"{answer.item.key_id}.{answer.secret}" for number, answer in answers.items()}


def _key_request(role):
    method = next(method for method in METHODS if method.name == "CreateKey")
    return valid_request(method.input_type, role=role.number)


@every_method
@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
async def test_a_role_may_call_what_its_rule_says_and_nothing_else(service, role_keys, method, role):
    """A key's role is refused with ROLE_NOT_ALLOWED exactly where the contract does not list the method."""
    policy = policy_of(method)
    refusal = await send(service, method, _empty(method), bearer(role_keys[role.number])) or Refusal()
    if may_call(role, policy):
        assert refusal.code != grpc.StatusCode.PERMISSION_DENIED
        if policy.access != options_pb2.ACCESS_PLAYER:
            assert refusal.code != grpc.StatusCode.UNAUTHENTICATED
    else:
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_NOT_ALLOWED")
        assert refusal.metadata["role"] == role.GetOptions().Extensions[options_pb2.documented]


# One method of each access kind.
KINDS = {
    options_pb2.Access.Name(policy_of(method).access): method
    for method in METHODS
    if method.name in {"DescribeNamespaces", "UseByUserId", "UseByStampTask", "ListKeys", "Use", "LoginProject"}
}
BY_KEY = sorted(KINDS.keys() - {"ACCESS_PUBLIC", "ACCESS_PLAYER"})
_LONGER_THAN_ANY_TOKEN_SECONDS = 25 * 60 * 60


@dataclass
class Credentials:
    """A server, what opens it, and what does not, by what is wrong with it."""

    service: Service
    good: dict[str, str]
    bad_keys: dict[str, str]
    bad_access_tokens: dict[str, str]
    bad_time_offset_tokens: dict[str, str]


async def _tokens(service, key):
    """Return a project token, an access token and a time offset token of a server."""
    key_id, _, secret = key.partition(".")
    login = auth_pb.LoginProjectRequest(client_id=key_id, client_secret=secret)
    shift = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=60)
    return {
        "project": (await service.auth.LoginProject(login)).access_token,
        "access": await service.token("alice", time_offset=1),
        "offset": (await service.auth.IssueTimeOffsetTokenByUserId(shift, metadata=service.admin)).token,
    }


def _spoilt(token, of_another_server):
    """Return what can be wrong with a token of any kind."""
    head, body, signature = token.split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "k1"}).encode()).rstrip(b"=").decode()
    return {
        "cut off": token[:-1],
        "longer": token + "A",
        "without signature": f"{head}.{body}.",
        "that says it needs no signature": f"{unsigned}.{body}.",
        "with another content": f"{head}.{body[:-4]}AAAA.{signature}",
        "of another master key": of_another_server,
        "that is none": "a.b.c",
    }


@pytest.fixture(scope="session")
async def credentials(tmp_path_factory):
    """A server of its own, with credentials of it, of its past, and of another server."""
    async with running(tmp_path_factory.mktemp("other"), clock=ManualClock()) as other:
        foreign = await _tokens(other, other.key)
    async with running(tmp_path_factory.mktemp("own"), clock=ManualClock()) as service:
        expired = await _tokens(service, service.key)
        service.clock.advance(seconds=_LONGER_THAN_ANY_TOKEN_SECONDS)
        good = await _tokens(service, service.key)
        made = await service.auth.CreateKey(_key_request(ROLES[0]), metadata=service.admin)
        revoked = f"{made.item.key_id}.{made.secret}"
        of_revoked = await _tokens(service, revoked)
        await service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=made.item.key_id), metadata=service.admin)
        bad = {kind: _spoilt(good[kind], foreign[kind]) | {"expired": expired[kind]} for kind in good}
        key_id, _, secret = service.key.partition(".")
        yield Credentials(
            service,
            good | {"key": service.key},
            {
                "revoked": revoked,
                "unknown": f"knobody.{secret}",
                "of another server": other.key,
                "cut off": service.key[:-1],
                "longer": service.key + "A",
                "without secret": f"{key_id}.",
                "without dot": key_id + secret,
                "project token of a revoked key": of_revoked["project"],
                "access token": good["access"],
                "time offset token": good["offset"],
            }
            | {f"project token {how}": text for how, text in bad["project"].items()},
            bad["access"] | {"project token": good["project"], "time offset token": good["offset"], "key": service.key},
            bad["offset"] | {"project token": good["project"], "access token": good["access"], "key": service.key},
        )


async def _reasons(credentials, kind, bad, show):
    """Call a method with each bad credential; return the reasons of its refusals by what is wrong.

    `show` makes metadata and request fields of a credential.
    """
    reasons = {}
    for how, text in bad.items():
        metadata, fields = show(text)
        request = valid_request(KINDS[kind].input_type, **fields)
        reasons[how] = (await send(credentials.service, KINDS[kind], request, metadata) or Refusal()).reason
    return reasons


def _all_refused(bad):
    return dict.fromkeys(bad, "CREDENTIAL_INVALID")


@pytest.mark.parametrize("kind", BY_KEY)
@pytest.mark.parametrize("credential", ["key", "project"])
async def test_a_good_key_or_project_token_is_taken(credentials, kind, credential):
    """The good ones, next to which the bad ones below are refused, get past the check."""
    reasons = await _reasons(credentials, kind, {"good": credentials.good[credential]}, lambda text: (bearer(text), {}))
    assert reasons["good"] in {"", "NAMESPACE_NOT_FOUND", "SHEET_INVALID"}


@pytest.mark.parametrize("kind", BY_KEY)
async def test_a_bad_key_or_project_token_is_refused(credentials, kind):
    """The refusal does not reveal what is wrong with the credential."""
    bad = credentials.bad_keys
    assert await _reasons(credentials, kind, bad, lambda text: (bearer(text), {})) == _all_refused(bad)


async def test_a_bad_key_gets_no_project_token(credentials):
    """LoginProject refuses what is no key."""
    bad = {how: text for how, text in credentials.bad_keys.items() if text.count(".") == 1 and not text.endswith(".")}

    def show(text):
        client_id, _, client_secret = text.partition(".")
        return (), {"client_id": client_id, "client_secret": client_secret}

    assert await _reasons(credentials, "ACCESS_PUBLIC", bad, show) == _all_refused(bad)


@pytest.mark.parametrize("place", ["field", "metadata"])
async def test_a_bad_access_token_is_refused(credentials, place):
    """In the field or in the metadata, whatever is wrong with it; a good one is taken."""

    def show(text):
        return ((), {"access_token": text}) if place == "field" else ((("x-access-token", text),), {})

    bad = credentials.bad_access_tokens
    assert await _reasons(credentials, "ACCESS_PLAYER", bad, show) == _all_refused(bad)
    good = {"good": credentials.good["access"]}
    assert await _reasons(credentials, "ACCESS_PLAYER", good, show) == {"good": "NAMESPACE_NOT_FOUND"}


async def test_a_bad_time_offset_token_is_refused(credentials):
    """Tokens of other players are refused as well; a valid token is accepted."""

    def show(text, user_id="alice"):
        return credentials.service.admin, {"user_id": user_id, "time_offset_token": text}

    bad = credentials.bad_time_offset_tokens
    assert await _reasons(credentials, "ACCESS_ACT_AS", bad, show) == _all_refused(bad)
    good = {"good": credentials.good["offset"]}
    assert await _reasons(credentials, "ACCESS_ACT_AS", good, show) == {"good": "NAMESPACE_NOT_FOUND"}
    others = await _reasons(credentials, "ACCESS_ACT_AS", good, lambda text: show(text, "bob"))
    assert others == {"good": "CREDENTIAL_INVALID"}


async def test_a_token_that_was_good_is_refused_once_it_has_expired(own_service):
    """A verified credential is cached, but no longer than until the token expires, to the second."""
    service = own_service
    project, access = KINDS["ACCESS_PROJECT"], KINDS["ACCESS_PLAYER"]
    tokens = await _tokens(service, service.key)
    for method, metadata, seconds in (
        (access, (("x-access-token", tokens["access"]),), 60 * 60),
        (project, bearer(tokens["project"]), 23 * 60 * 60),
    ):
        request = valid_request(method.input_type)
        service.clock.advance(seconds=seconds - 1)
        assert (await send(service, method, request, metadata) or Refusal()).reason != "CREDENTIAL_INVALID"
        service.clock.advance(seconds=1)
        assert (await send(service, method, request, metadata)).reason == "CREDENTIAL_INVALID"
