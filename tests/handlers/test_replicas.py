"""Two replicas on PostgreSQL share deliveries and compensations."""

import asyncio

import pytest
from support import postgres as pg
from support.exchanges import action, make_exchanges, outcome
from support.handler import GIVE, TAKE, handling, until
from support.service import running

PLAYERS = [f"player-{number}" for number in range(20)]


@pytest.fixture(params=[False, True], ids=["alone", "batches"])
async def replicas(request, tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A handler and two servers that call it, with one database."""
    settings = await pg.settings_for(tmp_path)
    async with handling(tmp_path / "handler") as handler:
        chosen = {**settings, "action_handlers": handler.configuration(batches=request.param)}
        async with running(tmp_path, **chosen) as one, running(tmp_path, **chosen) as other:
            yield handler, one, other


async def test_two_replicas_deliver_each_once_and_in_order(replicas):
    """400 rewards of 20 players, made on both: each is executed once, each player's in order, under one content."""
    handler, one, other = replicas
    handler.script(*["ok", "ok", "UNAVAILABLE", "late", "ok"] * 20)
    exchanges = await make_exchanges(one)

    async def rewards(user_id):
        for number in range(20):
            exchanges.service = (one, other)[number % 2]
            await exchanges.run(user_id=user_id, acquire=[action(GIVE, item="sword", count=number + 1)])

    await asyncio.gather(*map(rewards, PLAYERS))
    await until(lambda: all(handler.items(user_id) == 210 for user_id in PLAYERS))
    for user_id in PLAYERS:
        assert [request["count"] for _, _, request in handler.executed(user_id)] == list(range(1, 21))
    assert handler.contents_differ() == []
    await until(lambda: _all_recorded(one, other))


async def _all_recorded(*services):
    """A replica records a delivery a moment after the handler has executed it. Either replica may make any of them."""
    return sum([_delivered(await _metrics(service)) for service in services]) == 400


async def _metrics(service):
    return (await service.http("GET", f"http://127.0.0.1:{service.http_port}/metrics")).text


def _delivered(metrics):
    name = 'redeemd_delivery_attempts_total{outcome="delivered",prefix="Game"} '
    return sum(float(line.removeprefix(name)) for line in metrics.splitlines() if line.startswith(name))


async def test_one_call_with_a_key_happens_on_two_replicas(replicas):
    """The same key on both at once: paid once."""
    handler, one, other = replicas
    handler.give("alice", 100)
    exchanges = await make_exchanges(one)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [action(TAKE, item="gold", count=10)]})

    async def buy(number):
        exchanges.service = (one, other)[number % 2]
        return await outcome(exchanges.buy(duplication_avoider="k"))

    outcomes = await asyncio.gather(*map(buy, range(20)))
    assert set(outcomes) <= {"OK", "CONFLICT"}
    assert "OK" in outcomes
    exchanges.service = one
    assert await outcome(exchanges.buy(duplication_avoider="k")) == "OK"
    assert handler.items("alice", "gold") == 90
