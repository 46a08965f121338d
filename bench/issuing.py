"""Issuing takes a range of numbers, so its cost must not depend on how many; and listing what was issued."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench import machine, servers, statement_counter
from bench.admin_client import ISSUE_MAX, AdminClient
from bench.section import Section

FEW = 100
MANY = ISSUE_MAX


@dataclass(frozen=True, slots=True)
class Issuing:
    """Medians, by number of codes, and what one Issue of MANY does in the database."""

    few_ms: float
    many_ms: float
    few_cpu_us: float
    many_cpu_us: float
    statements: int
    new_rows: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Listing MANY codes, a thousand a page, by one client that waits for each page."""

    codes_per_second: float
    cpu_us_per_code: float


def run(data: Path, *, issues: int, listings: int) -> tuple[Issuing, Listing]:
    """Measure both on one server."""
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        spans: dict[int, list[tuple[float, float]]] = {FEW: [], MANY: []}
        for _ in range(issues):
            for count, measured in spans.items():
                measured.append(_timed(server, partial(administrator.issue, count)))
        job = administrator.issue(MANY)
        with machine.on_core(machine.LOAD_CORE):
            passes = [_timed(server, lambda: _list(administrator, job)) for _ in range(listings)]
    statements, new_rows = _count(data)
    few, many = (_medians(spans[count]) for count in (FEW, MANY))
    listing = _medians(passes)
    return (
        Issuing(few[0] * 1e3, many[0] * 1e3, few[1] * 1e6, many[1] * 1e6, statements, new_rows),
        Listing(MANY / listing[0], listing[1] / MANY * 1e6),
    )


def _timed(server: servers.Server, work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that passed, and those that the server worked."""
    cpu, began = server.cpu_seconds(), time.perf_counter()
    work()
    return time.perf_counter() - began, server.cpu_seconds() - cpu


def _medians(spans: list[tuple[float, float]]) -> tuple[float, float]:
    return median(wall for wall, _ in spans), median(cpu for _, cpu in spans)


def _list(administrator: AdminClient, job: str) -> None:
    listed = sum(len(page) for page in administrator.pages(job))
    assert listed == MANY, f"{listed} codes listed"


def _count(data: Path) -> tuple[int, int]:
    """Issue MANY codes on a server that counts; return the statements of the call and the rows that it added."""
    stderr, database = data / "server.err", data / "redeemd.db"
    command = servers.redeemd(data, "bench.statement_counter")
    with servers.running(command, data) as server, AdminClient(server) as administrator:
        administrator.issue(FEW)  # so that looking up the caller's key is not counted
        statements, rows = _statements(stderr), _rows(database)
        administrator.issue(MANY)
        return _statements(stderr) - statements, _rows(database) - rows


def _statements(stderr: Path) -> int:
    lines = stderr.read_text(encoding="utf-8").splitlines()
    return sum(
        int(line.removeprefix(statement_counter.WORD)) for line in lines if line.startswith(statement_counter.WORD)
    )


def _rows(path: Path) -> int:
    """Return how many rows all tables have together."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return sum(connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for (name,) in names)
    finally:
        connection.close()


def table(issuing: Issuing, listing: Listing) -> Section:
    """Return the table of the report."""
    rows = [
        (f"issue {FEW} codes", f"{issuing.few_ms:.2f} ms", f"{issuing.few_cpu_us:.0f} us"),
        (f"issue {MANY:,} codes", f"{issuing.many_ms:.2f} ms", f"{issuing.many_cpu_us:.0f} us"),
        (
            f"list {MANY:,} codes, 1,000 a page",
            f"{MANY / listing.codes_per_second:.2f} s",
            f"{listing.cpu_us_per_code:.2f} us a code",
        ),
    ]
    note = (
        f"One call at a time, from the Python client; medians. An Issue of {MANY:,} without an idempotency key runs "
        f"{issuing.statements} statements and adds {issuing.new_rows} row, counted over all tables."
    )
    return Section("Issuing and listing", ("what", "time", "CPU of the server"), rows, note)
