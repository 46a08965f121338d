"""The resources of a server at a moment: memory, threads, open files, processor time, and its database."""

import contextlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server

# What has to stay for ever, by the promise of redeemd: who used a code, and what was issued. See DESIGN, section 5.
STAYS = ("serial_key", "issue_job", "campaign")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment. Sizes in bytes, latencies in ms; `pages` is what tables and indexes take of the database file."""

    seconds: float
    rss: int
    threads: int
    files: int
    cpu_seconds: float
    calls: int
    median: float
    p99: float
    database: int
    wal: int
    rows: dict[str, int]
    pages: dict[str, int]

    @property
    def passing_bytes(self) -> int:
        """The bytes of the tables that must stay small."""
        return sum(size for table, size in self.pages.items() if table not in STAYS)

    @property
    def staying_bytes(self) -> int:
        """The bytes of the tables that grow by design."""
        return sum(size for table, size in self.pages.items() if table in STAYS)

    @property
    def passing_rows(self) -> int:
        """The number of rows that expire."""
        return sum(count for table, count in self.rows.items() if table not in STAYS)


def look(server: Server, began: float, calls: int, took: tuple[float, float]) -> Sample:
    """Take a sample. The database is read as `redeemd backup` reads it: by a reader that cannot write."""
    path = server.data / "redeemd.db"
    wal = path.with_name("redeemd.db-wal")
    rows, pages = _tables(path)
    status = _status(server.pid)
    return Sample(
        seconds=time.monotonic() - began,
        rss=status["VmRSS"] * 1024,
        threads=status["Threads"],
        files=len(list(Path(f"/proc/{server.pid}/fd").iterdir())),
        cpu_seconds=server.cpu_seconds(),
        calls=calls,
        median=took[0],
        p99=took[1],
        database=path.stat().st_size,
        wal=wal.stat().st_size if wal.exists() else 0,
        rows=rows,
        pages=pages,
    )


def _status(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    parts = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    return {name: int(parts[name][0]) for name in ("VmRSS", "Threads")}


def _tables(path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return rows and bytes by table; the bytes of its indexes are the table's."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        names = database.execute("SELECT name, tbl_name, type FROM sqlite_master WHERE type IN ('table', 'index')")
        owners = {name: table for name, table, _ in names}
        tables = [name for name in owners if owners[name] == name and not name.startswith("sqlite_")]
        rows = {name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in tables}
        pages = dict.fromkeys(tables, 0)
        for name, size in database.execute("SELECT name, SUM(pgsize) FROM dbstat WHERE aggregate = TRUE GROUP BY name"):
            if owners.get(name) in pages:
                pages[owners[name]] += size
    return rows, pages
