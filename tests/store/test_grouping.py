"""Bodies of different callers that run in one transaction on PostgreSQL: each caller gets its own outcome."""

import asyncio
import functools

import asyncpg
import pytest
from redeemd.store import sql
from redeemd.store.base import CommitUnknown, Listener
from redeemd.store.postgres.coalescing import CoalescingStore
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.store import PostgresStore
from store.conformance import GET, PUT, Refused, install, names
from support.patience import PATIENT, WAIT_SECONDS
from support.store_faults import Heard

QUERIES = sql.parse(
    """
-- name: claim
-- Claims a name. No row: it is claimed.
INSERT INTO thing (name, number) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING RETURNING name

-- set: key (name text) with by bigint
-- undo: DELETE FROM thing t USING element e WHERE t.name = e.name
claimed AS (
  INSERT INTO thing (name, number) SELECT e.name, 0 FROM element e ORDER BY e.ordinal
  ON CONFLICT (name) DO NOTHING RETURNING name
), done AS (SELECT e.ordinal, e.name FROM claimed c JOIN element e ON e.name = c.name)

-- name: add
-- Adds to a thing; 13 is a division by zero.
UPDATE thing SET number = number + 1 / (13 - :by::bigint) + :by::bigint WHERE name = :name RETURNING number

-- set: key (name text) with by bigint
added AS (
  UPDATE thing t SET number = t.number + 1 / (13 - e.by) + e.by FROM element e WHERE t.name = e.name
  RETURNING e.ordinal, t.number
), done AS (SELECT a.ordinal, a.number FROM added a)
"""
)
TOTAL = "total"


@pytest.fixture
def heard():
    """The reports of the store."""
    return Heard()


@pytest.fixture
def faults():
    """The errors of groups that the store reports."""
    return []


@pytest.fixture
async def store(postgres_url, heard, faults):
    """A store with a thing that everybody adds to."""
    listener = Listener(batch=heard.batch, fault=faults.append)
    store = CoalescingStore(
        await PostgresStore.open(postgres_url, connections=4, listener=listener, times=PATIENT), listener
    )
    await install(store)
    await store.run(lambda tx: tx.run(PUT, name=TOTAL, number=0), write=True)
    heard.sizes.clear()
    yield store
    await store.close()


async def transfer(tx, name, *, by=1, fails=None, total=TOTAL):
    """Claim a name once, add to it and to the total; return what the total was, or None if the name was claimed.

    `fails` is "claimed" or "added": it refuses after that.
    """
    if await tx.one(QUERIES.claim, name=name, by=by) is None:
        return None
    if fails == "claimed":
        raise Refused
    await tx.one(QUERIES.add, name=name, by=by)
    if fails == "added":
        raise Refused
    row = await tx.one(QUERIES.add, name=total, by=by)
    return row["number"]


async def transfer_all(store, *transfers):
    """Make transfers at once; return results and exceptions."""
    runs = (store.run(lambda tx, it=it: transfer(tx, **it), write=True, grouped=True) for it in transfers)
    return await asyncio.gather(*runs, return_exceptions=True)


async def number(store, name):
    """Return the number of a thing; None if it does not exist."""
    row = await store.run(lambda tx: tx.one(GET, name=name), write=False)
    return None if row is None else row["number"]


def many(count=10, **fields):
    """Return transfers of different names."""
    return [{"name": f"t{n}", **fields} for n in range(count)]


async def test_bodies_that_wait_together_share_a_transaction(store, heard):
    """Each has its own result, in the order of arrival where they change the same thing."""
    assert await transfer_all(store, *many()) == list(range(1, 11))
    assert heard.sizes == [10]
    assert await names(store) == sorted([TOTAL, *(f"t{n}" for n in range(10))])


async def test_a_body_that_waits_alone_runs_by_itself(store, heard):
    """As without a group."""
    assert await transfer_all(store, {"name": "t"}) == [1]
    assert heard.sizes == [1]


async def test_a_refusal_leaves_nothing_of_its_body_and_all_of_the_others(store, heard):
    """Its changes can be undone, so the group goes on."""
    found = await transfer_all(store, *many(3), {"name": "refused", "fails": "claimed"}, {"name": "t4"})
    assert isinstance(found.pop(3), Refused)
    assert found == [1, 2, 3, 4]
    assert heard.sizes == [5]
    assert "refused" not in await names(store)


async def test_a_refusal_after_a_change_that_cannot_be_undone(store, heard, faults):
    """The group is rolled back, and all run one by one, each once. It is no fault."""
    found = await transfer_all(store, *many(3), {"name": "refused", "fails": "added"})
    assert isinstance(found.pop(), Refused)
    assert sorted(found) == [1, 2, 3]
    assert heard.sizes == [4, 1, 1, 1, 1]
    assert (await number(store, "refused"), await number(store, TOTAL), faults) == (None, 3, [])


