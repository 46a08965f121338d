"""Transactions see one version of master data that is replaced meanwhile; on SQLite, and on three replicas."""

import asyncio
import contextlib
import itertools
import json
from collections import Counter

import pytest
from support.exchanges import at_each, make_exchanges
from support.limits import DEFAULT

VERSIONS = ("old", "new")


# One version of the master data


@contextlib.asynccontextmanager
async def _replaced_meanwhile(put_in_force):
    """Put one version after the other in force meanwhile, the last time to its end."""
    over = asyncio.Event()

    async def replace():
        for version in itertools.cycle(VERSIONS):
            await put_in_force(version)
            if over.is_set():
                return

    task = asyncio.create_task(replace())
    yield
    over.set()
    await task


async def _versions_of_all(places, call, *, at_once=10, least=600, most=6000):
    """Call over and over on all servers, until both versions were met; return what versions the calls were by."""
    found = Counter()

    async def calls(place):
        while found.total() < least or (len(found) < len(VERSIONS) and found.total() < most):
            found[await call(place)] += 1

    await asyncio.gather(*(calls(place) for place, _ in itertools.product(places, range(at_once))))
    return found


def _inside(answer):
    """Return the responses of the exchanges in the reward."""
    return [json.loads(result.acquire_result) for result in answer.acquire_results]


@pytest.mark.parametrize("shape", ["nested", "siblings"])
async def test_exchanges_of_one_transaction_are_by_one_version(servers, shape):
    """Actions that depend on each other, while documents are replaced: all use the old version, or all the new one."""
    exchanges = await make_exchanges(servers[0])
    places = at_each(exchanges, servers)

    async def put_in_force(version):
        deeper = {"name": "deeper", "metadata": version}
        deep = {"name": "deep", "metadata": version, "acquireActions": [exchanges.exchange("deeper")]}
        inside = [exchanges.exchange("deep"), exchanges.exchange("deeper")]
        await places[-1].put_in_force(deeper, deep, {"name": "rate", "metadata": version, "acquireActions": inside})

    async def nested(place):
        answer = await place.buy()
        deep, deeper = _inside(answer.transaction_result)
        deepest = deep["transactionResult"]["acquireResults"][0]["acquireResult"]
        metadata = [answer.item.metadata, deep["item"]["metadata"], deeper["item"]["metadata"]]
        return frozenset([*metadata, json.loads(deepest)["item"]["metadata"]])

    async def siblings(place):
        answer = await place.run(acquire=[exchanges.exchange(name) for name in ("deeper", "deep", "deeper")])
        return frozenset(each["item"]["metadata"] for each in _inside(answer.item))

    await put_in_force("old")
    async with _replaced_meanwhile(put_in_force):
        found = await _versions_of_all(places, {"nested": nested, "siblings": siblings}[shape])
    assert found.keys() == {frozenset([version]) for version in VERSIONS}


async def test_counters_of_one_transaction_are_by_one_version(servers):
    """Two limits change the hour of their reset together: no transaction resets one by the old and one by the new."""
    exchanges = await make_exchanges(servers[0], *DEFAULT)
    places = at_each(exchanges, servers)
    names = ("one", "two")
    players = itertools.count(1)

    async def put_in_force(version):
        hour = VERSIONS.index(version)
        await places[-1].limits.put_in_force(
            *(DEFAULT[1], *({"name": name, "resetType": "daily", "resetHour": hour} for name in names))
        )

    async def count(place):
        player = f"player-{next(players)}"
        answer = await place.run(user_id=player, consume=[exchanges.up(limit=name) for name in names * 3])
        counted = [json.loads(result.consume_result)["item"] for result in answer.item.consume_results]
        hours = {item["nextResetAt"] // 3_600_000 % 24 for item in counted}
        return frozenset(hours)

    await put_in_force("old")
    async with _replaced_meanwhile(put_in_force):
        found = await _versions_of_all(places, count)
    assert found.keys() == {frozenset([0]), frozenset([1])}
