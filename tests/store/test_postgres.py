"""Behaviour specific to PostgreSQL: conflicts, lost connections, a restart, a primary that turns read-only."""

import asyncio
import signal

import pytest
from redeemd.store import migrate
from redeemd.store.base import CommitFailed, CommitUnknown, Listener, Unavailable, WriteConflict
from redeemd.store.postgres import store as postgres
from redeemd.store.postgres.session import Session
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from redeemd.store.sql import query
from store.conformance import ADD, COUNT_UP, GET, PUT, get, install, names, put
from support.patience import PATIENT, WAIT_SECONDS
from support.postgres import postgres as postgres_server
from support.store_faults import until

SLEEP = query("sleep", "SELECT 1 AS slept FROM pg_sleep(:seconds)")
ME = query("me", "SELECT pg_backend_pid() AS pid")
END = query("end", "SELECT pg_terminate_backend(CAST(:pid AS INTEGER)) AS ended")


@pytest.fixture
def store(postgres_store):
    """A store on PostgreSQL."""
    return postgres_store


@pytest.fixture
def own_postgres():
    """A server of the test's own, which it may stop."""
    with postgres_server() as server:
        yield server


async def until_healthy(heard):
    """Wait until the store says that the database is there again."""
    await until(lambda: heard and heard[-1])


def crosswise(first, second, met):
    """Return a body that adds to one thing and then to the other, once both bodies have the first."""

    async def body(tx):
        await tx.run(query("one", f"UPDATE thing SET number = number + 1 WHERE name = '{first}'"))
        if not met.broken:
            await met.wait()
        await tx.run(query("two", f"UPDATE thing SET number = number + 1 WHERE name = '{second}'"))

    return body


class Meeting:
    """A barrier that lets everybody through once two have met, and later ones at once."""

    def __init__(self):
        self.broken = False
        self._barrier = asyncio.Barrier(2)

    async def wait(self):
        """Wait for the other."""
        await self._barrier.wait()
        self.broken = True


async def test_of_two_that_wait_for_each_other_both_are_done(store):
    """The database ends one of them (40P01); its body runs again, from the beginning."""
    await put(store, "a", "b")
    met = Meeting()
    await asyncio.gather(
        store.run(crosswise("a", "b", met), write=True), store.run(crosswise("b", "a", met), write=True)
    )
    assert [(await get(store, name))["number"] for name in "ab"] == [2, 2]


async def test_a_run_that_always_conflicts_is_refused(store, monkeypatch):
    """After some tries the run is refused with WriteConflict, and nothing of it is there."""
    monkeypatch.setattr(postgres, "PAUSE_SECONDS_MAX", 0.001)
    tries = []
    serialization_failure = query("fail", "DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$")

    async def body(tx):
        tries.append(1)
        await tx.run(PUT, name="half", number=1)
        await tx.run(serialization_failure)

    with pytest.raises(WriteConflict):
        await store.run(body, write=True)
    assert len(tries) == postgres.BODY_TRIES_MAX
    assert await names(store) == []


async def test_nobody_tries_again_for_a_caller_who_left(store, monkeypatch):
    """A body whose caller is gone, its deadline over, runs once at most."""
    monkeypatch.setattr(postgres, "PAUSE_SECONDS_MAX", 0.001)
    tries, begun = [], asyncio.Event()
    serialization_failure = query("fail", "DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$")

    async def body(tx):
        tries.append(1)
        begun.set()
        await tx.one(SLEEP, seconds=0.1)
        await tx.run(serialization_failure)

    task = asyncio.create_task(store.run(body, write=True))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()  # waits for what runs
    assert len(tries) == 1


async def test_a_lock_is_held_to_the_end_of_the_transaction(store):
    """Reading and then writing under a lock loses no update: 50 of 50 are counted."""
    await put(store, "counter")

    async def body(tx):
        await tx.lock("counter", "other", "counter")
        row = await tx.one(GET, name="counter")
        await tx.run(query("set", "UPDATE thing SET number = :number WHERE name = 'counter'"), number=row["number"] + 1)

    await asyncio.gather(*(store.run(body, write=True) for _ in range(50)))
    assert (await get(store, "counter"))["number"] == 50


async def test_a_connection_that_is_lost_in_a_transaction_changed_nothing(store):
    """The run is refused with Unavailable, what it wrote is not there, and the next run is served."""

    async def body(tx):
        await tx.run(PUT, name="half", number=1)
        pid = (await tx.one(ME))["pid"]
        await store.run(lambda other: other.one(END, pid=pid), write=False)
        await tx.run(PUT, name="more", number=1)

    with pytest.raises(Unavailable):
        await store.run(body, write=True)
    assert await names(store) == []