async def test_an_error_of_one_statement_fails_its_body_alone(store, faults):
    """The group is rolled back, its error reported, and all run one by one."""
    found = await transfer_all(store, *many(3), {"name": "bad", "by": 13})
    assert isinstance(found.pop(), asyncpg.DivisionByZeroError)
    assert sorted(found) == [1, 2, 3]
    assert (await number(store, "bad"), await number(store, TOTAL)) == (None, 3)
    assert asyncpg.DivisionByZeroError in map(type, faults)


async def test_of_bodies_that_claim_the_same_the_second_sees_the_outcome_of_the_first(store):
    """It runs after the group, whether the first one was refused or not."""
    found = await transfer_all(store, {"name": "a"}, {"name": "a"}, {"name": "b", "fails": "claimed"}, {"name": "b"})
    assert isinstance(found.pop(2), Refused)
    assert found == [1, None, 2]
    assert (await number(store, "a"), await number(store, "b"), await number(store, TOTAL)) == (1, 1, 2)


@pytest.mark.parametrize("failing", range(1, 15))
async def test_a_failure_at_any_statement_of_a_group_changes_nothing_twice(store, monkeypatch, failing):
    """Each statement fails once, the begin and the commit included: only what succeeded is there."""
    count, originals = [0], {name: getattr(Session, name) for name in ("fetch", "execute")}

    def broken(name):
        async def once(session, *arguments):
            count[0] += 1
            if count[0] == failing:
                session.terminate()
            return await originals[name](session, *arguments)

        return once

    for name in originals:
        monkeypatch.setattr(Session, name, broken(name))
    found = await transfer_all(store, *many(3))
    monkeypatch.undo()
    done = [name for name in (f"t{n}" for n in range(3)) if await number(store, name) == 1]
    assert await number(store, TOTAL) == len(done)
    results = [it for it in found if isinstance(it, int)]
    assert results == [1, 2, 3] if results else (len(done) in {0, 3} and len({type(error) for error in found}) == 1)


async def test_a_group_whose_commit_is_lost_is_in_doubt_for_each(store, monkeypatch):
    """The commit takes effect and its response does not arrive: each learns that, and a repeat finds the truth."""
    execute = Session.execute

    async def losing(session, text, *arguments):
        found = await execute(session, text, *arguments)
        if text == "COMMIT":
            session.terminate()
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Session, "execute", losing)
        found = await transfer_all(store, *many(5))
    assert [type(error) for error in found] == [CommitUnknown] * 5
    assert await transfer_all(store, *many(5)) == [None] * 5
    assert await number(store, TOTAL) == 5


async def test_a_body_that_locks_runs_by_itself(store, heard):
    """With all of its locks, which a group does not take."""

    async def locking(tx):
        await tx.one(QUERIES.claim, name="locked", by=1)
        await tx.lock("name")
        return (await tx.one(QUERIES.add, name="locked", by=1))["number"]

    bodies = [locking, *(functools.partial(transfer, **it) for it in many(3))]
    runs = (store.run(body, write=True, grouped=True) for body in bodies)
    assert await asyncio.gather(*runs) == [1, 1, 2, 3]
    assert heard.sizes[0] == 4
    assert await number(store, "locked") == 1


async def test_a_caller_that_leaves_cancels_nobody(store):
    """Before its group begins it is left out."""
    tasks = [asyncio.create_task(transfer_all(store, it)) for it in many(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await number(store, "t1") is None
    assert await number(store, TOTAL) == 2


async def test_a_row_that_someone_else_locks_delays_only_those_who_change_it(store, postgres_url, heard, faults):
    """However often they come: the first of them breaks up a group, and later ones stay out of groups."""
    await store.run(lambda tx: tx.run(PUT, name="locked", number=0), write=True)

    def begin(name, total, queue):
        run = store.run(lambda tx: transfer(tx, name, total=total), write=True, grouped=True, queue=queue)
        return asyncio.ensure_future(run)

    connection = await asyncpg.connect(postgres_url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT FROM thing WHERE name = 'locked' FOR UPDATE")
    delayed = []
    for attempt in ("first", "second"):
        heard.sizes.clear()
        delayed.append(begin(f"{attempt} of the victim", "locked", ["player/victim"]))
        async with asyncio.timeout(WAIT_SECONDS):
            await asyncio.gather(*(begin(f"{attempt} {n}", f"{attempt} {n}", [f"player/{n}"]) for n in range(10)))
    assert not any(run.done() for run in delayed)
    assert heard.sizes == [10]  # the second time, the others shared a transaction
    assert faults == []  # to wait for a lock is none
    await transaction.rollback()
    assert sorted(await asyncio.gather(*delayed)) == [1, 2]
    await connection.close()
