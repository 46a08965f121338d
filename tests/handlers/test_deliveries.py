"""Acquire actions of handlers: rows of an outbox, delivered at least once, in order for each player."""

import asyncio

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.options.v1 import options_pb2
from redeem.transaction.v1 import requests_pb2 as pb
from support.deliveries import DEAD, DELIVERED, PENDING, deliveries, give, retry, settled, states
from support.events import watching
from support.exchanges import action, document, make_exchanges
from support.handler import GIVE
from support.keys import key_of
from support.service import refused, running


@pytest.fixture(params=[False, True], ids=["alone", "batches"])
def batches(request):
    """All of it holds whether deliveries go in batches or not."""
    return request.param


async def test_a_reward_of_a_handler_arrives(exchanges, handler):
    """The exchange returns 202 and the delivery's id for it; the handler executes it once, filled and multiplied."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "consumeActions": [exchanges.up()],
            "acquireActions": [give(2, to="#{userId}", note="#{note}"), exchanges.down("bought")],
        }
    )
    answer = await exchanges.buy(count=3, values={"note": 'a "b" \\'})
    given, local = answer.transaction_result.acquire_results
    assert (given.action, given.status_code, local.status_code) == (GIVE, 202, 200)
    (delivery,) = await deliveries(exchanges)
    assert given.acquire_result == f'{{"deliveryId":"{delivery.delivery_id}"}}'
    await settled(exchanges, DELIVERED)
    request = {"item": "sword", "count": 6, "to": "alice", "note": 'a "b" \\'}
    assert handler.executed("alice") == [(delivery.delivery_id, GIVE, request)]
    (delivery,) = await deliveries(exchanges)
    assert (delivery.transaction_id, delivery.attempts) == (answer.transaction_id, 1)
    assert delivery.finished_at >= delivery.created_at


async def test_what_does_not_happen_is_not_delivered(exchanges, handler):
    """Neither of a transaction that is refused, nor of a dry run, nor of a preflight."""
    await exchanges.put_in_force(
        {
            "name": "rate",
            "acquireActions": [give(), exchanges.down("nothing")],
        },
        {"name": "good", "acquireActions": [give()]},
    )
    with refused("COUNTER_NOT_FOUND"):
        await exchanges.buy()
    answer = await exchanges.buy("good", headers=[("x-dry-run", "true")])
    assert answer.transaction_result.acquire_results[0].status_code == 202
    assert (await exchanges.run("Preflight", acquire=[give()])).would_succeed
    assert await deliveries(exchanges) == []
    assert handler.calls() == []


async def test_a_repeated_call_delivers_once(exchanges, handler):
    """The same idempotency key: the same response, one delivery."""
    await exchanges.put_in_force({"name": "rate", "acquireActions": [give()]})
    answers = [await exchanges.buy(duplication_avoider="k") for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    await settled(exchanges, DELIVERED)
    assert handler.items("alice") == 1


async def test_a_reward_inside_a_reward_arrives(exchanges, handler):
    """An exchange as an action delivers what it issues, with the id of the transaction around it."""
    await exchanges.put_in_force(
        {"name": "inner", "acquireActions": [give()]},
        {"name": "rate", "acquireActions": [exchanges.exchange("inner", count=2), give(3)]},
    )
    answer = await exchanges.buy()
    await settled(exchanges, DELIVERED, DELIVERED)
    assert {item.transaction_id for item in await deliveries(exchanges)} == {answer.transaction_id}
    assert [request["count"] for _, _, request in handler.executed()] == [2, 3]


@pytest.mark.parametrize(
    "how",
    ["UNAVAILABLE", "lie-UNAVAILABLE", "INTERNAL", "UNKNOWN", "ABORTED", "PERMISSION_DENIED", "hang", "late"],
)
async def test_a_failed_delivery_is_retried(exchanges, handler, how):
    """Whether it executed or not: in the end it has executed once, under one key, always with the same request."""
    handler.script(how, how)
    await exchanges.run(acquire=[give()])
    await settled(exchanges, DELIVERED)
    assert len(handler.calls("Execute")) == 3
    assert handler.contents_differ() == []
    assert handler.items("alice") == 1


@pytest.mark.parametrize("how", ["die", "die-before"])
async def test_a_delivery_is_retried_after_its_handler_dies(exchanges, handler, how):
    """When it is back, before or after it had executed."""
    handler.script(how)
    await exchanges.run(acquire=[give()])
    await handler.dead()
    await handler.start()
    await settled(exchanges, DELIVERED)
    assert handler.contents_differ() == []
    assert handler.items("alice") == 1


async def test_a_player_gets_things_in_order(exchanges, handler):
    """Also when the handler fails in between; other players do not wait for that."""
    handler.script("ok", "UNAVAILABLE", "UNAVAILABLE", "hang")
    for number in range(20):
        await exchanges.run(user_id=f"player-{number % 2}", acquire=[give(number + 1), give(100 + number)])
    await settled(exchanges, *[DELIVERED] * 40)
    for player in range(2):
        numbers = range(player, 20, 2)
        wanted = [count for number in numbers for count in (number + 1, 100 + number)]
        assert [request["count"] for _, _, request in handler.executed(f"player-{player}")] == wanted


async def test_a_refused_delivery_is_dead_and_those_behind_it_go_on(exchanges, handler):
    """A definite refusal is not tried again, until an operator does: then it arrives, under the same key."""
    handler.script("FAILED_PRECONDITION")
    await exchanges.run(acquire=[give(1), give(2)])
    await settled(exchanges, DEAD, DELIVERED)
    dead, delivered = await deliveries(exchanges)
    assert (dead.last_error, dead.attempts, dead.HasField("next_attempt_at")) == ("FAILED_PRECONDITION", 1, False)
    assert await states(exchanges, state=DEAD) == await states(exchanges, user_id="alice", state=DEAD) == [DEAD]
    assert await deliveries(exchanges, user_id="bob") == []
    assert (await retry(exchanges, delivered.delivery_id)) == delivered
    assert (await retry(exchanges, dead.delivery_id)).state == PENDING
    await settled(exchanges, DELIVERED, DELIVERED)
    assert [key for key, _, _ in handler.executed()] == [delivered.delivery_id, dead.delivery_id]
    assert handler.contents_differ() == []


async def test_a_delivery_that_fails_too_often_is_dead(tmp_path, handler, batches):
    """After as many attempts as the configuration says."""
    settings = handler.configuration(attemptsMax=3, batches=batches)
    async with running(tmp_path / "data", action_handlers=settings) as service:
        exchanges = await make_exchanges(service)
        handler.script(*["UNAVAILABLE"] * 3)
        await exchanges.run(acquire=[give()])
        await settled(exchanges, DEAD)
        (dead,) = await deliveries(exchanges)
        assert (dead.attempts, dead.last_error, len(handler.calls())) == (3, "UNAVAILABLE", 3)
        metrics = (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text
        assert 'redeemd_delivery_attempts_total{outcome="dead",prefix="Game"} 1.0' in metrics
        await service.maintenance.step()
        metrics = (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text
        assert 'redeemd_deliveries_dead{prefix="Game"} 1.0' in metrics
        assert 'redeemd_deliveries_pending{prefix="Game"} 0.0' in metrics


async def test_no_delivery_is_found_that_there_is_not(exchanges):
    """RetryDelivery of an unknown id."""
    with refused("DELIVERY_NOT_FOUND"):
        await retry(exchanges, "0" * 36)


async def test_many_at_once_arrive_once_each(exchanges, handler):
    """300 exchanges of 30 players at once, while every tenth call fails."""
    await exchanges.put_in_force({"name": "rate", "acquireActions": [give()]})
    handler.script(*["ok", "ok", "UNAVAILABLE", "ok", "lie-UNAVAILABLE", "ok", "ok", "late", "ok", "ok"] * 20)
    players = [f"player-{number}" for number in range(30)]
    await asyncio.gather(*(exchanges.buy(user_id=user_id) for user_id in players * 10))
    await settled(exchanges, *[DELIVERED] * 300)
    assert [handler.items(user_id) for user_id in players] == [10] * 30
    assert handler.contents_differ() == []


async def test_master_data_may_name_actions_of_handlers_alone(exchanges):
    """By prefix; the request has to be a JSON object, with placeholders in values only."""
    await exchanges.put_in_force(
        {"name": "good", "acquireActions": [give(), {"action": "Game:Other", "request": "{}"}]}
    )
    wrong = {
        "action": [{"action": "Other:Give", "request": "{}"}, {"action": "Game:", "request": "{}"}],
        "request": [
            {"action": GIVE, "request": "[]"},
            {"action": GIVE, "request": '{"count": #{count}}'},
            {"action": GIVE, "request": '{"#{name}": 1}'},
        ],
    }
    for field, actions in wrong.items():
        for each in actions:
            settings = document([{"name": "rate", "acquireActions": [give(), each]}])
            await exchanges.refuses(settings, f"rateModels[0].acquireActions[1].{field}")


async def test_what_cannot_be_multiplied_is_refused(exchanges, handler):
    """An action without a quantity field in the configuration, or whose quantity is no integer."""
    await exchanges.put_in_force(
        {"name": "fixed", "acquireActions": [action("Game:Other", count=1)]},
        {"name": "text", "acquireActions": [give("many")]},
        {"name": "none", "acquireActions": [action(GIVE, item="sword")]},
        {"name": "filled", "acquireActions": [give("#{count}")]},
    )
    for rate in ("fixed", "text", "none"):
        with refused("VALIDATION_FAILED"):
            await exchanges.buy(rate, count=2)
    await exchanges.buy("filled", count=2, values={"count": "21"})
    await settled(exchanges, DELIVERED)
    assert handler.items("alice") == 42


async def test_a_key_for_some_namespaces_runs_no_action_of_a_handler(exchanges):
    """Such an action is in no namespace; in master data of a namespace the operator has allowed it."""
    service = exchanges.service
    request = auth_pb.CreateKeyRequest(role=options_pb2.ROLE_SERVER, namespace_names=[exchanges.name])
    key = await service.auth.CreateKey(request, metadata=service.admin)
    await exchanges.put_in_force({"name": "rate", "acquireActions": [give()]})
    service.key = f"{key.item.key_id}.{key.secret}"
    with refused("NAMESPACE_NOT_ALLOWED"):
        await exchanges.run(acquire=[give()])
    await exchanges.buy()


async def test_watchers_get_the_results_of_deliveries(exchanges, handler):
    """One event for each, when it arrived or was given up; with the transaction that it is the reward of."""
    handler.script("FAILED_PRECONDITION")
    await exchanges.put_in_force({"name": "rate", "acquireActions": [give()]})
    async with watching(exchanges.service, kinds=["EVENT_KIND_DELIVERED"]) as watcher:
        buried = await exchanges.buy()
        await settled(exchanges, DEAD)
        arrived = await exchanges.buy()
        await settled(exchanges, DEAD, DELIVERED)
        events = await watcher.until(2)
        assert [event.transaction_id for event in events] == [buried.transaction_id, arrived.transaction_id]
        assert [event.delivery.dead for event in events] == [True, False]
        assert [(event.user_id, event.delivery.action) for event in events] == [("alice", GIVE)] * 2


async def test_a_result_with_a_handlers_action_is_for_keys_of_all_namespaces(exchanges):
    """As was the call: the action is in no namespace, so a key that is limited to some could not have had it run."""
    composed = (await exchanges.run(consume=[exchanges.up()], acquire=[give()])).item.transaction_id
    alone = (await exchanges.run(acquire=[give()])).item.transaction_id
    service = exchanges.service
    limited = await key_of(service, "server", namespace_names=[exchanges.limits.name])
    for transaction_id in (composed, alone):
        request = pb.GetTransactionResultByUserIdRequest(user_id="alice", transaction_id=transaction_id)
        with refused("NAMESPACE_NOT_ALLOWED"):
            await service.transactions.GetTransactionResultByUserId(request, metadata=limited)
        answer = await service.transactions.GetTransactionResultByUserId(request, metadata=service.admin)
        assert answer.item.needs_unlimited_key
