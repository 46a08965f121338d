"""What callers send stays between them and the database: not in the log, not in metrics, not in error texts.

A text that occurs nowhere else, the canary, is sent in every string field and credential of every RPC, and looked for
everywhere. In a namespace with a log setting there are two: one for what the contract marks as secret, which must not
be found, and one for all else, which must.
"""

import contextlib
import io
import json
import logging
import re
from dataclasses import dataclass, field

import grpc
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from prometheus_client import generate_latest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeemd.telemetry import Telemetry
from support.contract import METHODS, PLACES, answers, everything, valid_request
from support.heard import logged_world
from support.service import bearer, refused, running

CANARY = "canary-5f1c9a7e"
BROKEN = f"{CANARY}:\x00"  # no name, no text, no credential
_VERSION = "2022-09-13"
# Deleting comes last, for the other methods need the namespace.
IN_ORDER = sorted(METHODS, key=lambda method: method.name == "DeleteNamespace")
ALL_TEXTS = [place for place in PLACES if place.field.type == FieldDescriptor.TYPE_STRING]
TEXTS = [place for place in ALL_TEXTS if place.names[0] != "log_setting"]  # with one, more is logged: LOGGED_TEXTS
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
METADATA = (
    "authorization",
    "x-access-token",
    "idempotency-key",
    "x-dry-run",
    "x-anything",
    "x-forwarded-for",
)

SECRET = "canary-secret-77b10c"
PLAIN = "canary-plain-4e0d5a"
# Methods that a namespace's log setting covers, and their fields.
LOGGED = [method for method in IN_ORDER if method.containing_service.name == "SerialKeyService"]
LOGGED = [method for method in LOGGED if "namespace_name" in method.input_type.fields_by_name]
LOGGED_TEXTS = [place for place in ALL_TEXTS if place.method in LOGGED and place.names != ("namespace_name",)]
# Wrong ones are refused before a request is logged; they are sent right.
CREDENTIALS = ("access_token", "time_offset_token")


@dataclass
class Told:
    """Everything a server let out except answers: log, Python's logging, metrics, refusals."""

    log: str = ""
    logging: str = ""
    metrics: str = ""
    refusals: list[str] = field(default_factory=list)

    def holds(self, text):
        """Answer where a text is found."""
        places = {"log": self.log, "logging": self.logging, "metrics": self.metrics, "refusals": "".join(self.refusals)}
        return [place for place, told in places.items() if text in told]


@contextlib.asynccontextmanager
async def overheard(folder):
    """Run a server and listen; yields the service and what it told, which is complete when the block ends."""
    log, lines, told = io.StringIO(), io.StringIO(), Told()
    telemetry = Telemetry(log=log)
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("support.service.Telemetry", lambda: telemetry)
            async with running(folder) as service:
                yield service, told
                told.metrics = generate_latest(telemetry.registry).decode()
    finally:
        logging.getLogger().removeHandler(handler)
        telemetry.close()
        told.log, told.logging = log.getvalue(), lines.getvalue()


async def _send(service, told, method, request, metadata):
    """Call and keep all of a refusal: its text, its details, what came with it."""
    try:
        async for _ in answers(service, method, request.SerializeToString(), metadata):
            pass
    except grpc.aio.AioRpcError as error:
        parts = [error.details(), error.debug_error_string()]
        for name, value in (*error.initial_metadata(), *error.trailing_metadata()):
            parts += [name, value.decode("latin-1") if isinstance(value, bytes) else value]
        told.refusals.append("\n".join(map(str, parts)))