async def test_a_connection_that_is_lost_in_the_commit_leaves_the_outcome_unknown(store, monkeypatch):
    """The outcome is unknown, and the run is not repeated."""
    runs = []

    async def body(tx):
        runs.append(1)
        await tx.run(PUT, name="perhaps", number=1)
        execute = tx._connection.execute

        async def lost(text, *arguments):
            if text == "COMMIT":
                await execute(text)
                raise ConnectionResetError("lost")
            return await execute(text, *arguments)

        monkeypatch.setattr(Session, "execute", lambda _self, *arguments: lost(*arguments))

    with pytest.raises(CommitUnknown):
        await store.run(body, write=True)
    monkeypatch.undo()
    assert (len(runs), await names(store)) == (1, ["perhaps"])


async def test_the_outcome_of_a_single_statement_is_unknown_when_its_response_is_lost(store):
    """It may have been committed."""

    async def body(tx):
        pid = (await tx.one(ME))["pid"]
        await store.run(lambda other: other.one(END, pid=pid), write=False)
        return await tx.one(COUNT_UP, name="counter", limit=20)

    await put(store, "counter")
    with pytest.raises(CommitUnknown):
        await store.run(body, write=True, autocommit=True)


async def test_a_body_that_passes_over_a_failed_statement_is_not_taken_for_committed(store):
    """The database rolls such a transaction back; saying it was committed would be a lie."""
    await put(store, "there")

    async def body(tx):
        await tx.run(PUT, name="half", number=1)
        await asyncio.gather(tx.run(PUT, name="there", number=1), return_exceptions=True)

    with pytest.raises(CommitFailed):
        await store.run(body, write=True)
    assert await names(store) == ["there"]


async def test_a_statement_that_takes_too_long_is_ended(postgres_url):
    """The database itself ends it, so nothing of it is there, and the locks it held are free."""
    store = await PostgresStore.open(postgres_url, connections=2, times=Times(statement=2.0))
    try:
        await install(store)

        async def body(tx):
            await tx.run(PUT, name="half", number=1)
            await tx.one(SLEEP, seconds=30)

        with pytest.raises(CommitFailed):
            await store.run(body, write=True)
        assert await names(store) == []
    finally:
        await store.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
async def test_a_restart_of_the_database_is_survived(own_postgres, how):
    """While it is away runs are refused with Unavailable; once it is back they are served, and the store says both."""
    heard = []
    store = await PostgresStore.open(
        own_postgres.create("survives"), connections=4, listener=Listener(health=heard.append), times=PATIENT
    )
    try:
        await install(store)
        await put(store, "before")
        await asyncio.to_thread(own_postgres.stop, how)
        outcomes = await asyncio.gather(*(put(store, f"away-{n}") for n in range(8)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}
        await asyncio.to_thread(own_postgres.start)
        await until_healthy(heard)
        assert heard == [False, True]
        await put(store, "after")
        assert await names(store) == ["after", "before"]
    finally:
        await store.close()


async def test_a_primary_that_turns_read_only_refuses_writes(own_postgres):
    """Writing runs are refused with Unavailable, with nothing changed, until it can be written to again."""
    heard = []
    store = await PostgresStore.open(
        own_postgres.create("turns"), connections=2, listener=Listener(health=heard.append), times=PATIENT
    )
    try:
        await install(store)
        own_postgres.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        own_postgres.sql("SELECT pg_reload_conf()")
        async with asyncio.timeout(WAIT_SECONDS):
            while True not in heard and False not in heard:
                outcomes = await asyncio.gather(
                    store.run(lambda tx: tx.run(ADD, by=1, least=0), write=True, autocommit=True),
                    return_exceptions=True,
                )
                assert isinstance(outcomes[0], int | Unavailable)
        writable = "SET default_transaction_read_only = off"
        own_postgres.sql(writable, "ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")
        await until_healthy(heard)
        await put(store, "after")
    finally:
        await store.close()


async def test_a_missing_database_is_reported_in_one_line():
    """Nobody listens, or there is no such database: Unavailable, without the password of the address."""
    with pytest.raises(Unavailable) as caught:
        await PostgresStore.open("postgresql://redeemd:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(caught.value)


async def test_of_replicas_that_migrate_at_once_one_does_it(postgres_url):
    """Each file is applied once; the others wait and find nothing to do."""
    stores = [await PostgresStore.open(postgres_url, connections=1, times=PATIENT) for _ in range(4)]
    try:
        applied = await asyncio.gather(*(migrate.apply(store, now=1) for store in stores))
        versions = sorted(migration.version for files in applied for migration in files)
        assert versions == [migration.version for migration in migrate.load()]
    finally:
        for store in stores:
            await store.close()


async def test_a_malformed_url_is_reported_without_its_password():
    """A password with a slash ends where the port begins, and would be quoted as a bad port."""
    with pytest.raises(Unavailable, match="cannot be parsed") as caught:
        await PostgresStore.open("postgresql://redeemd:secr/et@localhost/redeemd")
    assert "secr" not in str(caught.value)
