"""Transactions with verify and consume actions of handlers: all of it happens, or what was consumed is compensated."""

import asyncio
import functools
import itertools
import json

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import make_exchanges, outcome
from support.handler import GIVE, HAS, TAKE, until
from support.sagas import GOT, balance, has, make_ready, no_saga_left, rate, take, world
from support.service import refused, running


@pytest.fixture(autouse=True)
async def ready_to_give(exchanges):
    """Alice has a counter to be counted down."""
    await make_ready(exchanges)


async def test_a_price_of_a_handler_is_paid(exchanges, handler):
    """The handler is called first, in order; its responses are in the result, and the reward arrives afterwards."""
    await world(exchanges, handler)
    answer = await exchanges.buy(count=3)
    result = answer.transaction_result
    assert json.loads(result.verify_results[0].verify_result) == {"item": "gold", "count": 100}
    assert json.loads(result.consume_results[1].consume_result) == {"item": "gold", "count": 70}
    await until(lambda: handler.items("alice") == 3)
    assert [name for _, name, _ in handler.executed()] == [HAS, TAKE, GIVE]
    assert await balance(exchanges, handler) == (70, 3, 3, 3)
    assert f'transaction_id: "{answer.transaction_id}"' in handler.calls()[0][2]
    await no_saga_left(exchanges)
    request = pb.GetTransactionResultByUserIdRequest(user_id="alice", transaction_id=answer.transaction_id)
    service = exchanges.service
    kept = await service.transactions.GetTransactionResultByUserId(request, metadata=service.admin)
    assert kept.item == result


async def test_a_refusal_of_a_handler_is_the_refusal_of_the_call(exchanges, handler):
    """With the handler's message and the path of the action; what was consumed before it is compensated."""
    await world(exchanges, handler, verifyActions=[], consumeActions=[exchanges.up(), take(60), take(41)])
    with refused("ACTION_REFUSED") as refusal:
        await exchanges.buy()
    names = ("action", "action_index", "action_path", "handler_code", "handler_message")
    assert [refusal.metadata[name] for name in names] == [
        TAKE,
        "2",
        "consumeActions[2]",
        "FAILED_PRECONDITION",
        "not enough of gold",
    ]
    await no_saga_left(exchanges)
    assert await balance(exchanges, handler) == (100, 0, 0, 0)
    keys = [key for _, key, _, _ in handler.calls("Execute")]
    assert [key for _, key, _, _ in handler.calls("Cancel")] == keys[::-1]


async def test_a_refusal_of_a_local_action_calls_no_handler(exchanges, handler):
    """The dry run refuses before."""
    await world(exchanges, handler, acquireActions=[exchanges.down("nothing")])
    with refused("COUNTER_NOT_FOUND"):
        await exchanges.buy()
    assert handler.calls() == []


async def test_a_dry_run_and_a_preflight_call_no_handler(exchanges, handler):
    """They take it to succeed."""
    await world(exchanges, handler, gold=0)
    answer = await exchanges.buy(headers=[("x-dry-run", "true")])
    assert answer.transaction_result.consume_results[1].consume_result == "{}"
    assert (await exchanges.run("Preflight", consume=[take()])).would_succeed
    assert handler.calls() == []


@pytest.mark.parametrize("how", ["UNAVAILABLE", "lie-UNAVAILABLE", "RESOURCE_EXHAUSTED", "late"])
async def test_a_handler_is_called_again_at_once(exchanges, handler, how):
    """Under the same key; then the exchange happens."""
    await world(exchanges, handler)
    handler.script("ok", how)
    await exchanges.buy()
    assert len(handler.calls("Execute")) >= 3
    assert handler.contents_differ() == []
    await until(lambda: handler.items("alice"))
    assert await balance(exchanges, handler) == (90, 1, 1, 1)


@pytest.mark.parametrize("how", ["UNAVAILABLE", "lie-INTERNAL", "late", "hang", "die"])
async def test_an_action_without_a_response_is_cancelled(exchanges, handler, how):
    """Whether it executed it or not: the gold is back, also when the cancellation fails at first."""
    await world(exchanges, handler)
    handler.script("ok", how, how, how, "UNAVAILABLE", "lie-UNAVAILABLE", "late")
    with refused("HANDLER_UNAVAILABLE") as refusal:
        await exchanges.buy()
    assert refusal.retry
    assert refusal.metadata["action_path"] == "consumeActions[1]"
    if how == "die":
        await handler.dead()
        handler.script()
        await handler.start()
    await no_saga_left(exchanges)
    assert handler.contents_differ() == []
    assert await balance(exchanges, handler) == (100, 0, 0, 0)
    assert await outcome(exchanges.buy()) == "OK"


async def test_an_execution_that_comes_after_its_cancellation_does_nothing(exchanges, handler):
    """The example handler records a key that was cancelled and never executed."""
    await world(exchanges, handler)
    handler.script("ok", "UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE")
    with refused("HANDLER_UNAVAILABLE"):
        await exchanges.buy()
    await no_saga_left(exchanges)
    _, key, _, _ = handler.calls("Cancel")[0]
    request = {"key": key, "action": TAKE, "request": '{"item": "gold", "count": 10}', "user_id": "alice"}
    assert await handler.execute(**request) == "FAILED_PRECONDITION"
    assert handler.items("alice", "gold") == 100


