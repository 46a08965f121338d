"""Networks that fail without a word, servers that cannot be written to, and what is said when a store is opened."""

import asyncio
import socket

import asyncpg
import pytest
from redeemd.store.base import CommitUnknown, Listener, Saturated, Unavailable
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from store.conformance import PUT, PUT_DATA, install, names, put
from support import postgres as pg
from support.patience import WAIT_SECONDS
from support.way import Way, through

IMPATIENT = Times(host=0.5, free=1.0, response=1.0, pause_max=0.2)


@pytest.fixture
async def way(postgres):
    """A way to the server that all tests share, which can be lost."""
    async with Way.to(postgres.port) as way:
        yield way


async def until_written(store, name):
    """Write a row, again and again until it was written; return what refused it before."""
    refused = []
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            try:
                await put(store, name)
            except (Unavailable, CommitUnknown) as refusal:
                refused.append(refusal)
                await asyncio.sleep(0.02)
            else:
                return refused


async def test_a_first_host_that_is_silent_is_passed_over(way, postgres_url, postgres):
    """It takes connections and says nothing; the second one is used, and tried first from then on."""
    way.fall_silent()
    user, _, rest = postgres_url.rpartition("@")
    url = f"{user}@127.0.0.1:{way.port},127.0.0.1:{postgres.port}/{rest.partition('/')[2]}"
    store = await PostgresStore.open(url, connections=2, times=IMPATIENT)
    try:
        await install(store)
        await asyncio.gather(*(put(store, str(n)) for n in range(4)))
        assert way.opened == 1
    finally:
        await store.close()


async def test_a_machine_that_vanishes_is_left_for_the_next_host(pair):
    """Its standby is promoted: the calls under way are in doubt, the others go on there."""
    pair.primary.create("vanishes")
    async with Way.to(pair.primary.port) as first, Way.to(pair.standby.port) as second:
        url = pair.url("vanishes", ports=(first.port, second.port))
        store = await PostgresStore.open(url, connections=4, times=IMPATIENT)
        try:
            await install(store)
            await put(store, "before")
            first.fall_silent()
            await asyncio.to_thread(pair.fail_over)
            await until_written(store, "after")
            assert {"before", "after"} <= set(await names(store))
        finally:
            await store.close()
            await asyncio.to_thread(pair.follow)


async def test_of_forgotten_connections_one_call_meets_the_first(way, postgres_url):
    """A firewall forgot all of them: once one was silent, all are replaced, and no other call waits for its own."""
    store = await PostgresStore.open(through(way, postgres_url), connections=8, times=IMPATIENT)
    try:
        await install(store)
        everybody = asyncio.Barrier(8)
        await asyncio.gather(*(store.run(lambda _tx: everybody.wait(), write=False) for _ in range(8)))
        assert way.opened == 8
        way.forget()
        assert len(await until_written(store, "after")) == 1
        assert await names(store) == ["after"]
    finally:
        await store.close()


async def test_a_full_pool_whose_database_is_silent_is_unavailable(way, postgres_url):
    """All connections wait for a response, and a new one gets none either: the store says so before they time out."""
    times = Times(host=0.2, free=0.2, response=WAIT_SECONDS, pause_max=0.2)
    heard, reading = [], []
    store = await PostgresStore.open(
        through(way, postgres_url), connections=2, times=times, listener=Listener(health=heard.append)
    )
    try:
        await install(store)
        everybody = asyncio.Barrier(2)
        await asyncio.gather(*(store.run(lambda _tx: everybody.wait(), write=False) for _ in range(2)))
        way.fall_silent()
        reading = [asyncio.create_task(names(store)) for _ in range(2)]
        refusal = Saturated()
        async with asyncio.timeout(WAIT_SECONDS):
            while isinstance(refusal, Saturated):
                (refusal,) = await asyncio.gather(names(store), return_exceptions=True)
        assert (type(refusal), heard) == (Unavailable, [False])
    finally:
        way.cut()
        await asyncio.gather(*reading, return_exceptions=True)
        await store.close()


