"""`python -m bench.curves`: what the curves of a campaign and of a batch cost, and what counting costs a use.

Codes of one batch are used at times that are spread over 90 days, by statements, in the shape that `Use` gives them:
with `--database`, the URL of an empty PostgreSQL database, there, and without in an embedded one in a temporary folder.
Reads are timed in the store: transaction, statement and rows.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from statistics import median

from redeemd.serialkey import batch_curves, tallies
from redeemd.serialkey.batches import IssueJob
from redeemd.store import migrate
from redeemd.store.base import Store, Tx
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore

DAYS = 90
STEP = 50_000
READS = 21
_SPAN_MS = DAYS * 24 * 3600 * 1000
_BEGIN_MS = 1_800_000_000_000
_JOB = query(
    "bench_job",
    "INSERT INTO issue_job (namespace_id, campaign_number, first_sequence, count, name, key_id, status, created_at, "
    "updated_at, revision) VALUES (1, 1, 0, :count, 'b', 'k', 1, 1, 1, 1)",
)
_USE = query(
    "bench_use",
    "WITH RECURSIVE n (i) AS (SELECT 0 + :first/*postgres ::bigint*/ UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :end) "
    "INSERT INTO serial_key "
    "(namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at, revision) "
    "SELECT 1, 1, i, 2, 'player-' || (i % 10000), :begin + i * 7919 % :span/*postgres ::bigint*/, 1, 1 FROM n",
)
_PENDING = query("bench_pending", "INSERT INTO batch_curve_pending VALUES (1, 1, 0, 0)")
_FORGET = query("bench_forget", "DELETE FROM batch_curve")
_WITHOUT = query("bench_without", "DROP TRIGGER batch_curve_inserted")


async def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--uses", type=int, default=5_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store: SqliteStore | PostgresStore
        if arguments.database:
            store = await PostgresStore.open(arguments.database, connections=4)
        else:
            store = await SqliteStore.open(Path(folder) / "bench.db", readers=1)
        await migrate.apply(store, now=1)
        await _measure(store, arguments.uses, embedded=not arguments.database)
        await store.close()


async def _measure(store: Store, uses: int, *, embedded: bool) -> None:
    job = IssueJob("b", "c", 1, 0, uses + 2 * STEP, "k", None, 1, 1)
    await store.run(lambda tx: tx.run(_JOB, count=job.count), write=True)
    for first in range(0, uses, STEP):
        await _use(store, first, min(STEP, uses - first))
    while await store.run(tallies.fold, write=True):
        pass
    for unit, quarters in (("15 minutes", 1), ("hour", 4), ("day", 96)):
        every = partial(tallies.curve, namespace_id=1, campaign_number=1, first=0, end=2**40, limit=1001)
        of_campaign = partial(every, quarters=quarters)
        of_batch = partial(
            batch_curves.curve, namespace_id=1, job=job, first=0, end=2**40, limit=1001, quarters=quarters
        )
        await _show(f"campaign by {unit}", store, of_campaign)
        await _show(f"batch by {unit}", store, of_batch)
    await store.run(lambda tx: tx.run(_FORGET), write=True)
    await store.run(lambda tx: tx.run(_PENDING), write=True)
    await _show("batch by day, not counted yet", store, of_batch, reads=3)
    began, steps = time.perf_counter(), 0
    while await store.run(batch_curves.count_some, write=True):
        steps += 1
    took = time.perf_counter() - began
    print(f"counting {uses:,} uses: {took:.1f} s in {steps:,} steps of {took / steps * 1000:.2f} ms")
    await _show("batch by day, counted", store, of_batch)
    if embedded:
        with_curves = await _use(store, uses, STEP)
        await store.run(lambda tx: tx.run(_WITHOUT), write=True)
        without = await _use(store, uses + STEP, STEP)
        print(f"a use: {with_curves / STEP * 1e6:.2f} us, {without / STEP * 1e6:.2f} us without the curve of its batch")


async def _use(store: Store, first: int, count: int) -> float:
    """Use codes; return the processor time, in seconds."""
    began = time.process_time()
    parameters = {"first": first, "end": first + count, "begin": _BEGIN_MS, "span": _SPAN_MS}
    await store.run(lambda tx: tx.run(_USE, **parameters), write=True)
    return time.process_time() - began


async def _show(
    what: str, store: Store, body: Callable[[Tx], Awaitable[list[tallies.CurvePoint]]], *, reads: int = READS
) -> None:
    times, points = [], 0
    for _ in range(reads):
        began = time.perf_counter()
        found = await store.run(body, write=False)
        times.append((time.perf_counter() - began) * 1000)
        points = len(found)
    print(f"{what}: {points:,} points, median {median(times):.2f} ms, at most {max(times):.2f} ms")


if __name__ == "__main__":
    asyncio.run(main())
