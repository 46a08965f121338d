"""Requests of actions reach the database and nothing else, as all other texts: see test_canary.py.

The canary is in values for placeholders, in requests of actions, in transactions and in rates; in some of them
rightly, in others so that they are refused, in every way that JSON, a request or an action can be wrong.
"""

import json

import pytest
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from support.canary import CANARY, overheard, send
from support.contract import METHODS
from support.exchanges import action, config, document, make_exchanges

KINDS = {"verify": common_pb2.VerifyAction, "consume": common_pb2.ConsumeAction, "acquire": common_pb2.AcquireAction}
NAMES = {
    "verify": ("Gs2Limit:VerifyCounterByUserId", "Gs2SerialKey:VerifyCodeByUserId"),
    "consume": ("Gs2Limit:CountUpByUserId", "Gs2SerialKey:UseByUserId"),
    "acquire": ("Gs2Limit:CountDownByUserId", "Gs2SerialKey:IssueOnce", "Gs2Exchange:ExchangeByUserId"),
}
# Texts that are no JSON, or no request of any action.
WRONG_TEXTS = (
    CANARY,
    f'{{"{CANARY}": "{CANARY}',
    f'{{"{CANARY}": 1, "{CANARY}": 2}}',
    rf'{{"code": "\{CANARY}"}}',
    f'{{"code": "{CANARY}"}} {CANARY}',
    json.dumps(CANARY),
    json.dumps([CANARY]),
    json.dumps({CANARY: CANARY}),
    json.dumps({"namespaceName": f"{CANARY}:"}),
    json.dumps({"namespaceName": [CANARY], "userId": {CANARY: CANARY}}),
    json.dumps({"countUpValue": CANARY, "countDownValue": CANARY, "count": CANARY, "verifyType": CANARY}),
    json.dumps({f"#{{{CANARY}}}": CANARY}),
    json.dumps({"code": f"{CANARY}\x00", "metadata": f"{CANARY}\x00", "counterName": f"{CANARY}\x00"}),
    json.dumps({"config": [{"key": CANARY * 9, "value": CANARY, CANARY: CANARY}]}),
)


def _wrong_actions(kind):
    """Yield names and requests of actions that are refused, by whoever reads them."""
    for name in (CANARY, f"Gs2SerialKey:{CANARY}"):
        yield name, "{}"
    for name in NAMES[kind]:
        yield from ((name, text) for text in WRONG_TEXTS)


def _refusing_actions(exchanges, kind):
    """Return actions that are all right, and refuse when they are run."""
    return {
        "verify": [exchanges.verify_code(CANARY), exchanges.verify("equal", 9, CANARY)],
        "consume": [
            exchanges.use(CANARY),
            exchanges.up(CANARY, CANARY),
            exchanges.up(CANARY, countUpValue=2, maxValue=1),
        ],
        "acquire": [exchanges.issue(CANARY), exchanges.down(CANARY), exchanges.exchange(CANARY)],
    }[kind]


def _method(name):
    (method,) = (method for method in METHODS if method.name == name)
    return method


