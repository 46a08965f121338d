"""How many codes were issued, used and reverted: exact, and without visiting codes.

Triggers of the database count; see redeemd/store/migrations/0018_tallies.sql. Each statement that reads
sees the uses of one moment.
"""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from redeemd.serialkey import batches
from redeemd.serialkey.batches import IMPORTED, IssueJob, JobPosition
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX, SEQUENCE_MAX
from redeemd.serialkey.codec.formatted import ALONE
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx

QUARTER_MS = 15 * 60 * 1000  # the shortest time by which uses are counted
LOCK = "tallies"  # held by those that add to the totals
_NO_BATCH = -1  # instead of the first sequence of a batch, for codes that were issued alone
_AFTER_BATCHES = JobPosition(CAMPAIGN_NUMBER_MAX + 1, ALONE)
_Totals = dict[tuple[int, int], Row]
_DELTAS_MAX = 1000  # that a step adds to the totals


class Counts(NamedTuple):
    """Numbers of codes. `reverted` counts uses."""

    issued: int
    imported: int
    used: int
    reverted: int

    @property
    def remaining(self) -> int:
        """Return the number of codes that are not used."""
        return self.issued + self.imported - self.used


class BatchCounts(NamedTuple):
    """The numbers of a batch. Those of the codes that were issued alone have no name."""

    position: JobPosition
    name: str | None
    counts: Counts


class CurvePoint(NamedTuple):
    """How many codes were used in a part of time, numbered since 1970, and how many of these uses were reverted."""

    part: int
    used: int
    reverted: int


async def of_campaign(tx: Tx, namespace_id: int, campaign_number: int) -> Counts:
    """Return the numbers of the codes that belong to a campaign: those of its batches."""
    row = await tx.one(
        QUERIES.tally_of_campaign,
        namespace_id=namespace_id,
        campaign_number=campaign_number,
        imported=IMPORTED,
        end=ALONE,
    )
    assert row is not None
    return Counts(row["issued"], row["imported"], row["used"], row["reverted"])


async def of_batch(tx: Tx, namespace_id: int, job: IssueJob) -> Counts:
    """Return the numbers of a batch."""
    return _of_job(job, await _totals(tx, namespace_id, [job]))


async def by_batch(
    tx: Tx, namespace_id: int, campaign_number: int, campaign_name: str, *, after: JobPosition, limit: int
) -> list[BatchCounts]:
    """Return the numbers of the batches of a campaign in their order; at last, of the codes that were issued alone."""
    if after == _AFTER_BATCHES:
        return []
    page = await batches.page(tx, namespace_id, campaign_name, after=after, limit=limit)
    totals: _Totals = {}
    for _, jobs in itertools.groupby((job for _, job in page), key=attrgetter("campaign_number")):
        totals |= await _totals(tx, namespace_id, list(jobs))
    found = [BatchCounts(position, job.name, _of_job(job, totals)) for position, job in page]
    if len(found) < limit:
        found += await _alone(tx, namespace_id, campaign_number)
    return found


async def _alone(tx: Tx, namespace_id: int, campaign_number: int) -> list[BatchCounts]:
    rows = await tx.all(
        QUERIES.tally_of_batches,
        namespace_id=namespace_id,
        campaign_number=campaign_number,
        first=_NO_BATCH,
        last=_NO_BATCH,
        start=ALONE,
        end=SEQUENCE_MAX + 1,
    )
    return [
        BatchCounts(_AFTER_BATCHES, None, Counts(row["issued"], 0, row["used"], row["reverted"]))
        for row in rows
        if row["issued"]
    ]


async def _totals(tx: Tx, namespace_id: int, jobs: Sequence[IssueJob]) -> _Totals:
    """Return what was counted for batches that one campaign issued, in the order of issuing."""
    rows = await tx.all(
        QUERIES.tally_of_batches,
        namespace_id=namespace_id,
        campaign_number=jobs[0].campaign_number,
        first=jobs[0].first_sequence,
        last=jobs[-1].first_sequence,
        start=jobs[0].first_sequence,
        end=jobs[-1].first_sequence + jobs[-1].count,
    )
    return {(jobs[0].campaign_number, row["first_sequence"]): row for row in rows}


def _of_job(job: IssueJob, totals: _Totals) -> Counts:
    row = totals.get((job.campaign_number, job.first_sequence))
    used, reverted = (row["used"], row["reverted"]) if row is not None else (0, 0)
    count = used if job.trimmed else job.count
    return Counts(0 if job.imported else count, count if job.imported else 0, used, reverted)


async def curve(
    tx: Tx, namespace_id: int, campaign_number: int, *, quarters: int, first: int, end: int, limit: int
) -> list[CurvePoint]:
    """Return the parts of time, of so many quarters each, in which codes were used, oldest first.

    `first` and `end` bound the quarters that count, which are numbered since 1970. Parts without a use are left out.
    """
    rows = await tx.all(
        QUERIES.redemption_curve,
        namespace_id=namespace_id,
        campaign_number=campaign_number,
        size=quarters,
        first=first,
        end=end,
        rows=quarters * limit,
        limit=limit,
    )
    return points(rows)


def points(rows: Sequence[Row]) -> list[CurvePoint]:
    """Return the points in rows of a query for a curve."""
    return [CurvePoint(row["part"], row["used"], row["reverted"]) for row in rows]


async def fold(tx: Tx) -> bool:
    """Add some deltas to the totals; return whether there may be more. SQLite has none, except after a copy."""
    if await tx.one(QUERIES.tally_delta_any) is None:
        return False
    await tx.lock(LOCK)
    rows = await tx.all(QUERIES.tally_delta_take, limit=_DELTAS_MAX)
    await _add(tx, rows)
    return len(rows) == _DELTAS_MAX


async def fold_batch(tx: Tx, namespace_id: int, job: IssueJob) -> None:
    """Add the deltas of a named batch to the totals. Without its row, they would be those of no batch."""
    await tx.lock(LOCK)
    end = job.first_sequence + job.count
    batch = {"campaign_number": job.campaign_number, "first": job.first_sequence, "end": end}
    await _add(tx, await tx.all(QUERIES.tally_delta_take_of_batch, namespace_id=namespace_id, **batch))


async def _add(tx: Tx, rows: Sequence[Row]) -> None:
    for (namespace_id, campaign_number, first_sequence), sums in _summed(
        rows, "campaign_number", "first_sequence"
    ).items():
        await tx.run(
            QUERIES.batch_tally_add,
            namespace_id=namespace_id,
            campaign_number=campaign_number,
            first_sequence=first_sequence,
            issued=sums[0],
            used=sums[1],
            reverted=sums[2],
        )
    for (namespace_id, campaign_number, quarter), sums in _summed(rows, "used_in", "quarter").items():
        await tx.run(
            QUERIES.redemption_tally_add,
            namespace_id=namespace_id,
            campaign_number=campaign_number,
            quarter=quarter,
            used=sums[1],
            reverted=sums[2],
        )


def _summed(rows: Sequence[Row], campaign: str, column: str) -> dict[tuple[int, int, int], list[int]]:
    """Return the sums of issued, used and reverted by namespace, campaign and a column, without rows that have none."""
    sums: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        if row[column] is not None:
            total = sums[row["namespace_id"], row[campaign], row[column]]
            for place, name in enumerate(("issued", "used", "reverted")):
                total[place] += row[name]
    return sums
