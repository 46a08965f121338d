"""What is special to the embedded store: group commit, and how it fails."""

import asyncio
import contextlib
import sqlite3
import threading

import aiosqlite
import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from redeemd.store.base import NotCommitted, OutcomeUnknown, Unavailable
from redeemd.store.sql import query
from redeemd.store.sqlite import BATCH_MAX, SqliteStore, SuspendedBody
from store.conformance import GET, PUT, PUT_DATA, install, names, put
from support.service import read_refusal, refused

WAIT_SECONDS = 20
FLOOD = query(
    "flood",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    "INSERT INTO thing (name, number) SELECT 'flood-' || i, i FROM n",
)


class Heard:
    """What a store told its observers."""

    def __init__(self):
        self.sizes = []
        self.health = []
        self.healthy = asyncio.Event()

    def batch(self, size, _seconds):
        """Note the size of a batch."""
        self.sizes.append(size)

    def store_health(self, healthy):
        """Note a change of health."""
        self.health.append(healthy)
        if healthy:
            self.healthy.set()


@pytest.fixture
def heard():
    """What the store tells."""
    return Heard()


@pytest.fixture
async def store(tmp_path, heard):
    """A store with the tables of the conformance suite."""
    store = await SqliteStore.open(tmp_path / "test.db", readers=2, observe=heard.batch)
    store.on_health(heard.store_health)
    try:
        await install(store)
        heard.sizes.clear()
        yield store
    finally:
        for lane in (store._writer, *store._readers):  # each, even if one is broken: its thread would outlive the test
            with contextlib.suppress(Exception):
                await lane.close()
            if lane.connection is not None:
                await lane.connection.close()


async def settle(*runs):
    """Run at once, hence in one batch; answer results and exceptions."""
    return await asyncio.gather(*runs, return_exceptions=True)


async def on_writer(store, method, *arguments):
    """Call a method of the writing connection on its thread."""
    connection = store._writer.connection
    return await connection._execute(getattr(connection._conn, method), *arguments)


async def pragma(store, text, lane=None):
    """Answer the value of a pragma of the writing connection, or of another."""
    lane = store._writer if lane is None else lane
    ((value,),) = await lane.connection.execute_fetchall(f"PRAGMA {text}")
    return value


