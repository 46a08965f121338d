"""The data of callers reaches only the database: it is not in the log, in metrics, or in error texts.

A text that occurs nowhere else, the canary, is sent in every string field and credential of every RPC, and looked for
everywhere. In what actions are asked: test_canary_actions.py. In namespaces with a log setting: test_canary_logged.py.
"""

import json
import re

import pytest
from google.protobuf.descriptor import FieldDescriptor
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from support.canary import CANARY, overheard, send
from support.contract import METHODS, PLACES, everything, valid_request
from support.exchanges import make_exchanges, outcome
from support.heard import LOGS
from support.service import bearer, refused

BROKEN = f"{CANARY}:\x00"  # no name, no text, no credential
_VERSION = "2022-09-13"
_HANDLED = re.compile(r'^grpc_server_handled_total{.*grpc_method="(\w+)",grpc_service="([\w.]+)"', re.MULTILINE)
# Deleting comes last, for the other methods need the namespace.
IN_ORDER = sorted(METHODS, key=lambda method: method.name == "DeleteNamespace")
TEXTS = [
    place
    for place in PLACES
    if place.field.type == FieldDescriptor.TYPE_STRING
    and place.names[0] != "log_setting"  # with one, more is logged: test_canary_logged.py
]
# Fields that have to fit for a call to succeed; with a campaign code even Use(code=CANARY) does.
FITTING = {place.names[-1]: CANARY for place in TEXTS if place.rules.string.pattern and not place.field.is_repeated}
FITTING |= {"code": CANARY, "transaction_id": CANARY.ljust(36, "0"), "reset_time_zone": "Asia/Tokyo"}
DOCUMENTS = {
    "good": json.dumps({"version": _VERSION, "campaignModels": [{"name": CANARY, "metadata": CANARY}]}),
    "no JSON": CANARY,
    "cut off": f'{{"{CANARY}": "{CANARY}',
    "a key twice": f'{{"{CANARY}": 1, "{CANARY}": 2}}',
    "an unknown escape": rf'"\{CANARY}"',
    "another version": json.dumps({"version": CANARY}),
    "no list": json.dumps({"version": _VERSION, "campaignModels": CANARY}),
    "no object": json.dumps({"version": _VERSION, "campaignModels": [CANARY]}),
    "a bad name": json.dumps({"version": _VERSION, "campaignModels": [{"name": f"{CANARY}:", CANARY: CANARY}]}),
    "no flag": json.dumps({"version": _VERSION, "campaignModels": [{"name": "x", "enableCampaignCode": CANARY}]}),
    "a name twice": json.dumps({"version": _VERSION, "campaignModels": [{"name": CANARY}] * 2}),
}
_COUNTER = {"user_id": "alice", "limit_name": "ever", "counter_name": "c"}
METADATA = (
    "authorization",
    "x-access-token",
    "idempotency-key",
    "x-dry-run",
    "x-anything",
    "x-forwarded-for",
)


async def _send_canaries(service, told):
    await _make_namespaces(service, told)
    await _send_documents(service, told)
    await _send_masks(service, told)
    models = [{"name": CANARY, "metadata": CANARY, "enableCampaignCode": True}]
    settings = json.dumps({"version": _VERSION, "campaignModels": models})
    for method in IN_ORDER:
        await service.call("UpdateCurrentCampaignMaster", namespace_name=CANARY, settings=settings)
        request = valid_request(method.input_type, **FITTING)
        metadata = await everything(service, method)
        await send(service, told, method, request, metadata)
        for place in TEXTS:
            if place.method is method:
                await send(service, told, method, place.put(request, CANARY), metadata)
                await send(service, told, method, place.put(request, BROKEN), metadata)
        for name in METADATA:
            for value in (
                CANARY,
                f"Bearer {CANARY}",
                f"Bearer {CANARY}.{CANARY}",
                f"{CANARY}.e30.{CANARY}",
                CANARY * 40,
            ):
                others = [entry for entry in metadata if entry[0] != name]
                await send(service, told, method, request, (*others, (name, value)))


async def _make_namespaces(service, told):
    """Make a namespace of each service, with drafts of master data."""
    for method in METHODS:
        if method.name == "CreateNamespace" or re.fullmatch("Create.+Master", method.name):
            await send(service, told, method, valid_request(method.input_type, **FITTING), service.admin)
    assert told.refusals == []


async def _send_documents(service, told):
    (method,) = (method for method in METHODS if method.name == "UpdateCurrentCampaignMaster")
    for settings in DOCUMENTS.values():
        request = valid_request(method.input_type, namespace_name=CANARY, settings=settings)
        await send(service, told, method, request, service.admin)


async def _send_masks(service, told):
    for method in METHODS:
        if "update_mask" in method.input_type.fields_by_name:
            request = valid_request(method.input_type, **FITTING)
            request.update_mask.paths.append(CANARY)
            await send(service, told, method, request, service.admin)


@pytest.fixture(scope="session")
async def told(tmp_path_factory):
    """The output of a server while the canary was sent everywhere."""
    async with overheard(tmp_path_factory.mktemp("canary")) as (service, told):
        await _send_canaries(service, told)
    return told


def test_every_method_was_logged_and_counted(told):
    """The search below looks in the right place: each method left a line in the log and a metric."""
    names = [(method.containing_service.full_name, method.name) for method in METHODS]
    counted = _HANDLED.findall(told.metrics)
    assert [name for name in names if '"method":"{}/{}"'.format(*name) not in told.log] == []
    assert set(names) - {(service, method) for method, service in counted} == set()


