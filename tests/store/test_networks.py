"""Networks that fail without a word, servers that cannot be written to, and what is said when a store is opened."""

import asyncio
import socket

import asyncpg
import pytest
from redeemd.store import migrate
from redeemd.store.base import CommitUnknown, Listener, Saturated, Unavailable
from redeemd.store.postgres.opening import by_host
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from store.conformance import PUT, install, names, put
from support import postgres as pg
from support.patience import WAIT_SECONDS
from support.way import Way

IMPATIENT = Times(host=0.5, free=1.0, answer=1.0, pause_max=0.2)


@pytest.fixture
async def way(postgres):
    """A way to the server that all tests share, which can be lost."""
    async with Way.to(postgres.port) as way:
        yield way


def through(way, url):
    """Return the URL of a database by a way to its server."""
    return url.replace(url.rpartition(":")[2].partition("/")[0], str(way.port))


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
    """It takes connections and says nothing; the second one is used, and asked first from then on."""
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
    times = Times(host=0.2, free=0.2, answer=WAIT_SECONDS, pause_max=0.2)
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
    """Under load one session after the other is ended: what was answered is there, what was refused is not."""
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


async def refusal_of(url):
    """Return the line with which opening a database is refused."""
    with pytest.raises(Unavailable) as caught:
        await PostgresStore.open(url, times=IMPATIENT)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_standby_is_refused_in_a_line(pair):
    """Which says what it is."""
    assert "is a standby" in await refusal_of(pair.standby.url())


async def test_hosts_of_which_none_can_be_written_to_are_refused_in_a_line(pair):
    """As when nobody was promoted yet."""
    url = f"postgresql://redeemd@127.0.0.1:{pair.standby.port},127.0.0.1:{pair.standby.port}/postgres"
    line = await refusal_of(f"{url}?target_session_attrs=read-write")
    assert "target_session_attrs" in line
    assert "<" not in line


async def test_another_encoding_is_refused_in_a_line(postgres):
    """Names of players could not be kept."""
    postgres.sql("CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        assert "LATIN1" in await refusal_of(postgres.url("latin"))
    finally:
        postgres.drop("latin")


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        ("connect_timeout=3", "connect_timeout"),
        ("keepalives_idle=10", "keepalives_idle"),
        ("search_path=nowhere", "search_path"),
        ("target_session_attrs=nonsense", "target_session_attrs"),
        ("default_transaction_read_only=on", "read-only"),
    ],
)
async def test_a_parameter_of_the_url_that_does_not_do_is_refused_in_a_line(postgres_url, parameter, says):
    """Which names it, and quotes nothing of Python's."""
    line = await refusal_of(f"{postgres_url}?{parameter}")
    assert says in line
    assert "<" not in line


async def test_a_role_without_a_right_is_refused_in_a_line_and_one_with_all_needs_no_more(postgres, postgres_url):
    """It may read and write rows, and make nothing."""
    await pg.migrated(postgres_url)
    name = pg.database_of(postgres_url)
    role = "reader_of_rows"
    postgres.sql(f"CREATE ROLE {role} LOGIN", database=name)
    postgres.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}", database=name)
    store = await PostgresStore.open(postgres_url.replace("redeemd@", f"{role}@"), times=IMPATIENT)
    try:
        await migrate.check(store)
        await store.require_rights(migrate.tables())
        postgres.sql(f"REVOKE DELETE ON serial_key FROM {role}", database=name)
        with pytest.raises(Unavailable, match=r"DELETE.*serial_key"):
            await store.require_rights(migrate.tables())
        with pytest.raises(Unavailable, match="permission denied"):
            await migrate.apply(store, now=1)
    finally:
        await store.close()
        postgres.sql(f"DROP OWNED BY {role}", f"DROP ROLE {role}", database=name)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://u:p@a,b:2/n?x=1", ["postgresql://u:p@a/n?x=1", "postgresql://u:p@b:2/n?x=1"]),
        ("postgresql://u@[::1]:5,c/n", ["postgresql://u@[::1]:5/n", "postgresql://u@c/n"]),
        ("postgresql://a/n", ["postgresql://a/n"]),
        ("postgresql:///n", ["postgresql:///n"]),
        ("postgresql:///n?host=a,b&port=1,2", ["postgresql:///n?host=a&port=1", "postgresql:///n?host=b&port=2"]),
        ("postgresql:///n?host=a,b&port=1", ["postgresql:///n?host=a&port=1", "postgresql:///n?host=b&port=1"]),
        ("postgresql:///n?host=a,b", ["postgresql:///n?host=a", "postgresql:///n?host=b"]),
    ],
)
def test_a_url_is_taken_apart_by_its_hosts(url, hosts):
    """Each with all else that it says."""
    assert [one.replace("postgresql:/n", "postgresql:///n") for one in by_host(url)] == hosts