async def until(condition):
    """Wait for something that tells nobody when it happens."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110 -- the queue of the writer has no event to wait for
            await asyncio.sleep(0.002)


async def deny_commit(store):
    """Make the next COMMIT fail; a reopened connection knows nothing of it."""

    def authorize(action, what, *_):
        denied = action == sqlite3.SQLITE_TRANSACTION and what == "COMMIT"
        return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK

    await on_writer(store, "set_authorizer", authorize)


def put_pair(store, name):
    """Write two rows in one body."""

    async def body(tx):
        await tx.run(PUT, name=f"{name}-1", number=1)
        await tx.run(PUT, name=f"{name}-2", number=2)

    return store.run(body, write=True)


@contextlib.asynccontextmanager
async def blocked_writer(store):
    """Hold the writing thread inside a body for as long as the block lasts."""
    entered, release = threading.Event(), threading.Event()

    async def body(_tx):
        entered.set()
        release.wait(WAIT_SECONDS)

    blocker = asyncio.create_task(store.run(body, write=True))
    try:
        assert await asyncio.to_thread(entered.wait, WAIT_SECONDS)
        yield
    finally:
        release.set()
        await blocker


@contextlib.contextmanager
def no_way_to_reopen(store):
    """Let the file be impossible to open for as long as the block lasts."""
    connect, lasts = store._writer._connect, True

    async def failing():
        if lasts:
            raise sqlite3.OperationalError("unable to open database file")
        return await connect()

    store._writer._connect = failing
    try:
        yield
    finally:
        lasts = False


class Flood:
    """A body that writes a million rows, and the means to interrupt it from another thread in the middle of it."""

    def __init__(self, store):
        self._connection = store._writer.connection._conn
        self._running, self._interrupted = threading.Event(), threading.Event()

    def _progress(self):
        self._running.set()
        self._interrupted.wait(WAIT_SECONDS)
        return 0

    async def body(self, tx):
        """Write, until interrupted."""
        self._connection.set_progress_handler(self._progress, 10_000)
        try:
            await tx.run(FLOOD)
        finally:
            self._connection.set_progress_handler(None, 0)

    def interrupt(self):
        """Wait until the statement runs, and interrupt it."""
        assert self._running.wait(WAIT_SECONDS)
        self._connection.interrupt()
        self._interrupted.set()


async def test_bodies_that_wait_share_one_commit(store, heard):
    """50 bodies at once are one batch."""
    await settle(*(put(store, f"thing-{n}") for n in range(50)))
    assert heard.sizes == [50]
    assert len(await names(store)) == 50


async def test_a_batch_is_bounded(store, heard):
    """What exceeds the greatest batch is the next one."""
    await settle(*(put(store, f"thing-{n}") for n in range(BATCH_MAX + 10)))
    assert heard.sizes == [BATCH_MAX, 10]


async def test_a_failing_body_does_not_hurt_its_batch(store, heard):
    """A duplicate among three that share a commit is refused alone."""
    outcomes = await settle(put_pair(store, "a"), put(store, "b", "a-2"), put_pair(store, "c"))
    assert heard.sizes == [3]
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert outcomes[0] is outcomes[2] is None
    assert await names(store) == ["a-1", "a-2", "c-1", "c-2"]


async def test_nobody_is_answered_before_the_commit_returned(store):
    """When COMMIT begins, and the loop had time for whatever was handed to it, no caller has an answer."""
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
    """All of it, refusals too, answer OutcomeUnknown; unhealthy, reopened, healthy; no body is half done."""
    await deny_commit(store)
    outcomes = await settle(put_pair(store, "a"), put(store, "b", "a-2"), put_pair(store, "c"))
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 3
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
    assert {type(outcome) for outcome in outcomes[:BATCH_MAX]} == {OutcomeUnknown}
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


async def test_closing_while_reopening_answers_everybody(store):
    """A store that is closed between a failed COMMIT and its new connection leaves nobody waiting."""
    await deny_commit(store)
    closing = []
    store.on_health(lambda _: closing.append(asyncio.create_task(store.close())))
    async with asyncio.timeout(5):
        outcomes = await settle(*(put(store, f"thing-{n:03}") for n in range(BATCH_MAX + 5)))
        await asyncio.gather(*closing)
    assert {type(outcome) for outcome in outcomes} <= {OutcomeUnknown, Unavailable}


async def test_a_full_database_refuses_and_lives(store, heard):
    """What does not fit is NotCommitted, nothing half done; with more room everything works on the same connection."""
    limit = await pragma(store, "max_page_count")
    await pragma(store, f"max_page_count = {await pragma(store, 'page_count') + 2}")

    async def large(tx):
        for n in range(10):
            await tx.run(PUT_DATA, name=f"large-{n}", number=n, data=bytes(20_000))

    before, refusal, after = await settle(put(store, "before"), store.run(large, write=True), put(store, "after"))
    assert isinstance(refusal, NotCommitted)
    assert after is None
    assert await names(store) == (["after", "before"] if before is None else ["after"])
    await pragma(store, f"max_page_count = {limit}")
    await store.run(large, write=True)
    assert len([name for name in await names(store) if name.startswith("large")]) == 10
    assert heard.health == []


async def test_an_interrupted_batch_is_told_apart(store, heard):
    """Bodies that had run answer NotCommitted, those not begun are queued again and succeed."""
    flood = Flood(store)
    before, flooding, after, _ = await settle(
        put_pair(store, "before"),
        store.run(flood.body, write=True),
        put_pair(store, "after"),
        asyncio.to_thread(flood.interrupt),
    )
    assert isinstance(before, NotCommitted)
    assert isinstance(flooding, NotCommitted)
    assert after is None
    assert heard.sizes == [2, 1]
    assert await names(store) == ["after-1", "after-2"]


async def test_a_caller_who_leaves_during_the_batch_but_before_its_body_is_skipped(store, heard):
    """The last moment to leave is the begin of one's own body, not that of the batch."""
    entered, release, began = threading.Event(), threading.Event(), []

    async def holder(_tx):
        entered.set()
        release.wait(WAIT_SECONDS)

    async def late(_tx):
        began.append(True)

    held, leaving = (asyncio.create_task(store.run(body, write=True)) for body in (holder, late))
    try:
        assert await asyncio.to_thread(entered.wait, WAIT_SECONDS)
        leaving.cancel()
    finally:
        release.set()
    outcomes = await settle(held, leaving)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert not began
    assert heard.sizes == [2]


async def test_a_body_that_suspends_is_closed(store):
    """It may await its Tx only: SuspendedBody, rolled back, its finally has run; its neighbours are unharmed."""
    closed = []

    async def body(tx):
        try:
            await tx.run(PUT, name="half", number=1)
            await asyncio.sleep(0)
        finally:
            closed.append(True)

    for write in (True, False):
        outcomes = await settle(put(store, f"neighbour-{write}"), store.run(body if write else _nap, write=write))
        assert outcomes[0] is None
        assert isinstance(outcomes[1], SuspendedBody)
    assert closed  # once for each time it was run
    assert await names(store) == ["neighbour-False", "neighbour-True"]


async def _nap(_tx):
    await asyncio.sleep(0)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
@pytest.mark.parametrize("write", [True, False])
async def test_no_exception_of_a_body_kills_its_lane(store, kind, write):
    """Whatever a body raises comes out at its caller, and the next body is served."""

    async def body(_tx):
        raise kind

    for _ in range(3):  # every connection is hit
        with pytest.raises(kind):
            await store.run(body, write=write)
    await put(store, "next")
    assert await names(store) == ["next"]


async def test_a_function_that_raises_stop_iteration_does_not_kill_the_writer(store):
    """A body need not be declared async; StopIteration, which no future can carry, comes out as another exception."""
    nothing = iter(())

    def body(tx):
        return tx.one(GET, name=next(nothing))

    async with asyncio.timeout(5):
        (outcome,) = await settle(store.run(body, write=True))
        await put(store, "next")
    assert isinstance(outcome, Exception)


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
        thread.join(1)  # a thread that was told to stop may need a moment
    assert set(threading.enumerate()) - before == set()