async def _send_canaries(service, told):
    await service.call("CreateNamespace", name=CANARY)
    await _send_documents(service, told)
    await _send_masks(service, told)
    models = [{"name": CANARY, "metadata": CANARY, "enableCampaignCode": True}]
    settings = json.dumps({"version": _VERSION, "campaignModels": models})
    # Fields that have to fit for a call to succeed; with a campaign code even Use(code=CANARY) does.
    fitting = {place.names[-1]: CANARY for place in TEXTS if place.rules.string.pattern and not place.field.is_repeated}
    fitting |= {"code": CANARY}
    for method in IN_ORDER:
        await service.call("UpdateCurrentCampaignMaster", namespace_name=CANARY, settings=settings)
        request = valid_request(method.input_type, **fitting)
        metadata = await everything(service, method)
        await _send(service, told, method, request, metadata)
        for place in TEXTS:
            if place.method is method:
                await _send(service, told, method, place.put(request, CANARY), metadata)
                await _send(service, told, method, place.put(request, BROKEN), metadata)
        for name in METADATA:
            for value in (
                CANARY,
                f"Bearer {CANARY}",
                f"Bearer {CANARY}.{CANARY}",
                f"{CANARY}.e30.{CANARY}",
                CANARY * 40,
            ):
                others = [entry for entry in metadata if entry[0] != name]
                await _send(service, told, method, request, (*others, (name, value)))


async def _send_documents(service, told):
    (method,) = (method for method in METHODS if method.name == "UpdateCurrentCampaignMaster")
    for settings in DOCUMENTS.values():
        request = valid_request(method.input_type, namespace_name=CANARY, settings=settings)
        await _send(service, told, method, request, service.admin)


async def _send_masks(service, told):
    for method in METHODS:
        if "update_mask" in method.input_type.fields_by_name:
            request = valid_request(method.input_type, namespace_name=CANARY, campaign_model_name=CANARY)
            request.update_mask.paths.append(CANARY)
            await _send(service, told, method, request, service.admin)


@pytest.fixture(scope="session")
async def told(tmp_path_factory):
    """What a server told while the canary was sent everywhere."""
    async with overheard(tmp_path_factory.mktemp("canary")) as (service, told):
        await _send_canaries(service, told)
    return told


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.full_name)
def test_every_method_was_logged_and_counted(told, method):
    """The search below looks in the right place: each method left a line in the log and a metric."""
    name = f"{method.containing_service.full_name}/{method.name}"
    assert f'"method":"{name}"' in told.log
    assert re.search(rf'grpc_server_handled_total\{{.*grpc_method="{method.name}"', told.metrics)


def test_valid_and_invalid_calls_were_made(told):
    """Of the calls with a canary some succeeded, and refusals were of many reasons."""
    reasons = {json.loads(line).get("reason", "OK") for line in told.log.splitlines() if '"event":"call"' in line}
    assert reasons >= {"OK", "VALIDATION_FAILED", "CREDENTIAL_INVALID", "MASTER_DATA_INVALID", "PAGE_TOKEN_INVALID"}
    assert "INTERNAL" not in reasons


def test_what_a_caller_sends_is_found_nowhere(told):
    """No log line, metric, error text or error detail holds the canary."""
    assert told.holds(CANARY) == []


async def test_secrets_that_the_server_made_are_found_nowhere(tmp_path):
    """Keys, tokens and codes, made and then shown rightly and wrongly, are in no log line, metric or refusal."""
    async with overheard(tmp_path) as (service, told):
        world = await service.world()
        codes = await world.codes(2)
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
            await _send(service, told, method, request, (*bearer(token), *(await everything(service, method))[1:]))
            await _send(service, told, method, request, (*service.admin, ("x-access-token", service.key)))
    access_token = service.tokens["alice"]
    for text in (*codes, made.secret, secret, token, access_token, token.split(".")[1], access_token.split(".")[2]):
        assert told.holds(text) == []


async def test_the_text_of_an_unexpected_error_is_found_nowhere(tmp_path, monkeypatch):
    """A defect answers INTERNAL; the log says of what kind it and its cause were, and where, but not their texts."""

    async def explode(*_, **__):
        raise RuntimeError(f"no such code: {CANARY}") from KeyError(CANARY)

    async with overheard(tmp_path) as (service, told):
        await service.world()
        monkeypatch.setattr(service.faults, "run", explode)
        (method,) = (method for method in METHODS if method.name == "GetSerialKey")
        await _send(service, told, method, valid_request(method.input_type, code=CANARY), service.admin)
    lines = map(json.loads, told.log.splitlines())
    # Housekeeping, which belongs to no request, may have met the same.
    (defect,) = [line for line in lines if line["event"] == "defect" and line["request_id"]]
    assert [text.split()[0] for text in defect["errors"]] == ["RuntimeError", "KeyError"]
    assert len(told.refusals) == 1
    assert "INTERNAL" in told.refusals[0]
    assert told.holds(CANARY) == []


