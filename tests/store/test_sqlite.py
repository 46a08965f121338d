"""Behaviour specific to the embedded store: group commit, and how it fails."""

import asyncio
import sqlite3
import threading

import aiosqlite
import pytest
from redeemd.store.base import CommitFailed, CommitUnknown, Unavailable
from redeemd.store.sql import query
from redeemd.store.sqlite.store import BATCH_MAX, SqliteStore
from store.conformance import PUT, PUT_DATA, names, put
from support.patience import WAIT_SECONDS
from support.store_faults import (
    Flood,
    deny_commit,
    full_disk_at_commit,
    no_way_to_reopen,
    pragma,
    settle,
    until,
)

CREATE = query("create", "CREATE TABLE another_thing (number INTEGER)")


def put_pair(store, name):
    """Write two rows in one body."""

    async def body(tx):
        await tx.run(PUT, name=f"{name}-1", number=1)
        await tx.run(PUT, name=f"{name}-2", number=2)

    return store.run(body, write=True)


async def test_bodies_that_wait_share_one_commit(store, heard):
    """50 bodies at once are one batch."""
    await settle(*(put(store, f"thing-{n}") for n in range(50)))
    assert heard.sizes == [50]
    assert len(await names(store)) == 50


async def test_a_batch_is_bounded(store, heard):
    """Bodies beyond the limit form the next batch."""
    await settle(*(put(store, f"thing-{n}") for n in range(BATCH_MAX + 10)))
    assert heard.sizes == [BATCH_MAX, 10]


async def test_a_failing_body_does_not_hurt_its_batch(store, heard):
    """A duplicate among three that share a commit is refused alone."""
    outcomes = await settle(put_pair(store, "a"), put(store, "b", "a-2"), put_pair(store, "c"))
    assert heard.sizes == [3]
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert outcomes[0] is outcomes[2] is None
    assert await names(store) == ["a-1", "a-2", "c-1", "c-2"]


async def test_no_caller_gets_a_result_before_the_commit_returned(store):
    """When COMMIT begins, and the loop had time for whatever was handed to it, no caller has a result."""
    loop = asyncio.get_running_loop()
    answered = []

    class Watched:
        """The connection, watched at COMMIT."""

        def __init__(self, connection, units):
            self.connection, self.units = connection, units

        def __getattr__(self, name):
            return getattr(self.connection, name)

        def execute(self, text, *parameters):
            if text == "COMMIT":
                asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), loop).result()
                answered.append([unit.future.done() for unit in self.units])
            return self.connection.execute(text, *parameters)

    batch = store._writer._batch
    store._writer._batch = lambda connection, units: batch(Watched(connection, units), units)
    await settle(put_pair(store, "a"), put(store, "a-1"), put_pair(store, "c"))
    assert answered == [[False] * 3]


async def test_a_failed_commit_leaves_its_whole_batch_in_doubt(store, heard):
    """All of it, refusals too, raises CommitUnknown; unhealthy, reopened, healthy; no body is half done."""
    await deny_commit(store)
    outcomes = await settle(put_pair(store, "a"), put(store, "b", "a-2"), put_pair(store, "c"))
    assert [type(outcome) for outcome in outcomes] == [CommitUnknown] * 3
    await heard.healthy.wait()
    assert heard.health == [False, True]
    await put_pair(store, "d")
    found = await names(store)
    assert all((f"{name}-1" in found) == (f"{name}-2" in found) for name in "ac")
    assert {"d-1", "d-2"} <= set(found)


async def test_those_behind_a_failed_commit_are_served_by_the_new_connection(store):
    """Bodies that were queued but not in the failed batch succeed."""
    await deny_commit(store)
    outcomes = await settle(*(put(store, f"thing-{n:03}") for n in range(BATCH_MAX + 5)))
    assert {type(outcome) for outcome in outcomes[:BATCH_MAX]} == {CommitUnknown}
    assert outcomes[BATCH_MAX:] == [None] * 5


async def test_while_it_cannot_be_reopened_the_store_is_unavailable(store, heard):
    """Those who wait and those who come are refused; once the file can be opened again, all is well."""
    await deny_commit(store)
    with no_way_to_reopen(store):
        outcomes = await settle(*(put(store, f"thing-{n:03}") for n in range(BATCH_MAX + 1)))
        assert isinstance(outcomes[-1], Unavailable)
        with pytest.raises(Unavailable):
            await put(store, "too early")
        assert heard.health == [False]
    await heard.healthy.wait()
    await put(store, "in time")
    assert await names(store) == ["in time"]


