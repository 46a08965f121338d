"""Master data that is replaced, and namespaces that are recreated, while players exchange and wait."""

import asyncio
import dataclasses
import itertools
import json
from collections import Counter

import pytest
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support.exchanges import make_exchanges, outcome
from support.http import replica
from support.hurry import hurry, over_and_over
from support.limits import DEFAULT
from support.service import refused

REWARDS = 1_000_000
MINUTES, TOTAL_RATE = 2, 3
HOUR_MS = 60 * 60 * 1000
ALICE = {"user_id": "alice"}


def _counters(results):
    """Return the counters that the actions of a transaction were about."""
    requests = [result.consume_request for result in results.consume_results]
    requests += [result.acquire_request for result in results.acquire_results]
    return [json.loads(request)["counterName"] for request in requests]


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service, enable_await_exchange=True)


# Rates


VERSIONS = ("old", "new")


async def _fill(exchanges):
    """Make the counters of which the rewards are taken."""
    for version in VERSIONS:
        await exchanges.limits.up(counter=f"got-{version}", limit="ever", count_up_value=REWARDS)


def _version(exchanges, version):
    """Return a rate that pays and rewards with counters of the version's own."""
    price = [exchanges.up(f"paid-{version}"), exchanges.up(f"paid-too-{version}")]
    reward = [exchanges.down(f"got-{version}")]
    return {"name": "rate", "metadata": version, "consumeActions": price, "acquireActions": reward}


async def test_every_exchange_is_wholly_by_the_old_or_the_new_rate(exchanges):
    """Price, reward and response are of one version; together they are all exchanges."""
    await _fill(exchanges)
    await exchanges.put_in_force(_version(exchanges, "old"))
    made = Counter()

    async def exchange():
        answer = await exchanges.buy()
        version = answer.item.metadata
        expected = [f"paid-{version}", f"paid-too-{version}", f"got-{version}"]
        assert _counters(answer.transaction_result) == expected
        made[version] += 1

    async def replace():
        for version in reversed(VERSIONS):
            await exchanges.put_in_force(_version(exchanges, version))

    async with over_and_over(replace):
        await hurry(exchange, lambda: made.keys() == set(VERSIONS))
    for version in VERSIONS:
        paid = await exchanges.count(f"paid-{version}"), await exchanges.count(f"paid-too-{version}")
        had = REWARDS - await exchanges.count(f"got-{version}")
        assert (*paid, had) == (made[version],) * 3


async def test_every_price_is_wholly_by_the_old_or_the_new_rate(exchanges):
    """An incremental rate whose price and whose counter change: the sums are those of what was reported."""
    bases = {"old": 10, "new": 1000}

    def rising(version):
        return exchanges.incremental(
            metadata=version,
            consumeAction=exchanges.up(f"paid-{version}"),
            baseValue=bases[version],
            coefficientValue=0,
            maximumExchangeCount=REWARDS,
        )

    made = Counter()

    async def exchange():
        answer = await exchanges.rise()
        version = answer.item.metadata
        assert answer.item.base_value == bases[version]
        assert _counters(answer.transaction_result) == ["rising", f"paid-{version}"]
        made[version] += 1

    async def replace():
        for version in ("new", "old"):
            await exchanges.put_in_force(incremental=[rising(version)])

    await replace()
    async with over_and_over(replace):
        await hurry(exchange, lambda: made.keys() == bases.keys())
    assert await exchanges.count("rising") == made.total()
    paid = {version: await exchanges.count(f"paid-{version}") for version in bases}
    assert paid == {version: bases[version] * made[version] for version in bases}


async def test_a_document_is_in_force_when_the_call_returns(exchanges):
    """Exchanges that begin later use it, even if the previous version was cached."""
    await _fill(exchanges)
    for version in VERSIONS * 5:
        await exchanges.put_in_force(_version(exchanges, version))
        answers = await asyncio.gather(*(exchanges.buy() for _ in range(5)))
        assert {answer.item.metadata for answer in answers} == {version}


# Awaits


