"""Do players notice that a large namespace of somebody else is deleted?

A namespace has used codes, whose rows are written into the stopped database. It is deleted while players of another
namespace use codes. Each caller begins a call as soon as its last one ended.
"""

import asyncio
import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1.serialkey_service_pb2_grpc import SerialKeyServiceStub

from bench import servers
from bench.admin_client import AdminClient, use_request
from bench.compare import Progress
from bench.servers import Server

CALLERS = (1, 16)
DELETED = "deleted"

_FILL = """
WITH RECURSIVE used (sequence) AS (SELECT 0 UNION ALL SELECT sequence + 1 FROM used WHERE sequence + 1 < :rows)
INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision)
SELECT n.namespace_id, 1, u.sequence, 2, printf('player-%07d', u.sequence * 7919 % :rows / 2), n.created_at,
       n.created_at, 1
  FROM used u, namespace n WHERE n.name = :name
"""
# The rows go in the order of their key: the first one that is left tells how many are gone.
_GONE = (
    "SELECT COALESCE(MIN(k.sequence), :rows) FROM serial_key k "
    "WHERE k.namespace_id = (SELECT d.namespace_id FROM deleted_namespace d)"
)
_BEGIN_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Waits:
    """How long calls took, in milliseconds."""

    calls: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Purge:
    """One measurement. `rows_per_second` were purged while the calls of `during` were made."""

    rows: int
    callers: int
    before: Waits
    during: Waits
    rows_per_second: float


def run(folder: Path, *, sizes: tuple[int, ...], seconds: float, progress: Progress) -> list[Purge]:
    """Measure for each number of rows, and for each number of callers."""
    found = []
    for rows in sizes:
        for callers in CALLERS:
            progress(f"purging {rows:,} rows beside {callers} callers")
            found.append(_measure(folder / f"{rows}-{callers}", rows, callers, seconds))
    return found


def table(purges: Sequence[Purge]) -> tuple[str, Sequence[str], Sequence[Sequence[str]], str]:
    """Return the title, the columns, the rows and the note of the table in the report."""
    rows = [
        (
            f"{each.rows:,}",
            str(each.callers),
            *(f"{waits.p50_ms:.1f} / {waits.p99_ms:.1f} / {waits.max_ms:.0f}" for waits in (each.before, each.during)),
            f"{each.rows_per_second:,.0f}",
        )
        for each in purges
    ]
    note = "Use in another namespace, each caller one call at a time; p50 / p99 / most in ms."
    return "Purge of a namespace", ("rows", "callers", "before", "meanwhile", "rows purged/s"), rows, note


def _measure(data: Path, rows: int, callers: int, seconds: float) -> Purge:
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        administrator.prepare()
        administrator.call("CreateNamespace", pb.CreateNamespaceRequest(name=DELETED))
    connection = sqlite3.connect(data / "redeemd.db")
    with connection:
        connection.execute(_FILL, {"rows": rows, "name": DELETED})
    connection.close()
    with servers.running(servers.redeemd(data), data) as server, AdminClient(server) as administrator:
        codes = iter(administrator.new_codes(round(seconds * 4_000)))
        tokens = administrator.login_players()
        before = asyncio.run(_use(server, codes, tokens, callers, seconds))
        administrator.call("DeleteNamespace", pb.DeleteNamespaceRequest(namespace_name=DELETED))
        _wait_until_it_begins(data, rows)
        began, gone = time.monotonic(), _gone(data, rows)
        during = asyncio.run(_use(server, codes, tokens, callers, seconds))
        purged = _gone(data, rows) - gone
        return Purge(rows, callers, before, during, purged / (time.monotonic() - began))


def _wait_until_it_begins(data: Path, rows: int) -> None:
    until = time.monotonic() + _BEGIN_SECONDS_MAX
    while not _gone(data, rows) and time.monotonic() < until:
        time.sleep(0.05)


def _gone(data: Path, rows: int) -> int:
    connection = sqlite3.connect(f"file:{data / 'redeemd.db'}?mode=ro", uri=True)
    try:
        (gone,) = connection.execute(_GONE, {"rows": rows}).fetchone()
    finally:
        connection.close()
    number: int = gone
    return number


async def _use(server: Server, codes: Iterator[str], tokens: list[str], callers: int, seconds: float) -> Waits:
    """Use codes, each caller one after the other, for some time."""
    waits: list[float] = []
    until = time.monotonic() + seconds
    async with grpc.aio.insecure_channel(server.address) as channel:
        stub = SerialKeyServiceStub(channel)  # type: ignore[no-untyped-call]  # generated

        async def caller(token: str) -> None:
            for code in codes:
                began = time.monotonic()
                if began >= until:
                    return
                await stub.Use(use_request(code, token))
                waits.append((time.monotonic() - began) * 1000)

        await asyncio.gather(*(caller(tokens[number]) for number in range(callers)))
    waits.sort()
    return Waits(len(waits), statistics.median(waits), waits[len(waits) * 99 // 100], waits[-1])
