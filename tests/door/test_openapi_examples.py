"""The examples of the OpenAPI document are what a server responds. REDEEMD_UPDATE_GOLDEN=1 records them anew.

Ids, codes and tokens differ each time. So the members and types of responses are compared, and not the values.
"""

import copy
import json
import os

from redeemd import errors
from redeemd.door import refusals
from redeemd.rpc.refusals import to_status
from support import lacking
from support.clock import ManualClock
from support.contract import REPOSITORY
from support.door import ask
from support.service import running

EXAMPLES = REPOSITORY / "tools/openapi/examples.json"
REQUEST_ID = "0b9f5c0f6f6b4d0f"
CAMPAIGNS = {"version": "2022-09-13", "campaignModels": [{"name": "spring", "enableCampaignCode": False}]}
LIMITS = {"version": "2019-04-05", "limitModels": [{"name": "gifts", "resetType": "daily", "resetHour": 5}]}
RATES = {
    "version": "2019-08-19",
    "rateModels": [
        {
            "name": "gift",
            "consumeActions": [
                {
                    "action": "Gs2SerialKey:UseByUserId",
                    "request": json.dumps({"namespaceName": "game", "userId": "#{userId}", "code": "#{code}"}),
                }
            ],
            "acquireActions": [
                {
                    "action": "Gs2SerialKey:IssueOnce",
                    "request": json.dumps({"namespaceName": "game", "campaignModelName": "spring"}),
                }
            ],
        }
    ],
}
FAULTS = (errors.NotCommitted, errors.Internal, errors.StoreUnavailable, errors.OutcomeUnknown)
DOCUMENT = json.loads((REPOSITORY / "docs/reference/openapi.json").read_text(encoding="utf-8"))
PATHS = {
    operation["operationId"]: (verb.upper(), path)
    for path, verbs in DOCUMENT["paths"].items()
    for verb, operation in verbs.items()
}


class Recorder:
    """Calls of a server, as examples."""

    def __init__(self, service):
        self.service = service
        self.player = ()
        self.operations = {}
        self.errors = {}

    async def call(self, operation, body=None, metadata=None, headers=None, **in_path):
        """Record a call that succeeds, by default with the administrator's key; return its response."""
        verb, path = PATHS[operation]
        metadata = self.service.admin if metadata is None else metadata
        path = path.format_map({"namespaceName": "game", "userId": "alice"} | in_path)
        reply = await ask(self.service, verb, path, metadata, json=body, headers=headers or {})
        assert reply.status == 200, reply
        self.operations[operation] = ({} if body is None else {"request": body}) | {"response": reply.body}
        return reply.body

    async def refuse(self, status, operation, body=None, metadata=()):
        """Record a call that is refused."""
        verb, path = PATHS[operation]
        reply = await ask(self.service, verb, path.format(namespaceName="game"), metadata, json=body)
        assert reply.status == status, reply
        reply.body["metadata"]["requestId"] = REQUEST_ID
        self.errors[str(status)] = reply.body


async def record(service):
    """Issue codes, redeem one, count, exchange and run a transaction; return all of it as examples."""
    recorder = Recorder(service)
    client_id, _, secret = service.key.partition(".")
    login = {"client_id": client_id, "client_secret": secret}
    await recorder.call("identifier_loginProject", login, ())
    recorder.player = (("x-access-token", (await recorder.call("auth_login", {"userId": "alice"}))["token"]),)
    codes = await _issue(recorder)
    await _redeem(recorder, codes[0])
    await _count(recorder)
    await _exchange(recorder, codes[1], codes[2])
    await _refuse(recorder)
    for fault in FAULTS:
        status, text, _ = refusals.refusal(to_status(fault(), REQUEST_ID), "serialKey")
        recorder.errors[str(status)] = json.loads(text)
    return {"operations": _masked(recorder.operations), "errors": recorder.errors}