def _later(exchanges, **fields):
    """Return a rate whose reward is waited for, an hour by default."""
    reward = [exchanges.down("got")]
    return {"name": "later", "timingType": "await", "lockTime": 60, "acquireActions": reward} | fields


@pytest.fixture
async def waiting(own_service):
    """Namespaces on a server whose clock is stopped, with a rate that is waited for."""
    exchanges = await make_exchanges(own_service, enable_await_exchange=True)
    await exchanges.limits.up(counter="got", limit="ever", count_up_value=100)
    await exchanges.put_in_force(_later(exchanges))
    return exchanges


async def _acquire_is_refused(exchanges, name, reason):
    """Check that an await can be acquired by no road."""
    for call in (
        exchanges.as_player("Acquire", "alice", await_name=name),
        exchanges.call("AcquireByUserId", **ALICE, await_name=name),
        exchanges.call("AcquireForceByUserId", **ALICE, await_name=name),
    ):
        with refused(reason):
            await call


async def test_a_promised_reward_is_acquired_whatever_master_data_came_later(waiting):
    """As it was when the price was paid: although the rate changed, or left the shop."""
    items = [await waiting.wait(count=2) for _ in range(3)]
    waiting.service.clock.now = items[0].acquirable_at
    changed = _later(waiting, acquireActions=[waiting.down("got", countDownValue=7)], awaitReward="current")
    for item, document in zip(items, ([_later(waiting)], [changed], []), strict=True):
        await waiting.put_in_force(*document)
        await waiting.as_player("Acquire", "alice", await_name=item.name)
    assert (await waiting.awaits(), await waiting.count("got")) == ([], 94)


async def test_an_await_of_the_current_reward_outlives_its_rate(waiting):
    """Semantics 12.18: it stays and can be skipped; when the rate is back, the reward is that of the new document."""
    await waiting.put_in_force(_later(waiting, awaitReward="current"))
    item = await waiting.wait(count=2)
    await waiting.put_in_force({"name": "other"}, incremental=[waiting.incremental(name="later")])
    await _acquire_is_refused(waiting, item.name, "RATE_MODEL_NOT_FOUND")
    assert await waiting.awaits() == [item]
    skipped = await waiting.skip(item.name, skip_type=MINUTES, minutes=30)
    waiting.service.clock.now = skipped.acquirable_at - 1
    await waiting.put_in_force(_later(waiting, acquireActions=[waiting.down("got", countDownValue=7)]))
    with refused("AWAIT_LOCKED"):
        await waiting.as_player("Acquire", "alice", await_name=item.name)
    waiting.service.clock.now += 1
    await waiting.as_player("Acquire", "alice", await_name=item.name)
    assert (await waiting.awaits(), await waiting.count("got")) == ([], 86)


async def test_an_await_without_its_rate_can_be_given_up(waiting):
    """Semantics 12.18: by the player and for him; it does not come back with the rate."""
    items = [await waiting.wait() for _ in range(2)]
    await waiting.put_in_force()
    answers = [
        await waiting.as_player("DeleteAwait", "alice", await_name=items[0].name),
        await waiting.call("DeleteAwaitByUserId", **ALICE, await_name=items[1].name),
    ]
    assert [answer.item for answer in answers] == items
    await waiting.put_in_force(_later(waiting))
    assert await waiting.awaits() == []
    await _acquire_is_refused(waiting, items[0].name, "AWAIT_NOT_FOUND")


