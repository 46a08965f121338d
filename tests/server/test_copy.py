"""`copy` of a database to PostgreSQL and back, and what is served from the copy."""

import asyncio
import contextlib
import shutil
import signal
import sqlite3

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.store.copy import copying
from redeemd.store.copy import postgres as postgres_end
from redeemd.store.copy import sqlite as sqlite_end
from redeemd.store.sql import query
from support import forked, writes
from support.console import IMPORT_OF_CONSOLE
from support.copies import BACK, SOURCE, copy, make_database
from support.killing import make_large
from support.limits import Limits, make_limits
from support.patience import WAIT_SECONDS
from support.postgres import database_of
from support.process import serving
from support.service import refused, running
from support.world import World

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
LARGE_BYTES = 60_000_000
SAGA = query(
    "saga",
    "INSERT INTO saga (saga_id, scope, steps, state, attempts, due_at, created_at) "
    "VALUES ('id', randomblob(32), randomblob(99), 1, 0, 1, 1)",
)


def dump(path):
    """Return all rows of all tables, and the numbers that were given, but not what is not copied."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert "sqlite_sequence" in names
        return {
            name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr)
            for name in names
            if name not in copying.NOT_COPIED
        }


@contextlib.asynccontextmanager
async def served(tmp_path, database):
    """Serve a database with the keys of the first server."""
    folder = tmp_path / "again"
    folder.mkdir()
    for name in ("master.key", "admin.key"):
        shutil.copy(tmp_path / "data" / name, folder)
    async with running(folder, database=database, master_key_file=folder / "master.key") as service:
        yield service


async def there(tmp_path, url):
    """Copy to PostgreSQL, and serve that."""
    await copy(SOURCE, url)
    return served(tmp_path, url)


async def there_and_back(tmp_path, url):
    """Copy to PostgreSQL and from there to SQLite, and serve that."""
    await copy(SOURCE, url)
    await copy(url, BACK)
    return served(tmp_path, BACK)


async def test_a_copy_there_and_back_holds_the_same(tmp_path, postgres_url):
    """With a row of every kind that a call can write."""
    async with writes.prepared(tmp_path / "data") as (service, calls):
        for number, call in enumerate(calls[:-1]):  # the last deletes
            await call.make(service, [("idempotency-key", f"{number}")])
        await service.store.run(lambda tx: tx.run(SAGA), write=True)  # which is there only while handlers are called
        await service.store.run(lambda tx: tx.run(IMPORT_OF_CONSOLE, namespace_id=1, sealed=b""), write=True)
    await copy(SOURCE, postgres_url)
    await copy(postgres_url, BACK)
    before = dump(tmp_path / "data" / "redeemd.db")
    assert dump(tmp_path / "back" / "redeemd.db") == before
    of_few_campaigns = {"code_format", "code_use", "folded_campaign", "tally_delta"}
    empty = {name for name, rows in before.items() if not rows}
    under_way = {"imported_state", "batch_curve_pending"}  # rows until an import, or a migration, is complete
    shared = {"replica"}  # where servers share a database
    assert empty <= {"deleted_namespace", "current_master"} | of_few_campaigns | under_way | shared
    assert (tmp_path / "back" / "redeemd.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["redeemd.db", "redeemd.lock"]


@pytest.mark.parametrize("moved", [there, there_and_back])
async def test_a_copy_is_served_as_if_nothing_had_happened(tmp_path, postgres_url, moved):
    """Used codes stay used, others work once, counters go on, a repeated call gets its first response, keys are good,
    and what is recreated is new."""
    issue = {"campaign_model_name": "spring", "issue_request_count": 2}
    headers = [("idempotency-key", "once")]
    async with running(tmp_path / "data") as service:
        world = await service.world()
        codes = await world.codes(2)
        used = await world.as_player("Use", "alice", code=codes[0])
        limits = await make_limits(service)
        await limits.up(count_up_value=3)
        answer = await service.call("Issue", headers, namespace_name=world.name, **issue)
    async with await moved(tmp_path, postgres_url) as service:
        world = World(service, world.name)
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=codes[0])
        assert (await world.call("GetSerialKey", code=codes[0])).item == used.item
        assert (await world.as_player("Use", "bob", code=codes[1])).item.used_user_id == "bob"
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=codes[1])
        assert (await Limits(service, limits.name).up()).count == 4
        assert await service.call("Issue", headers, namespace_name=world.name, **issue) == answer
        for number in range(3):
            await service.call("IssueOnce", [("idempotency-key", f"{number}")], namespace_name=world.name,
                               campaign_model_name="spring")  # fmt: skip
        new = await world.codes(3)
        assert not set(new) & {*codes, *[item.code for item in await world.keys(answer.item)]}
        assert await (await service.world()).codes()


async def test_the_number_of_a_deleted_namespace_is_not_given_again(tmp_path, postgres_url):
    """Not by the copy either, nor by the copy of the copy."""
    async with running(tmp_path / "data") as service:
        kept = await service.world()
        gone = await service.world()
        await gone.call("DeleteNamespace")
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "redeemd.db")) as database:
        database.execute("DELETE FROM deleted_namespace")  # as housekeeping does in the end
        database.commit()
        (last,) = database.execute("SELECT seq FROM sqlite_sequence").fetchone()
    async with await there_and_back(tmp_path, postgres_url) as service:
        await service.world()
    for name, number in (("back", last + 1), ("data", last)):
        assert dump(tmp_path / name / "redeemd.db")["sqlite_sequence"] == [("namespace", number)]
    assert kept.name


async def test_a_copy_contains_every_redemption_acknowledged_before(tmp_path, postgres_url):
    """A server redeems all the while; the copy is of one moment, and says that it is."""
    async with serving(tmp_path / "data") as (_, service):
        world = await service.world()
        codes = await world.codes(900)
        await service.token("alice")
        answered, many, ended = [], asyncio.Event(), asyncio.Event()

        async def use(mine):
            for code in mine:
                if not ended.is_set():
                    await world.as_player("Use", "alice", code=code)
                    answered.append(code)
                    if len(answered) == 50:
                        many.set()

        users = [asyncio.create_task(use(codes[number:-1:3])) for number in range(3)]
        await many.wait()
        before = set(answered)
        assert "after this command started are not included" in await copy(SOURCE, postgres_url)
        ended.set()
        await asyncio.gather(*users)
        assert len(answered) > len(before), "nothing was used meanwhile"
    async with served(tmp_path, postgres_url) as service:
        world = World(service, world.name)
        used = set()
        for code in codes[: len(answered) + 10]:
            item = (await world.call("GetSerialKey", code=code)).item
            if item.status == 2:
                used.add(code)
                assert item.used_user_id == "alice"
        assert before <= used
        assert (await world.as_player("Use", "bob", code=codes[-1])).item.used_user_id == "bob"


async def test_a_server_that_starts_during_a_copy_waits_for_all_of_it(tmp_path, postgres_url):
    """It finds no half of the copy, and no empty database to make its own."""
    (code, *_) = await make_database(tmp_path)

    async def serve():
        async with served(tmp_path, postgres_url) as service:
            listing = await service.serial_keys.DescribeNamespaces(
                pb.DescribeNamespacesRequest(), metadata=service.admin
            )
            return [item.name for item in listing.items]

    async with (
        sqlite_end.source(tmp_path / "data" / "redeemd.db") as source,
        postgres_end.target(postgres_url, now=1) as target,
    ):
        await copying.copy(source, target, watch=lambda *_: None)
        server = asyncio.create_task(serve())
        await asyncio.sleep(1)
        assert not server.done()
    assert len(await server) == 1
    assert code


@pytest.mark.parametrize("target", ["postgresql", "sqlite"])
async def test_a_copy_killed_in_the_middle_leaves_nothing(tmp_path, postgres, postgres_url, target):
    """No table, no file; and the next copy works."""
    await make_database(tmp_path)
    make_large(tmp_path / "data" / "redeemd.db", LARGE_BYTES)
    name = database_of(postgres_url)
    to = postgres_url if target == "postgresql" else BACK
    command = await forked.start("copy", "--from", SOURCE, "--to", to)

    def under_way():
        if target == "sqlite":
            return any(path.stat().st_size > 1_000_000 for path in (tmp_path / "back").glob("*.part"))
        size = postgres.sql(f"SELECT pg_database_size('{name}') > 20000000")
        return size == "t"

    async with asyncio.timeout(WAIT_SECONDS):
        while not under_way():
            assert command.returncode is None, "it ended before it could be killed"
            await asyncio.sleep(0.005)
    command.send_signal(signal.SIGKILL)
    assert await command.wait() == -signal.SIGKILL
    assert not (tmp_path / "back" / "redeemd.db").exists()
    assert postgres.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database=name) == "0"
    await copy(SOURCE, to)


async def test_what_is_said_names_the_master_key_and_every_table(tmp_path, postgres_url):
    """With rows and checksum; the key itself is not shown."""
    await make_database(tmp_path)
    said = await copy(SOURCE, postgres_url)
    assert "the current one (k1)" in said
    for name, rows in dump(tmp_path / "data" / "redeemd.db").items():
        if not name.startswith("sqlite_"):
            (line,) = [line.split() for line in said.splitlines() if line.split()[:1] == [name]]
            assert (line[1], line[3]) == (str(len(rows)), "yes")
            assert len(line[2]) == 32
    secret = (tmp_path / "data" / "master.key").read_text().splitlines()[-1].partition(":")[2]
    assert secret not in said