def test_valid_and_invalid_calls_were_made(told):
    """Of the calls with a canary some succeeded, and refusals were of many reasons."""
    reasons = told.reasons()
    assert reasons >= {"OK", "VALIDATION_FAILED", "CREDENTIAL_INVALID", "MASTER_DATA_INVALID", "PAGE_TOKEN_INVALID"}
    assert "INTERNAL" not in reasons


def test_what_a_caller_sends_is_found_nowhere(told):
    """No metric, error text or error detail holds the canary; of the log, the names of namespaces alone."""
    told.log = told.log.replace(f'"namespace":"{CANARY}"', "")
    assert told.holds(CANARY) == []


async def _code_for_a_code(exchanges):
    """Exchange a code for another one, and try it again; return the other one."""
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.use()], "acquireActions": [exchanges.issue()]}
    )
    (code,) = await exchanges.world.codes()
    result = (await exchanges.buy(values={"code": code})).transaction_result
    with refused("CODE_STATUS_INVALID"):
        await exchanges.buy(values={"code": code})
    return json.loads(result.acquire_results[0].acquire_result)["item"]["code"]


async def test_secrets_that_the_server_made_are_found_nowhere(tmp_path):
    """Keys, tokens and codes, made and then shown rightly and wrongly, are in no log line, metric or refusal."""
    async with overheard(tmp_path) as (service, told):
        exchanges = await make_exchanges(service)
        world = exchanges.world
        codes = [*await world.codes(3), await _code_for_a_code(exchanges)]
        made = await service.auth.CreateKey(auth_pb.CreateKeyRequest(role=1), metadata=service.admin)
        key_id, _, secret = service.key.partition(".")
        login = auth_pb.LoginProjectRequest(client_id=key_id, client_secret=secret)
        token = (await service.auth.LoginProject(login)).access_token
        await world.as_player("Use", "alice", code=codes[1])
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "alice", code=codes[1])
        for method in IN_ORDER:
            fields = {"namespace_name": world.name, "campaign_model_name": "spring", "code": codes[0]}
            request = valid_request(method.input_type, **fields)
            await send(service, told, method, request, (*bearer(token), *(await everything(service, method))[1:]))
            await send(service, told, method, request, (*service.admin, ("x-access-token", service.key)))
    access_token = service.tokens["alice"]
    for text in (*codes, made.secret, secret, token, access_token, token.split(".")[1], access_token.split(".")[2]):
        assert told.holds(text) == []


async def test_a_code_that_serves_as_an_idempotency_key_is_found_nowhere(tmp_path):
    """In namespaces that log requests and responses: by calls that succeed, that come again, and that are refused."""
    async with overheard(tmp_path) as (service, told):
        exchanges = await make_exchanges(service, log_setting={"logging_namespace_id": LOGS})
        world = exchanges.world
        for of_service in (world, exchanges.limits):
            await of_service.call("UpdateNamespace", log_setting={"logging_namespace_id": LOGS})
        await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(duplicationAvoider="#{code}")]})
        codes = await world.codes(2)
        for key in codes:
            await _send_as_key(exchanges, key, codes)
        stored = repr(await service.dump())
    # Refused as it should be: the key had another code, the call was given up, the key is too long.
    assert told.reasons() >= {"OK", "IDEMPOTENCY_KEY_REUSED", "CALL_FENCED", "VALIDATION_FAILED"}
    for text in (*codes, *(code.replace("-", "") for code in codes)):
        assert told.holds(text) == []
        assert text not in stored


async def _send_as_key(exchanges, key, codes):
    """Make calls of all kinds with a key, as a field and as metadata."""
    service, world, headers = exchanges.service, exchanges.world, (("idempotency-key", key),)
    calls = [world.as_player("Use", "alice", code=code, duplication_avoider=key) for code in codes]
    calls += [world.as_player("Use", "alice", code=code, headers=headers) for code in codes]
    calls += [world.as_player("Use", "alice", code=key, duplication_avoider=key * 20)]
    calls += [world.call("IssueOnce", campaign_model_name="spring", headers=headers)]
    calls += [exchanges.buy(values={"code": key}, duplication_avoider=key) for _ in range(2)]
    calls += [exchanges.run(consume=[exchanges.up(duplicationAvoider=key)], headers=headers) for _ in range(2)]
    calls += [exchanges.limits.call("CountUpByUserId", **_COUNTER, duplication_avoider=key)]
    for call in calls:
        await outcome(call)
    about = {"service": "redeem.serialkey.v1.SerialKeyService", "namespace_name": world.name, "key": key}
    for method, user in (("Use", {"user_id": "alice"}), ("Issue", {})):
        request = transaction_pb.GetOutcomeRequest(method=method, **about, **user, fence=True)
        await service.transactions.GetOutcome(request, metadata=service.admin)
    await outcome(world.call("Issue", campaign_model_name="spring", issue_request_count=1, headers=headers))


async def test_the_text_of_an_unexpected_error_is_found_nowhere(tmp_path, monkeypatch):
    """A defect returns INTERNAL; the log says of what kind it and its cause were, and where, but not their texts."""

    async def explode(*_, **__):
        raise RuntimeError(f"no such code: {CANARY}") from KeyError(CANARY)

    async with overheard(tmp_path) as (service, told):
        await service.world()
        monkeypatch.setattr(service.faults, "run", explode)
        (method,) = (method for method in METHODS if method.name == "GetSerialKey")
        await send(service, told, method, valid_request(method.input_type, code=CANARY), service.admin)
    lines = map(json.loads, told.log.splitlines())
    # Housekeeping, which belongs to no request, may have met the same.
    (defect,) = [line for line in lines if line["event"] == "defect" and line["request_id"]]
    assert [text.split()[0] for text in defect["errors"]] == ["RuntimeError", "KeyError"]
    assert len(told.refusals) == 1
    assert "INTERNAL" in told.refusals[0]
    assert told.holds(CANARY) == []
