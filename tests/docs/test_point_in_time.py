"""docs/how-to/point-in-time.md: its commands back up a cluster and restore it to a moment before a mistake."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from typing import NamedTuple

import pytest
from support import postgres as pg
from support.events import told
from support.patience import WAIT_SECONDS
from support.programs import as_nobody, free_port, nobody
from support.service import refused, running
from support.world import World

TARGET = "2026-11-29 13:15:00+00"
# Not run: in the wheel that brings PostgreSQL, this program crashes even for --version.
NOT_RUN = "pg_verifybackup --quiet /backups/base\n"


@pytest.fixture
def cluster(postgres):  # noqa: ARG001 -- skips where there is none
    """A cluster of its own, whose disk is lost, with a folder for backups and restored ones beside it."""
    with pg.postgres() as server:
        for name in ("backups", "srv"):
            (server.folder / name).mkdir()
            if os.geteuid() == 0:
                os.chown(server.folder / name, *nobody())
        yield server


class Reader:
    """Runs the page's commands as the user of PostgreSQL, with other folders and another address."""

    def __init__(self, cluster):
        self.cluster = cluster

    def written(self, commands):
        """Return commands for this cluster."""
        for name in ("backups", "srv"):
            commands = commands.replace(f"/{name}/", f"{self.cluster.folder}/{name}/")
        commands = commands.replace("dbname=redeemd", "dbname=postgres")
        commands = commands.replace("host=db.example", f"host=127.0.0.1 port={self.cluster.port}")
        assert "example" not in commands
        return commands

    def start(self, commands):
        """Start commands; return the process."""
        path = os.pathsep.join((str(self.cluster.binaries), os.environ["PATH"]))
        return subprocess.Popen(
            [*as_nobody(), "/bin/sh", "-ec", self.written(commands)], env=os.environ | {"PATH": path},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.cluster.folder,
        )  # fmt: skip

    async def run(self, commands):
        """Run commands to their end; return what they print."""
        process = self.start(commands)
        said, _ = await asyncio.to_thread(process.communicate, timeout=WAIT_SECONDS)
        assert process.returncode == 0, said
        return said

    @contextlib.contextmanager
    def running(self, commands):
        """Run commands that do not end."""
        process = self.start(commands)
        try:
            yield
        finally:
            process.kill()
            process.communicate()


async def until(condition):
    """Wait until a function returns true."""
    async with asyncio.timeout(WAIT_SECONDS):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 -- what another process does
            await asyncio.sleep(0.05)


class Mistake(NamedTuple):
    """A moment just before a mistake, and the codes and events before and after it."""

    world_name: str
    moment: str  # as PostgreSQL writes it
    before: str
    after: str
    unused: str
    known: list
    late: list


async def make_mistake(service, cluster, back_up):
    """Use a code before a base backup and another one after a moment; return that moment."""
    world = await service.world()
    before, after, unused = await world.codes(3)
    await back_up()
    await world.as_player("Use", "alice", code=before)
    moment = cluster.sql("SELECT clock_timestamp()")
    known = await told(service, 2)
    await world.as_player("Use", "alice", code=after)
    return Mistake(world.name, moment, before, after, unused, known, await told(service, 3))


async def lose_disk(cluster):
    """Stop a cluster and delete its data, after all its WAL was received."""
    written = cluster.sql("SELECT pg_current_wal_flush_lsn()")
    received = f"SELECT flush_lsn >= '{written}' FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
    await until(lambda: cluster.sql(received) == "t")
    cluster.stop(signal.SIGQUIT)
    shutil.rmtree(cluster.data)


def to_restore(commands, port, moment):
    """Return the page's commands for a port, up to a moment, or with None to the last commit."""
    assert commands.count(TARGET) == 1
    # The primary of the tests has its settings in its command, and not in the files of the backup.
    local = f"port = {port}\nmax_connections = 300\nunix_socket_directories = ''\nrestore_command"
    commands = commands.replace("restore_command", local).replace("--wait start", "--wait start >/dev/null")
    if moment is None:
        return re.sub(r"^recovery_target_time.*\n", "", commands, flags=re.MULTILINE)
    return commands.replace(TARGET, moment)


@pytest.mark.parametrize("everything", [False, True])
async def test_a_cluster_is_restored_as_written(page, tmp_path, cluster, everything):
    """To a moment: what was used before it is used, what was used after it can be used; cursors are good or expired.

    Without a moment, to the last commit.
    """
    receive, watch, base, restore = page("how-to/point-in-time.md").blocks("sh")
    assert base.endswith(NOT_RUN)
    reader = Reader(cluster)
    url = cluster.create("redeemd")
    await pg.migrated(url)
    await pg.make_keys(tmp_path, url)
    settings = {"database": url, "master_key_file": tmp_path / "master.key"}
    with reader.running(receive):
        await until(lambda: "t" in cluster.sql("SELECT active FROM pg_replication_slots"))
        async with running(tmp_path, **settings) as service:
            mistake = await make_mistake(service, cluster, lambda: reader.run(base.removesuffix(NOT_RUN)))
        assert "redeemd   | t      | reserved" in await reader.run(watch)
        await lose_disk(cluster)
    port = free_port()
    await reader.run(to_restore(restore, port, None if everything else mistake.moment))
    try:
        settings["database"] = url.replace(f":{cluster.port}/", f":{port}/")
        await until(lambda: cluster.sql("SELECT pg_is_in_recovery()", url=settings["database"]) == "f")
        async with running(tmp_path, **settings) as service:
            await (check_last_commit if everything else check_moment)(service, mistake)
    finally:
        await reader.run("pg_ctl --pgdata /srv/restored --mode immediate --wait stop")


async def check_last_commit(service, mistake):
    """Check that nothing is lost, and that the last cursor is good."""
    await check(World(service, mistake.world_name), used=[mistake.before, mistake.after], unused=[mistake.unused])
    assert len(await told(service, 1, cursor=mistake.late[-1].cursor)) == 1


async def check_moment(service, mistake):
    """Check that only the use before the moment is there, and that cursors of later events are expired."""
    await check(World(service, mistake.world_name), used=[mistake.before], unused=[mistake.unused, mistake.after])
    with refused("CURSOR_EXPIRED"):
        await told(service, 0, cursor=mistake.late[-1].cursor)
    assert len(await told(service, 2, cursor=mistake.known[-1].cursor)) == 2


async def check(world, *, used=(), unused=()):
    """Check that used codes are refused, and that unused ones can be used."""
    for code in used:
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=code)
    for code in unused:
        assert (await world.as_player("Use", "bob", code=code)).item.used_user_id == "bob"
