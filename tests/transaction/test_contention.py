"""Transactions of crossing players, and master data that is replaced meanwhile; on SQLite, and on three replicas."""

import asyncio
import contextlib
import dataclasses
import itertools
from collections import Counter

import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeemd.store import locks
from redeemd.store.postgres.turns import AT_ONCE
from support import patient_store
from support import postgres as pg
from support.exchanges import action, at_each, config, make_exchanges, outcome
from support.patience import PATIENT, WAIT_SECONDS
from support.service import refused, running
from support.sheets import Signed, make_sheets
from support.store_faults import until

CROSSING = 300
SHEETS = 60  # each costs more CPU than an exchange, of servers and callers that share a process
PLAYERS = ("q1", "q2")
LESS_EQUAL = "lessEqual"


@pytest.fixture
async def replica(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """One server on PostgreSQL."""
    async with running(tmp_path, **await pg.settings_for(tmp_path)) as service:
        yield service


@contextlib.asynccontextmanager
async def _bystander(places):
    """Make another player send calls meanwhile, one after the other; each has to succeed."""
    over, heard = asyncio.Event(), Counter()

    async def calls():
        for place in itertools.cycle(places):
            heard[await outcome(place.limits.up("bob", limit="ever"))] += 1
            if over.is_set():
                return

    task = asyncio.create_task(calls())
    yield
    over.set()
    await task
    assert set(heard) == {"OK"}


async def _all_at_once(places, call, count=CROSSING):
    """Make calls on all servers at once while a bystander makes others; every one succeeds."""
    async with _bystander(places):
        calls = (outcome(call(places[number % len(places)], number)) for number in range(count))
        assert Counter(await asyncio.gather(*calls)) == {"OK": count}


def _crossing(number):
    """Return two players, in the order of the number."""
    return PLAYERS if number % 2 else tuple(reversed(PLAYERS))


def _ups(exchanges, players, counter="bought"):
    return [exchanges.up(counter, userId=player) for player in players]


async def test_nested_exchanges_that_cross_are_all_done(servers):
    """One counts for q1, and in its reward for q2; the other the other way round. Each count is there."""
    exchanges = await make_exchanges(servers[0])
    leaves = [{"name": f"leaf-{player}", "consumeActions": _ups(exchanges, [player])} for player in PLAYERS]
    rates = [
        {
            "name": f"from-{first}",
            "consumeActions": _ups(exchanges, [first]),
            "acquireActions": [exchanges.exchange(f"leaf-{second}")],
        }
        for first, second in (_crossing(0), _crossing(1))
    ]
    await exchanges.put_in_force(*leaves, *rates)

    def call(place, number):
        return place.buy(f"from-{_crossing(number // 3)[0]}", user_id=f"p{number}")

    await _all_at_once(at_each(exchanges, servers), call)
    assert [await exchanges.count(user_id=player) for player in PLAYERS] == [CROSSING] * 2


async def test_players_that_values_choose_deep_inside_are_locked_in_one_order(servers):
    """Four levels, each for a player that the values of the call name; the order is another one in each call."""
    exchanges = await make_exchanges(servers[0])
    values = [{"key": key, "value": f"#{{{key}}}"} for key in ("p1", "p2", "p3")]
    inside = [exchanges.exchange(f"level-{level + 1}", config=values) for level in (1, 2)]
    rates = [
        {
            "name": f"level-{level}",
            "consumeActions": [exchanges.up(userId=f"#{{p{level}}}")],
            "acquireActions": inside[level - 1 : level],
        }
        for level in (1, 2, 3)
    ]
    await exchanges.put_in_force(*rates)
    orders = list(itertools.permutations(("q1", "q2", "q3")))

    def call(place, number):
        order = orders[number % len(orders)]
        return place.buy("level-1", user_id=f"p{number}", values=dict(zip(("p1", "p2", "p3"), order, strict=True)))

    await _all_at_once(at_each(exchanges, servers), call, count=120)
    assert [await exchanges.count(user_id=player) for player in ("q1", "q2", "q3")] == [120] * 3


async def test_branches_that_cross_are_all_done(servers):
    """Of an or, the first branch is about one player and does not hold; the second is about the other."""
    exchanges = await make_exchanges(servers[0])

    def either(first, second):
        branches = [
            exchanges.verify("greater", 1_000_000, userId=first),
            exchanges.verify(LESS_EQUAL, 1_000_000, userId=second),
        ]
        return action("Gs2Distributor:OrExpressionByUserId", userId="#{userId}", actions=branches)

    rates = [
        {
            "name": f"from-{first}",
            "verifyActions": [either(first, second)],
            "consumeActions": _ups(exchanges, [second, first]),
        }
        for first, second in (_crossing(0), _crossing(1))
    ]
    await exchanges.put_in_force(*rates)

    def call(place, number):
        return place.buy(f"from-{_crossing(number // 3)[0]}", user_id=f"p{number}")

    await _all_at_once(at_each(exchanges, servers), call, count=120)
    assert [await exchanges.count(user_id=player) for player in PLAYERS] == [120] * 2


async def test_sheets_whose_parts_cross_are_all_done(servers):
    """Each part is about another player, in one order or the other; each sheet is run as a whole."""
    sheets = await make_sheets(servers[0])
    exchanges = sheets.exchanges
    rates = [{"name": f"from-{order[0]}", "consumeActions": _ups(exchanges, order)} for order in map(_crossing, (0, 1))]
    await exchanges.put_in_force(*rates)
    signed = [
        Signed.of(await exchanges.buy(f"from-{_crossing(number // 3)[0]}", user_id=f"p{number}"))
        for number in range(SHEETS)
    ]
    places = at_each(exchanges, servers)

    async def call(place, number):
        answer = await dataclasses.replace(sheets, exchanges=place).sheet(signed[number], "RunStampSheetExpress")
        assert list(answer.task_result_codes) == [200, 200]

    await _all_at_once(places, call, count=SHEETS)
    assert [await exchanges.count(user_id=player) for player in PLAYERS] == [SHEETS] * 2


async def test_incremental_exchanges_that_cross_pay_every_price_once(servers):
    """The counter is the player's own, the price is another's: both are locked before the count."""
    exchanges = await make_exchanges(servers[0])
    rising = exchanges.incremental(consumeAction=exchanges.up("paid", userId="#{payer}"))
    await exchanges.put_in_force(incremental=[rising])

    def call(place, number):
        player, payer = _crossing(number // 3)
        return place.rise(user_id=player, config=config(payer=payer))

    await _all_at_once(at_each(exchanges, servers), call)
    prices = sum(10 * count for count in range(1, CROSSING // 2 + 1))
    assert [await exchanges.count("paid", user_id=player) for player in PLAYERS] == [prices] * 2


@contextlib.asynccontextmanager
async def _busy(service, player):
    """Keep as many calls of a player in progress as are allowed, inside the block."""
    everybody_in, over = asyncio.Barrier(AT_ONCE + 1), asyncio.Event()

    async def body(_tx):
        await everybody_in.wait()
        await over.wait()

    queue = [locks.player(player)]
    calls = [asyncio.create_task(service.store.run(body, write=True, queue=queue)) for _ in range(AT_ONCE)]
    await everybody_in.wait()
    yield
    over.set()
    await asyncio.gather(*calls)


async def test_a_transaction_that_waits_for_a_busy_player_delays_no_call_of_its_other_players(replica):
    """Gifts from alice wait for the player who receives them; a call about alice alone is done meanwhile."""
    exchanges = await make_exchanges(replica)
    async with asyncio.timeout(WAIT_SECONDS):
        async with _busy(replica, "zz"):
            gifts = [
                asyncio.create_task(exchanges.run(user_id="alice", consume=_ups(exchanges, ["alice", "zz"])))
                for _ in range(AT_ONCE)
            ]
            await until(lambda: len(replica.store._postgres._turns) > 1)  # they wait
            assert await outcome(exchanges.limits.up("alice", limit="ever")) == "OK"
            assert not any(gift.done() for gift in gifts)
        await asyncio.gather(*gifts)
    assert [await exchanges.count(user_id=player) for player in ("alice", "zz")] == [AT_ONCE] * 2


async def test_calls_beyond_the_connections_are_refused_as_overloaded_by_a_healthy_server(
    tmp_path,
    postgres,  # noqa: ARG001
    monkeypatch,
):
    """The reason names the queue: the database is well, and so is the server."""
    monkeypatch.setattr(patient_store, "PATIENT", dataclasses.replace(PATIENT, free=1.0))
    settings = await pg.settings_for(tmp_path)
    async with running(tmp_path, **settings, connections=1) as service:
        exchanges = await make_exchanges(service)
        async with _held(service):
            with refused("OVERLOADED") as refusal:
                await exchanges.limits.up("alice", limit="ever")
            assert refusal.metadata["scope"] == "database"
            assert refusal.retry
            health = await health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest())
            assert health.status == health_pb2.HealthCheckResponse.SERVING
        assert await outcome(exchanges.limits.up("alice", limit="ever")) == "OK"


@contextlib.asynccontextmanager
async def _held(service):
    """Hold the only connection for as long as the block lasts."""
    began, over = asyncio.Event(), asyncio.Event()

    async def body(_tx):
        began.set()
        await over.wait()

    call = asyncio.create_task(service.store.run(body, write=False))
    await began.wait()
    yield
    over.set()
    await call
