"""A PostgreSQL that replicates synchronously: the outcome of a commit without a standby, and a failover."""

import asyncio

import pytest
from redeemd.store.base import CommitUnknown, Saturated, StoreError, Unavailable
from redeemd.store.postgres.connections import most_for_writing
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from store.conformance import PUT, install, names, put
from support.patience import WAIT_SECONDS
from support.store_faults import until

IMPATIENT = Times(response=1.0, pause_max=0.2, free=0.5)
CONNECTIONS = 4
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
async def store(pair, request):
    """A store on a new database, with little patience; while it is used the standby may be stopped."""
    name = f"test-{abs(hash(request.node.name))}"
    pair.primary.create(name)
    store = await PostgresStore.open(pair.url(name), connections=CONNECTIONS, times=IMPATIENT)
    await install(store)
    yield store
    pair.standby.stop()
    pair.standby.start()
    await store.close()


def put_alone(store, name):
    """Write a row by one statement that is a transaction of its own."""
    return store.run(lambda tx: tx.run(PUT, name=name, number=1), write=True, autocommit=True)


async def until_there(store, count):
    """Wait until so many rows can be seen."""
    async with asyncio.timeout(WAIT_SECONDS):
        while len(await names(store)) != count:  # noqa: ASYNC110 -- the database has no event to wait for
            await asyncio.sleep(0.05)


async def refusal_of(call):
    """Return what a call was refused with as unavailable, or None."""
    try:
        await call
    except Unavailable as refusal:
        return refusal
    return None


PUTS = pytest.mark.parametrize("write", [put, put_alone], ids=["transaction", "autocommit"])


@PUTS
async def test_a_commit_that_no_standby_confirms_is_in_doubt_and_shown_to_nobody(pair, store, write):
    """Nothing cancels its wait, which would make it visible; once the standby is back it is there."""
    pair.standby.stop()
    with pytest.raises(CommitUnknown):
        await write(store, "doubtful")
    assert await names(store) == []
    pair.standby.start()
    await until_there(store, 1)
    assert "canceling wait for synchronous replication" not in pair.primary.log


@PUTS
async def test_a_caller_who_leaves_during_the_commit_cancels_nothing(pair, store, write):
    """Its deadline is over, or it hung up: the commit waits on, and is shown to nobody meanwhile."""
    pair.standby.stop()
    call = asyncio.create_task(write(store, "left"))
    await until(lambda: pair.primary.sql(_WAITING) != "0")
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await asyncio.sleep(IMPATIENT.response)  # time in which a request to cancel would have come
    assert await names(store) == []
    assert "canceling wait for synchronous replication" not in pair.primary.log


async def test_abandoned_commits_do_not_pile_up(pair, store):
    """However many come, no more backends wait than there are connections; reading goes on, writes are refused, and all
    is well when the standby is back.
    """
    await put(store, "before")
    pair.standby.stop()
    most, answers = 0, []
    for round_ in range(4):
        answers += await asyncio.gather(*(put(store, f"{round_}-{n}") for n in range(8)), return_exceptions=True)
        most = max(most, int(pair.primary.sql(_WAITING)))
        assert await names(store) == ["before"]
    assert most <= CONNECTIONS
    assert {type(answer) for answer in answers} == {CommitUnknown, Saturated, Unavailable}
    pair.standby.start()
    doubtful = sum(isinstance(answer, CommitUnknown) for answer in answers)
    await until_there(store, 1 + doubtful)
    async with asyncio.timeout(WAIT_SECONDS):
        while await refusal_of(put(store, "after")):  # noqa: ASYNC110 -- as in until_there
            await asyncio.sleep(0.05)
    assert "after" in await names(store)


async def test_reads_go_on_while_commits_wait_for_a_standby(pair):
    """Also before the first of them is in doubt: the commits hold only the connections that are for writing."""
    pair.primary.create("reads-go-on")
    store = await PostgresStore.open(pair.url("reads-go-on"), connections=CONNECTIONS, times=Times(free=0.5))
    try:
        await install(store)
        await put(store, "before")
        pair.standby.stop()
        writes = [asyncio.create_task(put(store, str(number))) for number in range(CONNECTIONS)]
        await until(lambda: int(pair.primary.sql(_WAITING)) >= most_for_writing(CONNECTIONS))
        for _ in range(3):
            assert await names(store) == ["before"]
        pair.standby.start()
        answers = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(answer) for answer in answers} <= {type(None), Saturated}
    finally:
        pair.standby.stop()
        pair.standby.start()
        await store.close()


async def test_a_wait_that_an_operator_cancelled_is_not_taken_for_a_commit(pair, store):
    """PostgreSQL then confirms COMMIT, with a warning: the row is there, and a failover would lose it."""
    pair.standby.stop()
    call = asyncio.create_task(put(store, "cancelled"))
    cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    await until(lambda: call.done() or pair.primary.sql(cancel) != "0")
    with pytest.raises(CommitUnknown, match="warning"):
        await call


async def test_closing_waits_for_no_abandoned_commit(pair, store):
    """A replica ends although its commits never return."""
    pair.standby.stop()
    with pytest.raises(CommitUnknown):
        await put(store, "doubtful")
    async with asyncio.timeout(WAIT_SECONDS):
        await store.close()


async def test_no_acknowledged_write_is_lost_by_failover_and_failback(pair, store):
    """The primary is killed under load, twice: every acknowledged row is there, and the store goes on by itself."""
    answered, over = [], asyncio.Event()

    async def work(worker):
        number = 0
        while not over.is_set():
            number += 1
            try:
                await put(store, f"{worker}-{number}")
            except StoreError:
                await asyncio.sleep(0.02)
            else:
                answered.append(f"{worker}-{number}")

    async with asyncio.TaskGroup() as group:
        for worker in range(3):
            group.create_task(work(worker))
        for _ in range(2):
            before = len(answered)
            await until(lambda before=before: len(answered) > before + 20)
            await asyncio.to_thread(pair.fail_over)
            before = len(answered)
            await until(lambda before=before: len(answered) > before + 20)
            await asyncio.to_thread(pair.follow)
        over.set()
    assert set(answered) <= set(await names(store))