async def test_a_network_that_blocks_under_many_rows_is_unavailable(way, postgres_url):
    """They are more than all buffers hold: the call is refused in time, and the store goes on."""
    rows = [{"name": str(number), "number": number, "data": bytes(50_000)} for number in range(1000)]
    store = await PostgresStore.open(through(way, postgres_url), connections=1, times=IMPATIENT)
    try:
        await install(store)

        async def body(tx):
            way.block()
            await tx.many(PUT_DATA, rows)

        async with asyncio.timeout(WAIT_SECONDS):
            (refusal,) = await asyncio.gather(store.run(body, write=True), return_exceptions=True)
        assert type(refusal) is Unavailable
        way.cut()
        way.unblock()
        assert await names(store) == []
    finally:
        await store.close()


async def test_sockets_find_out_that_the_other_end_is_gone(postgres_url):
    """The kernel probes an idle connection, and gives up what is not acknowledged."""
    opened = []

    async def noted(*arguments, **options):
        opened.append(await asyncpg.connect(*arguments, **options))
        return opened[-1]

    times = Times(unacknowledged=12.0, idle_before_probes=40.0)
    store = await PostgresStore.open(postgres_url, times=times, connect=noted)
    sock = opened[0]._transport.get_extra_info("socket")
    tcp = socket.IPPROTO_TCP
    try:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(tcp, socket.TCP_KEEPIDLE) == 40
        assert sock.getsockopt(tcp, socket.TCP_USER_TIMEOUT) == 12_000
    finally:
        await store.close()


@pytest.mark.parametrize("autocommit", [True, False])
async def test_a_primary_that_turns_read_only_takes_no_write_of_any_kind(postgres, postgres_url, autocommit):
    """Unavailable and nothing written, with a transaction and without; afterwards it goes on."""
    name = pg.database_of(postgres_url)
    store = await PostgresStore.open(postgres_url, connections=2, times=IMPATIENT)

    def write(row):
        return store.run(lambda tx: tx.run(PUT, name=row, number=1), write=True, autocommit=autocommit)

    try:
        await install(store)
        postgres.sql(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        postgres.end_sessions(name)
        await asyncio.gather(write("lost"), return_exceptions=True)
        with pytest.raises(Unavailable):
            await write("read-only")
        postgres.sql(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        await until_written(store, "after")
        assert await names(store) == ["after"]
    finally:
        await store.close()


async def test_an_address_that_leads_to_a_standby_is_unavailable_until_it_is_promoted(pair):
    """Keyed writes and others alike; nothing is a defect."""
    pair.primary.create("moves")
    async with Way.to(pair.primary.port) as way:
        url = f"postgresql://redeemd@127.0.0.1:{way.port}/moves"
        store = await PostgresStore.open(url, connections=2, times=IMPATIENT)
        try:
            await install(store)
            await put(store, "before")
            way.target = pair.standby.port
            way.cut()
            refusals = await asyncio.gather(*(put(store, f"standby-{n}") for n in range(6)), return_exceptions=True)
            assert {type(refusal) for refusal in refusals} <= {Unavailable, CommitUnknown}
            with pytest.raises(Unavailable):
                await put(store, "standby")
            await asyncio.to_thread(pair.fail_over)
            await until_written(store, "after")
            assert await names(store) == ["after", "before"]
        finally:
            await store.close()
            await asyncio.to_thread(pair.follow)


async def test_a_hundred_ended_sessions_lose_nothing_and_do_nothing_twice(postgres, postgres_url):
    """Under load one session after the other is ended: what was acknowledged is there, what was refused is not."""
    name = pg.database_of(postgres_url)
    store = await PostgresStore.open(postgres_url, connections=4, times=IMPATIENT)
    answered, refused, over = set(), set(), asyncio.Event()
    end = (
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) one"
    )

    async def work(worker):
        number = 0
        while not over.is_set():
            row, number = f"{worker}-{number}", number + 1
            try:
                await store.run(
                    lambda tx, row=row: tx.run(PUT, name=row, number=1), write=True, autocommit=number % 2 == 0
                )
            except Unavailable:
                refused.add(row)
                await asyncio.sleep(0.01)
            except CommitUnknown:
                continue
            else:
                answered.add(row)

    try:
        await install(store)
        async with asyncio.TaskGroup() as group:
            for worker in range(6):
                group.create_task(work(worker))
            ended = 0
            async with asyncio.timeout(WAIT_SECONDS):
                while ended < 100:
                    ended += int(await asyncio.to_thread(postgres.sql, end, database=name))
            over.set()
        there = set(await names(store))
        assert answered <= there
        assert not refused & there
        assert answered
    finally:
        over.set()
        await store.close()