async def _issue(recorder):
    await recorder.call("serialKey_createNamespace", {"name": "game", "description": "Codes of the game"})
    await recorder.call("serialKey_updateCurrentCampaignMaster", {"settings": json.dumps(CAMPAIGNS)})
    issued = {"issueRequestCount": 3, "metadata": "newsletter"}
    job = (await recorder.call("serialKey_issue", issued, campaignModelName="spring"))["item"]
    where = {"campaignModelName": "spring", "issueJobName": job["name"]}
    return [key["code"] for key in (await recorder.call("serialKey_describeSerialKeys", **where))["items"]]


async def _redeem(recorder, code):
    await recorder.call("serialKey_verifyCode", {"code": code, "verifyType": "active"}, recorder.player)
    headers = {"X-GS2-DUPLICATION-AVOIDER": "alice:first", "X-GS2-REQUEST-ID": "first"}
    await recorder.call("serialKey_use", {"code": code}, recorder.player, headers)
    await recorder.call("serialKey_getSerialKey", code=code)


async def _count(recorder):
    await recorder.call("limit_createNamespace", {"name": "game"})
    await recorder.call("limit_updateCurrentLimitMaster", {"settings": json.dumps(LIMITS)})
    counter = {"limitName": "gifts", "counterName": "spring"}
    await recorder.call("limit_countUpByUserId", {"countUpValue": 1, "maxValue": 3}, **counter)
    await recorder.call("limit_getCounterByUserId", **counter)


async def _exchange(recorder, first, second):
    await recorder.call("exchange_createNamespace", {"name": "game", "enableDirectExchange": True})
    await recorder.call("exchange_updateCurrentRateMaster", {"settings": json.dumps(RATES)})
    body = {"count": 1, "config": [{"key": "code", "value": first}]}
    await recorder.call("exchange_exchange", body, recorder.player, rateName="gift")
    transaction = {"transactionId": "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"} | _transaction(second)
    await recorder.call("distributor_runTransaction", {"transaction": json.dumps(transaction)}, ownerId="redeemd")


def _transaction(code):
    use = {"namespaceName": "game", "userId": "alice", "code": code}
    return {"consumeActions": [{"action": "Gs2SerialKey:UseByUserId", "request": json.dumps(use)}]}


async def _refuse(recorder):
    admin, use = recorder.service.admin, "serialKey_use"
    await recorder.refuse(400, "serialKey_createNamespace", {"name": "a b"}, admin)
    await recorder.refuse(401, "serialKey_describeNamespaces")
    limited = {"guessLimit": {"burst": 1, "perMinute": 1}}
    assert (await ask(recorder.service, "PUT", "/serial-key/game", admin, json=limited)).status == 200
    await recorder.refuse(404, use, {"code": "WRONG-1"}, recorder.player)
    await recorder.refuse(402, use, {"code": "WRONG-2"}, recorder.player)


def _masked(operations):
    """Return examples whose credentials are words."""
    masked = copy.deepcopy(operations)
    for example in masked.values():
        for part in example.values():
            for name in ("access_token", "client_id", "client_secret", "token"):
                if name in part:
                    part[name] = f"<{name}>"
    return masked


def shape(value):
    """Return the members and types of JSON."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


async def test_the_examples_are_what_a_server_responds(tmp_path):
    """Each member, and no other."""
    async with running(tmp_path, clock=ManualClock()) as service:
        recorded = await record(service)
    committed = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    if os.environ.get("REDEEMD_UPDATE_GOLDEN") == "1" and shape(recorded) != shape(committed):
        EXAMPLES.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        assert shape(recorded) == shape(committed)


def test_the_examples_match_their_schemas():
    """Those of requests and of responses, by the document that has them."""
    validator = lacking.module("openapi_schema_validator").OAS31Validator
    contents = [
        content
        for verbs in DOCUMENT["paths"].values()
        for operation in verbs.values()
        for content in (operation.get("requestBody"), operation["responses"]["200"])
        if content is not None
    ] + list(DOCUMENT["components"]["responses"].values())
    examples = [media for content in contents if "example" in (media := content["content"]["application/json"])]
    assert len(examples) > 20
    for media in examples:
        schema = media["schema"] | {"components": DOCUMENT["components"]}
        validator(schema).validate(media["example"])