async def test_a_repeat_gets_the_response_of_the_first_call(exchanges, handler):
    """The same key again: no handler is called."""
    await world(exchanges, handler)
    first = await exchanges.buy(duplication_avoider="k")
    asked = len(handler.calls("Execute"))
    assert await exchanges.buy(duplication_avoider="k") == first
    await until(lambda: handler.items("alice"))
    assert len(handler.calls("Execute")) <= asked + 1  # the delivery


async def test_a_repeat_while_the_first_call_waits_is_a_conflict(exchanges, handler):
    """One of many with the same key happens; the others get its response, or CONFLICT."""
    await world(exchanges, handler)
    handler.script("late")
    calls = [outcome(exchanges.buy(duplication_avoider="k")) for _ in range(10)]
    outcomes = await asyncio.gather(*calls)
    assert set(outcomes) <= {"OK", "CONFLICT"}
    assert "OK" in outcomes
    await until(lambda: handler.items("alice"))
    assert await balance(exchanges, handler) == (90, 1, 1, 1)


async def test_calls_at_once_spend_what_there_is_once(exchanges, handler):
    """Twenty exchanges for what ten can pay: ten happen."""
    await world(exchanges, handler)
    outcomes = await asyncio.gather(*(outcome(exchanges.buy()) for _ in range(20)))
    assert sorted(outcomes) == ["ACTION_REFUSED"] * 10 + ["OK"] * 10
    await until(lambda: handler.items("alice") == 10)
    assert await balance(exchanges, handler) == (0, 10, 10, 10)


async def test_a_price_of_a_handler_inside_a_reward_is_paid(exchanges, handler):
    """The handler is called before all of it; if it refuses, nothing of it happens."""
    await exchanges.put_in_force(
        rate(exchanges),
        {"name": "outer", "consumeActions": [exchanges.up("outer")], "acquireActions": [exchanges.exchange("rate", 2)]},
    )
    handler.give("alice", 30)
    await exchanges.buy("outer")
    with refused("ACTION_REFUSED") as refusal:
        await exchanges.buy("outer")
    assert refusal.metadata["action_path"] == "acquireActions[0]/consumeActions[1]"
    await until(lambda: handler.items("alice") == 2)
    assert await balance(exchanges, handler) == (10, 2, 2, 2)
    assert await exchanges.count("outer") == 1


async def test_a_rising_price_of_a_handler_is_paid(exchanges, handler):
    """The quantity is the price, which rises with each exchange."""
    rising = exchanges.incremental(consumeAction=take(1), acquireActions=[exchanges.down("got")])
    await exchanges.put_in_force(incremental=[rising])
    handler.give("alice", 100)
    await exchanges.rise()
    await exchanges.rise()
    assert [request["count"] for _, _, request in handler.executed()] == [10, 20]
    outcomes = await asyncio.gather(*(outcome(exchanges.rise()) for _ in range(5)))
    await no_saga_left(exchanges)
    assert set(outcomes) <= {"OK", "CONFLICT", "ACTION_REFUSED"}
    happened = 2 + outcomes.count("OK")
    assert GOT - await exchanges.count("got") == happened
    assert handler.items("alice", "gold") == 100 - sum(10 * number for number in range(1, happened + 1))


async def test_an_expression_holds_no_action_of_a_handler(exchanges):
    """The call would have to be made inside a transaction."""
    either = {
        "action": "Gs2Distributor:IfExpressionByUserId",
        "request": json.dumps({"userId": "alice", "condition": has(), "trueActions": [take()]}),
    }
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.run(consume=[either])
    assert refusal.fields == [
        "transaction.consumeActions[0].request.condition.action",
        "transaction.consumeActions[0].request.trueActions[0].action",
    ]
    await exchanges.put_in_force()
    await exchanges.refuses(
        json.dumps({"version": "2019-08-19", "rateModels": [{"name": "rate", "consumeActions": [either]}]}),
        "rateModels[0].consumeActions[0].request.condition.action",
        "rateModels[0].consumeActions[0].request.trueActions[0].action",
    )


@pytest.mark.parametrize("headers", [[], [("idempotency-key", "k")]], ids=["plain", "with-idempotency-key"])
async def test_a_failure_at_any_statement_halves_nothing(tmp_path, handler, headers):
    """With any one statement of the call failing it is refused and has no effect; with none it happens."""
    async with running(tmp_path / "other", action_handlers=handler.configuration()) as service:
        exchanges = await make_exchanges(service)
        await make_ready(exchanges)
        await world(exchanges, handler)
        failed = []
        for body in (1, 2, 3):  # the dry run, what keeps the steps, and the run for good
            for number in itertools.count(1):
                service.faults.bodies, service.faults.fail_in, service.faults.fail_at = 0, body, number
                answer = await outcome(exchanges.buy(headers=headers))
                service.faults.fail_in = service.faults.fail_at = None
                if answer == "OK":
                    break
                assert answer == "NOT_COMMITTED"
                await no_saga_left(exchanges)
                assert await balance(exchanges, handler) == (100 - 10 * (body - 1), body - 1, body - 1, body - 1)
            failed.append(number - 1)
            await until(functools.partial(_has_swords, handler, body))
            headers = headers and [("idempotency-key", f"after {body}")]
        dry, kept, for_good = failed
        assert (kept, min(dry, for_good) > 5) == (2 if headers else 1, True)
        assert handler.contents_differ() == []


def _has_swords(handler, count):
    return handler.items("alice") == count