def _is_secret(field):
    return field.GetOptions().Extensions[options_pb2.secret]


def _secrets_in(message):
    """Yield name and value of every field that the contract marks as secret."""
    for descriptor, value in message.ListFields():
        values = value if descriptor.is_repeated else [value]
        if _is_secret(descriptor):
            yield from ((descriptor.name, text) for text in values)
        elif descriptor.message_type is not None:
            for item in values:
                yield from _secrets_in(item)


async def _call_where_all_is_logged(service, told):
    """Call every method as it should be called, and with the canaries; answer all secrets that came and went."""
    world = await logged_world(service)
    job = await world.issue(len(LOGGED) + 1)
    keys = await world.keys(job)
    ahead = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id=PLAIN, time_offset=60)
    offset = await service.auth.IssueTimeOffsetTokenByUserId(ahead, metadata=service.admin)
    tokens = {"access_token": await service.token(PLAIN), "time_offset_token": offset.token}
    await world.as_player("Use", PLAIN, code=keys[0].code)
    secrets = {*tokens.items(), *(("code", key.code) for key in keys)}
    names = {"namespace_name": world.name, "campaign_model_name": "spring", "issue_job_name": job.name}
    for method, key in zip(LOGGED, keys[1:], strict=True):
        request = valid_request(method.input_type, **names, **tokens, user_id=PLAIN, code=key.code)
        for place in LOGGED_TEXTS:
            if place.method is method and place.field.name not in CREDENTIALS:
                canary = SECRET if _is_secret(place.field) else PLAIN
                await _send(service, told, method, place.put(request, canary), service.admin)
        with contextlib.suppress(grpc.aio.AioRpcError):
            async for data in answers(service, method, request.SerializeToString(), service.admin):
                secrets.update(_secrets_in(message_factory.GetMessageClass(method.output_type).FromString(data)))
    return secrets


@pytest.fixture(scope="session")
async def logged(tmp_path_factory):
    """What a server told while a namespace with a log setting was called, and the secrets of those calls."""
    async with overheard(tmp_path_factory.mktemp("logged")) as (service, told):
        secrets = await _call_where_all_is_logged(service, told)
    return told, secrets


def _logged_values(told, place):
    """Answer all that the log has of a field of requests."""
    for line in map(json.loads, told.log.splitlines()):
        if line["event"] == "call" and line["method"].endswith(f"/{place.method.name}") and "request" in line:
            message, value = place.method.input_type, line["request"]
            for name in place.names:
                here = message.fields_by_name[name]
                value, message = value.get(here.json_name, {}), here.message_type
            yield value


@pytest.mark.parametrize("place", LOGGED_TEXTS, ids=lambda place: f"{place.method.name}.{place.path}")
def test_a_logged_request_has_its_texts_unless_they_are_secret(logged, place):
    """The search below looks in the right place: every text of every method is there, or that it is redacted."""
    redacted = "(redacted, 1)" if place.field.is_repeated else "(redacted)"
    assert (redacted if _is_secret(place.field) else PLAIN) in _logged_values(logged[0], place)


def test_what_is_secret_is_found_nowhere_though_all_is_logged(logged):
    """Neither what callers sent, nor codes, URLs, tokens and GRNs that the server made, in requests and answers."""
    told, secrets = logged
    assert {name for name, _ in secrets} >= {"code", "codes", "serial_key_id", "url", "upload_token", "upload_url"}
    assert told.holds(PLAIN) == ["log"]
    assert told.holds(SECRET) == []
    assert [name for name, text in secrets if told.holds(text) or told.holds(text.replace("-", ""))] == []