class Caller:
    """Calls as the administrator, and keeps what refusals say."""

    def __init__(self, exchanges, told):
        self.exchanges, self.told = exchanges, told
        condition = exchanges.verify("equal", 0, CANARY)
        condition["request"] = condition["request"].replace("#{userId}", "alice")
        self.condition = common_pb2.VerifyAction(**condition)

    async def call(self, request):
        """Call the method that a request is of."""
        method = _method(type(request).__name__.removesuffix("Request"))
        service = self.exchanges.service
        for data in await send(service, self.told, method, request, service.admin):
            if method.name == "Preflight":  # what it says of an action is what the refusal would say
                forecast = transaction_pb.PreflightResponse.FromString(data)
                self.told.refusals += [f"{item.message} {dict(item.metadata)}" for item in forecast.items]

    async def run(self, kind, name, request):
        """Run an action in every way in which a caller can name it."""
        inside = KINDS[kind](action=name, request=request)
        await self.run_text(json.dumps({f"{kind}Actions": [{"action": name, "request": request}]}))
        if kind == "verify":
            await self.call(transaction_pb.AndExpressionByUserIdRequest(user_id="alice", actions=[inside]))
            await self.call(transaction_pb.OrExpressionByUserIdRequest(user_id="alice", actions=[inside]))
        if kind == "consume":
            either = {"true_actions": [inside], "false_actions": [inside]}
            await self.call(
                transaction_pb.IfExpressionByUserIdRequest(user_id="alice", condition=self.condition, **either)
            )
        await self.put_in_force(kind, {"action": name, "request": request})
        await self.draft(kind, inside)

    async def run_text(self, text):
        """Run a transaction, and have its result previewed."""
        for message in (transaction_pb.RunTransactionRequest, transaction_pb.PreflightRequest):
            await self.call(message(user_id="alice", transaction=text))

    async def put_in_force(self, kind, item):
        """Upload master data with an action in a rate, and exchange by the rate that is in force then."""
        await self.upload(document([{"name": "rate", f"{kind}Actions": [item]}]))
        await self.exchange("rate")

    async def upload(self, settings):
        """Upload master data."""
        name = self.exchanges.name
        await self.call(exchange_pb.UpdateCurrentRateMasterRequest(namespace_name=name, settings=settings))

    async def draft(self, kind, item):
        """Make a draft with an action."""
        names = {"namespace_name": self.exchanges.name, "name": f"draft-{len(self.told.refusals)}"}
        await self.call(exchange_pb.CreateRateModelMasterRequest(**names, **{f"{kind}_actions": [item]}))

    async def exchange(self, rate, **values):
        """Exchange by a rate."""
        names = {"namespace_name": self.exchanges.name, "rate_name": rate, "user_id": "alice"}
        await self.call(exchange_pb.ExchangeByUserIdRequest(**names, count=1, config=config(**values)))


async def _send_actions(caller):
    """Send actions that are wrong, and actions that refuse."""
    for kind in KINDS:
        for name, request in _wrong_actions(kind):
            await caller.run(kind, name, request)
        for item in _refusing_actions(caller.exchanges, kind):
            await caller.run(kind, item["action"], item["request"].replace("#{userId}", "alice"))


async def _send_transactions(caller):
    """Send transactions of which the text itself is wrong."""
    for text in WRONG_TEXTS:
        await caller.run_text(text)
    for member, value in (
        ("transactionId", CANARY),
        ("userId", CANARY),
        ("verifyActions", CANARY),
        ("consumeActions", [CANARY]),
        ("acquireActions", [{"action": [CANARY], "request": CANARY}]),
        ("acquireActions", [{"action": CANARY, "request": {CANARY: CANARY}, CANARY: CANARY}]),
    ):
        await caller.run_text(json.dumps({member: value}))
    for _ in range(2):  # once it is run, and then it was
        await caller.run_text(json.dumps({"transactionId": CANARY.ljust(36, "0")}))