async def test_closing_while_reopening_leaves_no_caller_waiting(store, heard):
    """A store that is closed between a failed COMMIT and its new connection leaves nobody waiting."""
    await deny_commit(store)
    closing = []
    heard.on_loss = lambda: closing.append(asyncio.create_task(store.close()))
    async with asyncio.timeout(WAIT_SECONDS):
        outcomes = await settle(*(put(store, f"thing-{n:03}") for n in range(BATCH_MAX + 5)))
        await asyncio.gather(*closing)
    assert {type(outcome) for outcome in outcomes} <= {CommitUnknown, Unavailable}


async def test_a_full_database_refuses_and_lives(store, heard):
    """A transaction that does not fit ends with CommitFailed and changes nothing; with more room, writes succeed."""
    limit = await pragma(store, "max_page_count")
    await pragma(store, f"max_page_count = {await pragma(store, 'page_count') + 2}")

    async def large(tx):
        for n in range(10):
            await tx.run(PUT_DATA, name=f"large-{n}", number=n, data=bytes(20_000))

    before, refusal, after = await settle(put(store, "before"), store.run(large, write=True), put(store, "after"))
    assert isinstance(refusal, CommitFailed)
    assert after is None
    assert await names(store) == (["after", "before"] if before is None else ["after"])
    await pragma(store, f"max_page_count = {limit}")
    await store.run(large, write=True)
    assert len([name for name in await names(store) if name.startswith("large")]) == 10
    assert heard.health == []


async def test_a_disk_that_is_full_at_the_commit_commits_nothing_and_says_so(store, heard):
    """CommitFailed for the whole batch, on the same connection, and health is not concerned; then there is room."""
    connection = store._writer.connection
    with full_disk_at_commit(store):
        for _ in range(3):
            outcomes = await settle(put_pair(store, "a"), put_pair(store, "b"))
            assert [type(outcome) for outcome in outcomes] == [CommitFailed] * 2
    assert await names(store) == []
    await put_pair(store, "c")
    assert await names(store) == ["c-1", "c-2"]
    assert (heard.health, store._writer.connection) == ([], connection)


async def test_a_database_that_opens_and_cannot_be_written_is_not_back(store, heard):
    """After a failed COMMIT the writer reports that it is well only when it could commit something again."""
    connect, opened, readonly = store._writer._connect, [], True

    async def connect_readonly():
        connection = await connect()
        if readonly:
            await connection.execute_fetchall("PRAGMA query_only = ON")
        opened.append(connection)
        return connection

    store._writer._connect = connect_readonly
    await deny_commit(store)
    await settle(put(store, "doubtful"))
    await until(lambda: len(opened) > 1)
    assert heard.health == [False]
    readonly = False
    await heard.healthy.wait()
    await put(store, "in time")
    assert heard.health == [False, True]


async def test_an_interrupted_batch_distinguishes_its_bodies(store, heard):
    """Bodies that had run raise CommitFailed, those not begun are queued again and succeed."""
    flood = Flood(store)
    before, flooding, after, _ = await settle(
        put_pair(store, "before"),
        store.run(flood.body, write=True),
        put_pair(store, "after"),
        asyncio.to_thread(flood.interrupt),
    )
    assert isinstance(before, CommitFailed)
    assert isinstance(flooding, CommitFailed)
    assert after is None
    assert heard.sizes == [2, 1]
    assert await names(store) == ["after-1", "after-2"]


async def test_a_closed_database_is_one_file(tmp_path):
    """What was written is in the file itself: its WAL is gone, although all connections were closed together."""
    for number in range(100):
        path = tmp_path / f"{number}.db"
        store = await SqliteStore.open(path)
        await store.run(lambda tx: tx.run(CREATE), write=True)
        await store.close()
        assert list(tmp_path.glob(f"{number}.db*")) == [path]


async def test_durability_and_read_only_are_as_promised(store):
    """WAL, a synced WAL at every commit, and readers that cannot write."""
    assert await pragma(store, "journal_mode") == "wal"
    assert await pragma(store, "synchronous") == 2
    assert await pragma(store, "query_only") == 0
    for reader in store._readers:
        assert await pragma(store, "journal_mode", reader) == "wal"
        assert await pragma(store, "query_only", reader) == 1


async def test_aiosqlite_runs_functions_on_its_thread(store):
    """`_execute` is not public: this is what the store needs of the pinned version."""
    assert aiosqlite.__version__ == "0.22.1"
    connection = store._writer.connection
    assert await connection._execute(threading.current_thread) is connection._thread


async def test_a_file_that_is_no_database_is_unavailable_and_leaves_no_thread(tmp_path):
    """Opening it is refused; a thread left behind would keep the process from ending."""
    path = tmp_path / "test.db"
    path.write_bytes(b"this is not a database, but it is long enough to be read as a header of one" * 20)
    before = set(threading.enumerate())
    with pytest.raises(Unavailable, match=r"test\.db"):
        await SqliteStore.open(path)
    for thread in set(threading.enumerate()) - before:
        thread.join(1)  # a thread that was stopped may need a moment
    assert set(threading.enumerate()) - before == set()
