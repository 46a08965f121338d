"""The cost of a Use and of an Exchange, in counts that are the same on every machine, so that no clock is needed.

When a change is worth what it adds, or makes a call cheaper, write the new numbers below. A failure shows them.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import aiosqlite
import asyncpg
import pytest
import redeemd
from support.batches import batch_use, use_item
from support.exchanges import make_exchanges
from support.service import ON_POSTGRES

# A clone may be in a folder of this name, too.
PACKAGE = f"{Path(redeemd.__file__).parent}/"
CALLS = 40
ITEMS = 64  # of a batch


class Cost(NamedTuple):
    """The cost of one call.

    statements  of SQL, BEGIN and COMMIT among them
    trips       hops to the thread of SQLite's connection, or round trips to PostgreSQL
    functions   calls of functions of redeemd, which stand for the work of the interpreter and its allocations
    """

    statements: int
    trips: int
    functions: int


SQLITE, POSTGRES = False, True
COSTS = {
    # On SQLite, 5 of the statements are the triggers that count uses and what they run.
    "use": {SQLITE: Cost(9, 1, 151), POSTGRES: Cost(1, 1, 240)},
    "keyed use": {SQLITE: Cost(11, 1, 183), POSTGRES: Cost(5, 5, 305)},
    # In one transaction. On SQLite an item is 6 statements: its event, and those of the triggers.
    "batch of 64 uses": {SQLITE: Cost(387, 1, 1815), POSTGRES: Cost(4, 4, 1970)},
    "exchange": {SQLITE: Cost(14, 1, 265), POSTGRES: Cost(8, 8, 458)},
}
MORE_FUNCTIONS = 1.1  # other versions of Python inline other functions


class Counting:
    """Counts while it is entered."""

    def __init__(self, monkeypatch):
        self.counts = Counter()
        self._counted = False
        self._watch_sqlite(monkeypatch)
        for name in ("fetch", "execute", "executemany", "copy_records_to_table"):
            self._watch_postgres(monkeypatch, name)

    def _watch_sqlite(self, monkeypatch):
        real = aiosqlite.Connection._execute

        async def execute(connection, function, *arguments, **options):
            def traced(*arguments, **options):
                connection._conn.set_trace_callback(lambda _: self._count("statements"))
                sys.setprofile(self._profile)
                try:
                    return function(*arguments, **options)
                finally:
                    sys.setprofile(None)
                    connection._conn.set_trace_callback(None)

            self._count("trips")
            return await real(connection, traced if self._counted else function, *arguments, **options)

        monkeypatch.setattr(aiosqlite.Connection, "_execute", execute)

    def _watch_postgres(self, monkeypatch, name):
        real = getattr(asyncpg.Connection, name)

        async def run(connection, *arguments, **options):
            self._count("statements")
            self._count("trips")
            return await real(connection, *arguments, **options)

        monkeypatch.setattr(asyncpg.Connection, name, run)

    def _count(self, what):
        if self._counted:
            self.counts[what] += 1

    def _profile(self, frame, event, _):
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            self.counts["functions"] += 1

    def __enter__(self):
        self._counted = True
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)
        self._counted = False


@pytest.fixture
async def counting(own_service, monkeypatch):
    """Counts what a server does for calls, and nothing else."""
    await own_service.stop_housekeeping()
    return Counting(monkeypatch)


async def cost(counting, call):
    """Return the cost of a call, one after the other."""
    await call()
    await call()
    costs = []
    with counting:
        for _ in range(CALLS):
            await asyncio.sleep(0.01)  # a call does not always begin beside the same work of others
            counting.counts.clear()
            await call()
            costs.append([counting.counts[what] for what in Cost._fields])
    # The least: servers that other tests share also work in this process, which can only add to it.
    return Cost(*map(min, zip(*costs, strict=True)))


def check(name, measured):
    """Assert that a call costs no more than the committed numbers."""
    committed = COSTS[name][ON_POSTGRES]
    assert measured.statements <= committed.statements, measured
    assert measured.trips <= committed.trips, measured
    assert measured.functions <= committed.functions * MORE_FUNCTIONS, measured


@pytest.mark.parametrize("keyed", [False, True])
async def test_the_cost_of_a_use(own_service, counting, keyed):
    """Without an idempotency key, and with one."""
    world = await own_service.world()
    codes = await world.codes(CALLS + 2)

    async def use():
        code = codes.pop()
        await world.as_player("Use", "alice", code=code, headers=[("idempotency-key", code)] if keyed else [])

    check("keyed use" if keyed else "use", await cost(counting, use))


async def test_the_cost_of_a_batch(own_service, counting):
    """Of redemptions without idempotency keys."""
    world = await own_service.world()
    codes = await world.codes((CALLS + 2) * ITEMS)

    async def use():
        await batch_use(world, [use_item(world, number, codes.pop()) for number in range(ITEMS)])

    check(f"batch of {ITEMS} uses", await cost(counting, use))


async def test_the_cost_of_an_exchange(own_service, counting):
    """Of a code, within a limit."""
    exchanges = await make_exchanges(own_service)
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up(maxValue=2 * CALLS), exchanges.use()]}
    )
    codes = await exchanges.world.codes(CALLS + 2)

    async def exchange():
        await exchanges.buy(values={"code": codes.pop()})

    check("exchange", await cost(counting, exchange))