async def _send_values(caller):
    """Send values for placeholders in fields of every kind: codes, names, numbers, flags, enums, other values."""
    exchanges = caller.exchanges
    names = {"namespaceName": exchanges.limits.name, "userId": "#{userId}", "limitName": "ever", "counterName": "c"}
    rates = {
        "code": [{"consumeActions": [exchanges.use("#{v}")]}, {"verifyActions": [exchanges.verify_code("x#{v}#{v}")]}],
        "name": [
            {"consumeActions": [exchanges.up("#{v}", maxValue=1)]},
            {"acquireActions": [exchanges.issue("#{v}:")]},
        ],
        "number": [{"consumeActions": [exchanges.up(countUpValue="#{v}")]}],
        "flag": [{"verifyActions": [exchanges.verify("equal", 0, multiplyValueSpecifyingQuantity="#{v}")]}],
        "enum": [{"verifyActions": [action("Gs2Limit:VerifyCounterByUserId", **names, verifyType="#{v}")]}],
        "inside": [{"acquireActions": [exchanges.exchange("code-0", config=[{"key": "v", "value": "#{v}"}])]}],
    }
    named = [{"name": f"{kind}-{number}"} | rate for kind, each in rates.items() for number, rate in enumerate(each)]
    waiting = [rate | {"name": f"await-{rate['name']}", "timingType": "await", "lockTime": 0} for rate in named]
    await caller.upload(document([*named, *waiting], [exchanges.incremental(acquireActions=[exchanges.issue("#{v}")])]))
    for rate in (*named, *waiting):
        await caller.exchange(rate["name"], v=CANARY)
        await caller.exchange(rate["name"], v=f"{CANARY}:\n\u2028")
        await caller.exchange(rate["name"], other=CANARY)
    space = {"namespace_name": exchanges.name, "user_id": "alice"}
    for value in (CANARY, f"{CANARY}:"):
        rising = {"rate_name": "rising", "count": 1, "config": config(v=value)}
        await caller.call(exchange_pb.IncrementalExchangeByUserIdRequest(**space, **rising))
    for rate in waiting:
        await caller.call(
            exchange_pb.CreateAwaitByUserIdRequest(**space, rate_name=rate["name"], config=config(v=CANARY))
        )
    for item in await exchanges.awaits():
        await caller.call(exchange_pb.AcquireByUserIdRequest(**space, await_name=item.name))
        await caller.call(
            exchange_pb.AcquireForceByUserIdRequest(**space, await_name=item.name, config=config(v=f"{CANARY}-2"))
        )


@pytest.fixture(scope="session")
async def told(tmp_path_factory):
    """The output of a server while the canary was sent in everything that has to do with actions."""
    async with overheard(tmp_path_factory.mktemp("actions")) as (service, told):
        exchanges = await make_exchanges(service, campaign_codes=(CANARY,), enable_await_exchange=True)
        caller = Caller(exchanges, told)
        await _send_actions(caller)
        await _send_transactions(caller)
        await _send_values(caller)
    return told


@pytest.mark.parametrize(
    ("rpc", "reasons"),
    [
        ("RunTransaction", {"OK", "VALIDATION_FAILED", "COUNTER_OVERFLOW", "LIMIT_MODEL_NOT_FOUND"}),
        ("Preflight", {"OK", "VALIDATION_FAILED"}),
        ("AndExpressionByUserId", {"OK", "VALIDATION_FAILED", "COUNTER_VERIFICATION_FAILED"}),
        ("OrExpressionByUserId", {"OK", "VALIDATION_FAILED", "EXPRESSION_FALSE"}),
        ("IfExpressionByUserId", {"OK", "VALIDATION_FAILED"}),
        ("UpdateCurrentRateMaster", {"OK", "MASTER_DATA_INVALID"}),
        ("CreateRateModelMaster", {"OK", "VALIDATION_FAILED"}),
        ("ExchangeByUserId", {"OK", "VALIDATION_FAILED", "CODE_NOT_FOUND", "COUNTER_OVERFLOW"}),
        ("IncrementalExchangeByUserId", {"OK", "VALIDATION_FAILED"}),
        ("AcquireByUserId", {"OK", "VALIDATION_FAILED"}),
    ],
)
def test_calls_of_every_kind_were_made(told, rpc, reasons):
    """The search below looks in the right place: some succeeded, and others were refused for many reasons."""
    assert {line.get("reason", "OK") for line in told.calls() if line["method"].endswith(f"/{rpc}")} >= reasons


def test_no_call_ran_into_a_defect(told):
    """The server responds with a known reason, whatever the actions contain."""
    assert "INTERNAL" not in told.reasons()


def test_requests_of_actions_are_found_nowhere(told):
    """No log line, metric, error text, error detail or forecast holds the canary."""
    assert told.holds(CANARY) == []
