"""A valid request of every writing RPC of the Exchange and the Transaction service, each of which changes something."""

import json
from collections.abc import Sequence
from typing import Any

from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import resources_pb2

from support.exchanges import Action, Exchanges, config, document, make_exchanges
from support.github import GitHub
from support.service import Service
from support.uploads import uploaded
from support.writes_call import Write, checkout

_IMPORTED = {"user_id": "alice", "name": "brought-in", "rate_name": "slow", "exchanged_at": 1_700_000_000_000}


async def exchange_writes(service: Service, hub: GitHub) -> list[Write]:
    """Make namespaces with rates in force; return the calls."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    rising = exchanges.incremental(acquireActions=[exchanges.down()])
    await exchanges.put_in_force(*_rates(exchanges), incremental=[rising])
    for user_id in ("alice", "bob"):
        await exchanges.limits.up(user_id, "got", "ever", count_up_value=1000)
    codes, token = await exchanges.world.codes(7), await service.token("bob")
    reverted = await exchanges.run(consume=[exchanges.up("reverted"), exchanges.use(codes.pop())])
    return [
        Write("RevertTransaction", {"user_id": "alice", "transaction_id": reverted.item.transaction_id}),
        *_exchanges(exchanges.name, codes[:2], token),
        *await _awaits(exchanges, token),
        *_transactions(exchanges, *codes[2:]),
        *await _masters(exchanges),
        *await _current_masters(exchanges, hub),
    ]


def _rates(exchanges: Exchanges) -> list[dict[str, Any]]:
    awaited = {"timingType": "await", "consumeActions": [exchanges.up()], "acquireActions": [exchanges.down()]}
    return [
        {
            "name": "rate",
            "verifyActions": [exchanges.verify("greater", 0, counter="got"), exchanges.verify_code()],
            "consumeActions": [exchanges.up(), exchanges.use()],
            "acquireActions": [exchanges.issue(), exchanges.exchange("ready"), exchanges.create_await("slow")],
        },
        {"name": "ready", "lockTime": 0, **awaited},
        {"name": "slow", "lockTime": 60, **awaited},
    ]


def _exchanges(ns: str, codes: Sequence[str], token: str) -> list[Write]:
    bob, alice = {"namespace_name": ns, "access_token": token}, {"namespace_name": ns, "user_id": "alice"}
    return [
        Write("Exchange", {**bob, "rate_name": "rate", "count": 1, "config": config(code=codes[0])}),
        Write("Exchange", {**bob, "rate_name": "slow", "count": 2}),
        Write("ExchangeByUserId", {**alice, "rate_name": "rate", "count": 1, "config": config(code=codes[1])}),
        Write("ExchangeByUserId", {**alice, "rate_name": "slow", "count": 2}),
        Write("IncrementalExchange", {**bob, "rate_name": "rising", "count": 2}),
        Write("IncrementalExchangeByUserId", {**alice, "rate_name": "rising", "count": 2}),
    ]


async def _awaits(exchanges: Exchanges, token: str) -> list[Write]:
    ns = {"namespace_name": exchanges.name}

    async def of_bob(rate: str) -> dict[str, Any]:
        return {**ns, "access_token": token, "await_name": await exchanges.wait_for(rate, "bob")}

    async def of_alice(rate: str) -> dict[str, Any]:
        return {**ns, "user_id": "alice", "await_name": await exchanges.wait_for(rate, "alice")}

    return [
        Write("CreateAwaitByUserId", {**ns, "user_id": "alice", "rate_name": "slow", "config": config(code="kept")}),
        Write("Acquire", await of_bob("ready")),
        Write("AcquireByUserId", await of_alice("ready")),
        Write("AcquireForceByUserId", await of_alice("slow")),
        Write("SkipByUserId", await of_alice("slow")),
        Write("DeleteAwait", await of_bob("slow")),
        Write("DeleteAwaitByUserId", await of_alice("slow")),
        Write("ImportAwaits", {**ns, "items": [_IMPORTED]}),
    ]


def _transactions(exchanges: Exchanges, to_run: str, to_run_once: str, if_true: str, if_false: str) -> list[Write]:
    def actions(code: str) -> dict[str, Any]:
        return {
            "verifyActions": [exchanges.verify("greater", 0, counter="got"), exchanges.verify_code(code)],
            "consumeActions": [exchanges.up(), exchanges.use(code)],
            "acquireActions": [exchanges.issue(), exchanges.exchange("ready"), exchanges.create_await("slow")],
        }

    once = {"transactionId": "0" * 36, **actions(to_run_once)}
    alice = {"user_id": "alice"}
    return [
        Write("RunTransaction", {**alice, "transaction": _text(actions(to_run))}),
        Write("RunTransaction", {**alice, "transaction": _text(once)}),
        Write("IfExpressionByUserId", {**alice, **_either(exchanges, "greater", if_true, if_false)}),
        Write("IfExpressionByUserId", {**alice, **_either(exchanges, "less", if_true, if_false)}),
    ]


def _either(exchanges: Exchanges, verify_type: str, if_true: str, if_false: str) -> dict[str, Any]:
    return {
        "condition": _for_alice(exchanges.verify(verify_type, 0, counter="got")),
        "true_actions": [_for_alice(exchanges.up()), _for_alice(exchanges.use(if_true))],
        "false_actions": [_for_alice(exchanges.up()), _for_alice(exchanges.use(if_false))],
    }


def _text(value: Any) -> str:
    return json.dumps(value).replace("#{userId}", "alice")


def _for_alice(action: Action) -> Any:
    return json.loads(_text(action))


async def _masters(exchanges: Exchanges) -> list[Write]:
    ns = {"namespace_name": exchanges.name}
    rate = {"consume_actions": [exchanges.up()], "acquire_actions": [exchanges.down()]}
    incremental_rate = {
        "consume_action": exchanges.up("paid"),
        "calculate_type": resources_pb2.CALCULATE_TYPE_POWER,
        "coefficient_value": 5,
        "exchange_count_id": exchanges.incremental()["exchangeCountId"],
        "maximum_exchange_count": 10,
    }
    writes = []
    for kind, fields in (("RateModelMaster", rate), ("IncrementalRateModelMaster", incremental_rate)):
        await exchanges.call(f"Create{kind}", name="draft", **fields)
        writes += [
            Write(f"Create{kind}", {**ns, "name": "new", **fields}),
            Write(f"Update{kind}", {**ns, "rate_name": "draft", "metadata": "new"}),
            Write(f"Delete{kind}", {**ns, "rate_name": "draft"}),
        ]
    return writes


async def _current_masters(exchanges: Exchanges, hub: GitHub) -> list[Write]:
    ns = {"namespace_name": exchanges.name}
    hub.put(document([{"name": "checked-out"}]).encode(), path="rates.json")
    token = await uploaded(exchanges, document([{"name": "uploaded"}]).encode(), rpc="PreUpdateCurrentRateMaster")
    settings = document([{"name": "new"}], [exchanges.incremental(name="new")])
    pre_upload = {"mode": common_pb2.MASTER_DATA_MODE_PRE_UPLOAD, "upload_token": token}
    return [
        Write("PreUpdateCurrentRateMaster", ns),
        Write("UpdateCurrentRateMaster", {**ns, "settings": settings}),
        Write("UpdateCurrentRateMaster", {**ns, **pre_upload}),
        Write("UpdateCurrentRateMasterFromGitHub", {**ns, "checkout_setting": checkout("rates.json")}),
    ]
