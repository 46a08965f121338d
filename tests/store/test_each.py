"""A query for many elements: what it returns and does for each is what it does for one."""

import pytest
from redeemd.idempotency.queries import QUERIES as REPLIES
from redeemd.serialkey.queries import QUERIES as SERIAL_KEYS
from redeemd.store import sql
from redeemd.store.each import each, embedded_form
from redeemd.store.sqlite.store import SqliteStore
from store.conformance import PUT, install

QUERIES = sql.parse(
    """
-- name: claim
-- Gives a free thing to an owner; the parameter stands in the statement several times, in quotes (':owner') not at all.
INSERT INTO thing (name, number, owner)
SELECT :name, t.number + :more, :owner FROM thing t JOIN thing s ON s.name = t.name
 WHERE t.name = :name AND t.number + :more > (SELECT MIN(m.number) FROM thing m WHERE m.number < :more)
ON CONFLICT (name) DO UPDATE SET number = excluded.number, owner = excluded.owner WHERE thing.owner IS NULL
RETURNING number, ':owner' AS quoted, (SELECT COUNT(*) FROM thing t WHERE t.name = :name) AS count

-- set: key (name text) with owner text, more bigint

-- name: keep
INSERT INTO thing (name, number, owner) VALUES (:name, :more, :owner) ON CONFLICT (name) DO NOTHING RETURNING number

-- set: key (name text) with owner text, more bigint
"""
)


THINGS = sql.query("things", "SELECT name, number, owner FROM thing ORDER BY name")


async def opened(path):
    """Return an embedded store with the things t0 to t9."""
    store = await SqliteStore.open(path)
    await install(store)

    async def fill(tx):
        await tx.many(PUT, [{"name": f"t{n}", "number": n} for n in range(10)])

    await store.run(fill, write=True)
    return store


@pytest.fixture
async def twins(tmp_path):
    """Two stores with the same things."""
    stores = [await opened(tmp_path / name) for name in ("a.db", "b.db")]
    yield stores
    for store in stores:
        await store.close()


def elements(*names):
    """Return elements with values that JSON has to quote."""
    owners = ["\U0001f600", 'a"b\\', "\u2028"]
    return [{"name": name, "owner": owners[n % 3], "more": 2**40 + n} for n, name in enumerate(names)]


def plain(rows):
    """Return rows without the columns that only the statement for many elements returns."""
    return [row and {name: row[name] for name in row.keys() if name != "name"} for row in rows]  # noqa: SIM118 -- a row


@pytest.mark.parametrize("query", [QUERIES.claim, QUERIES.keep], ids=lambda query: query.name)
async def test_each_element_gets_what_it_would_get_alone(twins, query):
    """Elements that succeed, in any order, and others that do not; then some of them again."""

    async def together(tx):
        return plain(await each(tx, query, wanted)), list(map(tuple, await tx.all(THINGS)))

    async def one_by_one(tx):
        rows = [await tx.one(query, **element) for element in wanted]
        return plain(rows), list(map(tuple, await tx.all(THINGS)))

    for names in (["t3", "none", "t1"], ["t9", "t3", "another"], []):
        wanted = elements(*names)
        found = await twins[0].run(together, write=True)
        assert found == await twins[1].run(one_by_one, write=True)
        assert any(found[0]) == bool(names)


def test_a_statement_for_many_follows_from_one_that_selects():
    """Not from one of values, nor from one that JSON cannot carry the values of."""
    assert embedded_form(QUERIES.claim) is not None
    assert embedded_form(QUERIES.keep) is None
    assert embedded_form(SERIAL_KEYS.serial_key_use) is not None
    assert embedded_form(REPLIES.idempotency_claim) is None
