"""PostgreSQL as it runs in production: fsync on, on the core of the servers, its processor time counted.

Tests run theirs without fsync. Each server that is measured has a cluster of its own, so that the time is its own, too.
"""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import machine

sys.path.append(str(machine.ROOT / "tests"))  # where `support` is

if TYPE_CHECKING:
    from support.postgres import Postgres

_SETTINGS = (
    "fsync=on",
    "full_page_writes=on",
    "synchronous_commit=on",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "min_wal_size=1GB",
    "max_connections=100",
)
_WRITTEN = """
SELECT pg_current_wal_lsn() - '0/0'::pg_lsn,
       (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal' AND context = 'normal')
"""


@dataclass(frozen=True, slots=True)
class Written:
    """The writes of a cluster so far: bytes to its files, bytes of WAL, and fsyncs of that."""

    file_bytes: int
    wal_bytes: int
    fsyncs: int


@dataclass(frozen=True, slots=True)
class Database:
    """A running cluster."""

    server: "Postgres"
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes, of those that have ended, too."""
        return machine.family_cpu_seconds(self.pid)

    def written(self) -> Written:
        """Return what it has written."""
        wal_bytes, fsyncs = self.server.sql(_WRITTEN).split("|")
        return Written(machine.family_written_bytes(self.pid), int(wal_bytes), int(fsyncs or 0))

    def create(self, name: str) -> str:
        """Create an empty database; return its URL."""
        return self.server.create(name)

    def create_for_redeemd(self, data: Path) -> list[str]:
        """Create a database with redeemd's schema and an admin key, whose files go to a folder.

        Returns the flags of a server on it.
        """
        from support import postgres  # noqa: PLC0415 -- not needed where this is not measured

        data.mkdir(parents=True, exist_ok=True)
        url = self.create("redeemd")
        asyncio.run(postgres.migrated(url))
        asyncio.run(postgres.make_keys(data, url))
        return ["--database", url, "--master-key-file", str(data / "master.key")]


@contextmanager
def running(folder: Path) -> Iterator[Database]:
    """Run a new cluster on the core of the servers. Its data is in the folder, which is removed at the end."""
    from support.postgres import Postgres  # noqa: PLC0415 -- likewise

    folder.mkdir(parents=True)
    server = Postgres(folder, settings=_SETTINGS)
    server.make()
    try:
        with machine.on_core(machine.SERVER_CORE):
            server.start()
        process = (server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        yield Database(server, int(process))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