async def health(service):
    """Answer what the health service says of the whole server."""
    answer = await health_pb2_grpc.HealthStub(service.channel).Check(health_pb2.HealthCheckRequest())
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


async def refusals_of_uses(world, codes, users):
    """Let each user use each code, all at once; answer winners by code, and the refusals."""
    calls = {(code, user): world.as_player("Use", user, code=code) for code in codes for user in users}
    outcomes = dict(zip(calls, await settle(*calls.values()), strict=True))
    won = {calling: outcome for calling, outcome in outcomes.items() if not isinstance(outcome, Exception)}
    return [code for code, _ in won], [read_refusal(e) for e in outcomes.values() if isinstance(e, Exception)]


async def assert_one_owner_each_and_working(world, codes, won):
    """Codes that were won are USED, and every other one is used or can be: nothing is half done."""
    assert len(set(won)) == len(won)
    keys = {code: (await world.call("GetSerialKey", code=code)).item for code in codes}
    assert all(keys[code].status == 2 for code in won)
    for code, key in keys.items():
        assert (key.status == 2) == bool(key.used_user_id) == bool(key.used_at)
        if key.status == 1:
            await world.as_player("Use", "late", code=code)
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "later", code=code)


async def test_use_during_a_failed_commit_is_in_doubt_and_the_service_recovers(own_service):
    """OUTCOME_UNKNOWN without advice to repeat; NOT_SERVING until the file is open again; no code has two owners."""
    world = await own_service.world()
    codes, users = await world.codes(20), ["alice", "bob"]
    for user in users:
        await own_service.token(user)
    assert await health(own_service) == "SERVING"
    await deny_commit(own_service.store)
    with no_way_to_reopen(own_service.store):
        won, refusals = await refusals_of_uses(world, codes, users)
        assert {refusal.code for refusal in refusals} == {grpc.StatusCode.UNAVAILABLE}
        assert "OUTCOME_UNKNOWN" in {refusal.reason for refusal in refusals}
        assert not any(refusal.retry for refusal in refusals if refusal.reason == "OUTCOME_UNKNOWN")
        assert won == []
        assert await health(own_service) == "NOT_SERVING"
        with refused("STORE_UNAVAILABLE") as refusal:
            await world.as_player("Use", "alice", code=codes[0])
        assert refusal.retry
    watch = health_pb2_grpc.HealthStub(own_service.channel).Watch(health_pb2.HealthCheckRequest())
    async with asyncio.timeout(WAIT_SECONDS):
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                break
    watch.cancel()
    await assert_one_owner_each_and_working(world, codes, won)


async def test_use_in_an_interrupted_batch_is_not_committed_and_may_be_repeated(own_service):
    """NOT_COMMITTED with RetryInfo, and the code is as it was; the use behind the interrupted body succeeds."""
    world = await own_service.world()
    store = own_service.store
    await install(store)
    ahead, behind = await world.codes(2)
    await own_service.token("alice")
    flood = Flood(store)
    async with blocked_writer(store):
        first = asyncio.ensure_future(world.as_player("Use", "alice", code=ahead))
        await until(lambda: store.waiting == 1)
        flooding = asyncio.create_task(store.run(flood.body, write=True))
        await until(lambda: store.waiting == 2)
        last = asyncio.ensure_future(world.as_player("Use", "alice", code=behind))
        await until(lambda: store.waiting == 3)
    _, flooded = await settle(asyncio.to_thread(flood.interrupt), flooding)
    assert isinstance(flooded, NotCommitted)
    with refused("NOT_COMMITTED") as refusal:
        await first
    assert refusal.code == grpc.StatusCode.UNAVAILABLE
    assert refusal.retry
    assert (await last).item.used_user_id == "alice"
    assert (await world.call("GetSerialKey", code=ahead)).item.status == 1
    assert await health(own_service) == "SERVING"
    await assert_one_owner_each_and_working(world, [ahead, behind], [behind])


async def test_calls_on_a_full_database_are_not_committed_and_may_be_repeated(own_service):
    """NOT_COMMITTED with RetryInfo until there is room; every answered use is there, and the server never stops."""
    world = await own_service.world()
    store = own_service.store
    codes = await world.codes(1000)
    await own_service.token("alice")
    limit = await pragma(store, "max_page_count")
    await pragma(store, f"max_page_count = {await pragma(store, 'page_count')}")
    won, refusals = await refusals_of_uses(world, codes, ["alice"])
    assert {(refusal.reason, refusal.code) for refusal in refusals} == {("NOT_COMMITTED", grpc.StatusCode.UNAVAILABLE)}
    assert all(refusal.retry for refusal in refusals)
    assert await health(own_service) == "SERVING"
    await pragma(store, f"max_page_count = {limit}")
    lost = [code for code in codes if code not in won]
    won_later, refusals = await refusals_of_uses(world, lost, ["alice"])
    assert won_later == lost
    assert refusals == []
    await assert_one_owner_each_and_working(world, codes[:20], [code for code in won if code in codes[:20]])