@pytest.mark.parametrize(
    "change",
    [{"lockTime": 0}, {"lockTime": 1}, {"lockTime": 538_214_400}, {"timingType": "immediate", "lockTime": None}],
    ids=["none", "shorter", "longer", "immediate"],
)
async def test_another_lock_time_does_not_move_an_await(waiting, change):
    """Semantics 12.17: it ends when it was to end, and its lock time is what it was when a part of it is skipped."""
    now = waiting.service.clock.now
    item, part = await waiting.wait(), await waiting.wait()
    await waiting.put_in_force(_later(waiting, **change))
    assert await waiting.awaits() == sorted([item, part], key=lambda each: each.name)
    skipped = await waiting.skip(part.name, skip_type=TOTAL_RATE, rate=0.5)
    assert (item.acquirable_at, skipped.acquirable_at) == (now + HOUR_MS, now + HOUR_MS // 2)
    for each in (skipped, item):
        waiting.service.clock.now = each.acquirable_at - 1
        with refused("AWAIT_LOCKED"):
            await waiting.call("AcquireByUserId", **ALICE, await_name=each.name)
        waiting.service.clock.now += 1
        await waiting.call("AcquireByUserId", **ALICE, await_name=each.name)
    assert await waiting.count("got") == 98


# Namespaces


@pytest.fixture
async def places(exchanges):
    """The same namespaces at two servers over one store, of which the second caches what the first changes."""
    async with replica(exchanges.service) as second:
        yield exchanges, dataclasses.replace(exchanges, service=second)


async def _make_anew(exchanges, *rates):
    """Delete the namespace and make one of the name."""
    await exchanges.call("DeleteNamespace")
    request = pb.CreateNamespaceRequest(name=exchanges.name, enable_await_exchange=True)
    await exchanges.service.exchanges.CreateNamespace(request, metadata=exchanges.service.admin)
    await exchanges.put_in_force(*rates)


async def test_a_namespace_may_be_made_anew_while_players_exchange(exchanges, places):
    """Each call succeeds or reports that namespace or rate does not exist; paid prices count, old awaits are gone."""
    turns = itertools.cycle(places)
    rates = [_later(exchanges, consumeActions=[exchanges.up()], lockTime=0)]
    await exchanges.put_in_force(*rates)
    told, before = Counter(), set()

    async def exchange():
        told[await outcome(next(turns).buy("later"))] += 1

    async def make_anew():
        before.update(item.name for item in await exchanges.awaits())
        await _make_anew(exchanges, *rates)
        assert before.isdisjoint(item.name for item in await exchanges.awaits())

    async with over_and_over(make_anew):
        await hurry(exchange, lambda: before and {"OK", "NAMESPACE_NOT_FOUND"} <= told.keys())
    assert told.keys() <= {"OK", "NAMESPACE_NOT_FOUND", "RATE_MODEL_NOT_FOUND"}
    assert await exchanges.count() == told["OK"]
    await make_anew()
    assert await exchanges.awaits() == []
    for place in places:
        await place.buy("later")
    assert await exchanges.count() == told["OK"] + 2
    for name in list(before)[:5]:
        await _acquire_is_refused(exchanges, name, "AWAIT_NOT_FOUND")


async def test_awaits_of_a_deleted_namespace_are_purged(waiting):
    """Nothing of them is left in the database; those of the new namespace of the name stay."""
    await waiting.service.stop_housekeeping()
    for _ in range(3):
        await waiting.wait()
    await _make_anew(waiting, _later(waiting))
    item = await waiting.wait()
    assert len((await waiting.service.dump())["exchange_await"]) == 4
    while await waiting.service.maintenance.step():
        pass
    assert len((await waiting.service.dump())["exchange_await"]) == 1
    assert await waiting.awaits() == [item]


async def test_a_namespace_that_an_action_names_may_be_made_anew(exchanges, places):
    """Each call succeeds, or is refused because namespace or limit does not exist; then counts begin again."""
    limits, turns = exchanges.limits, itertools.cycle(places)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    told = Counter()

    async def exchange():
        told[await outcome(next(turns).buy())] += 1

    async def make_anew():
        await limits.call("DeleteNamespace")
        request = limit_pb.CreateNamespaceRequest(name=limits.name)
        await limits.service.limits.CreateNamespace(request, metadata=limits.service.admin)
        await limits.put_in_force(*DEFAULT)

    async with over_and_over(make_anew):
        await hurry(exchange, lambda: {"OK", "NAMESPACE_NOT_FOUND"} <= told.keys())
    assert told.keys() <= {"OK", "NAMESPACE_NOT_FOUND", "LIMIT_MODEL_NOT_FOUND"}
    await make_anew()
    for place in places:
        await place.buy()
    assert await exchanges.count() == 2
