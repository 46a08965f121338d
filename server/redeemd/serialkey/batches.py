"""Campaigns and the batches of codes issued for them. Functions that run in a transaction and know no RPCs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX
from redeemd.serialkey.errors import CampaignModelNotFound, IssueJobNotFound, NumbersExhausted
from redeemd.store import locks, sql
from redeemd.store.base import TRIES, Row, Tx

QUERIES = sql.load("redeemd.serialkey")

# Batches take sequences from the lower half, in order; codes issued alone draw theirs from the upper half at random, so
# that they never wait for the campaign's row. 2^39 is half the range of a code's sequence.
BATCH_SEQUENCES_END = 1 << 39
SINGLE_TRIES = 8

# Replaces the key id in imported batches, whose codes are not computed under any key. Key ids contain no asterisk.
IMPORTED = "*imported"


class Availability(IntEnum):
    """Whether something is switched on or off; numbers as in the contract and in queries.sql."""

    ACTIVE = 1
    INACTIVE = 2


@dataclass(frozen=True, slots=True)
class Validity:
    """When something can be used: from `start` until before `end`, in Unix milliseconds; None means no bound."""

    start: int | None = None
    end: int | None = None

    def and_also(self, other: "Validity") -> "Validity":
        """Return the intersection of two validities."""
        starts = [start for start in (self.start, other.start) if start is not None]
        ends = [end for end in (self.end, other.end) if end is not None]
        return Validity(max(starts, default=None), min(ends, default=None))


ALWAYS = Validity()


@dataclass(frozen=True, slots=True)
class IssueJob:
    """A batch of codes. Its name is None for a code issued alone."""

    name: str | None
    campaign_name: str
    campaign_number: int
    first_sequence: int
    count: int
    key_id: str
    metadata: str | None
    created_at: int
    revision: int
    availability: Availability = Availability.ACTIVE
    validity: Validity = ALWAYS
    status_reason: str | None = None

    @property
    def imported(self) -> bool:
        """Whether its codes were imported."""
        return self.key_id == IMPORTED


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, with the state that all its keys share."""

    job: IssueJob
    active: bool  # both batch and campaign are
    updated_at: int
    revision: int  # of batch and campaign together


@dataclass(frozen=True, slots=True)
class Campaign:
    """The status of a campaign, as operators set it."""

    name: str
    number: int
    availability: Availability
    status_reason: str | None
    validity: Validity
    issued_count: int
    updated_at: int
    revision: int


async def follow_models(tx: Tx, namespace_id: int, models: Mapping[str, CampaignModel], *, now: int) -> None:
    """Assign numbers to campaigns that are new in the master data, and give each campaign the validity of its model.

    Raises NumbersExhausted.
    """
    await tx.run(QUERIES.campaign_number_missing, namespace_id=namespace_id, now=now)
    row = await tx.one(QUERIES.campaign_number_max, namespace_id=namespace_id)
    if row is not None and (row["number"] or 0) > CAMPAIGN_NUMBER_MAX:
        raise NumbersExhausted
    for row in await tx.all(QUERIES.campaign_validities, namespace_id=namespace_id):
        model = models[row["name"]]
        wanted = Validity(_given(model, "valid_from"), _given(model, "valid_until"))
        if wanted != Validity(row["valid_from"], row["valid_until"]):
            await tx.run(
                QUERIES.campaign_set_validity,
                namespace_id=namespace_id,
                number=row["number"],
                valid_from=wanted.start,
                valid_until=wanted.end,
                now=now,
            )


def _given(model: Any, field: str) -> int | None:
    return getattr(model, field) if model.HasField(field) else None


async def issue(
    tx: Tx,
    namespace_id: int,
    campaign_name: str,
    *,
    count: int,
    name: str,
    key_id: str,
    metadata: str | None,
    validity: Validity,
    now: int,
) -> IssueJob:
    """Issue a batch: reserve a range of sequences and record it. Raises CampaignModelNotFound or NumbersExhausted."""
    taken = await _take_range(tx, namespace_id, campaign_name, count)
    job = IssueJob(
        name, campaign_name, taken["number"], taken["first_sequence"], count, key_id, metadata, now, revision=1,
        validity=validity,
    )  # fmt: skip
    await _insert(tx, namespace_id, job)
    return job


async def _take_range(tx: Tx, namespace_id: int, campaign_name: str, count: int) -> Row:
    for _ in range(TRIES):
        taken = await tx.one(
            QUERIES.campaign_take_range,
            namespace_id=namespace_id,
            name=campaign_name,
            count=count,
            end=BATCH_SEQUENCES_END,
        )
        if taken is not None:
            return taken
        await campaign_number(tx, namespace_id, campaign_name)
    raise NumbersExhausted


async def issue_once(
    tx: Tx,
    namespace_id: int,
    campaign_name: str,
    *,
    sequences: Sequence[int],
    key_id: str,
    metadata: str | None,
    validity: Validity,
    now: int,
) -> IssueJob:
    """Issue one code under the first free one of `sequences`. Raises CampaignModelNotFound or NumbersExhausted."""
    number = await campaign_number(tx, namespace_id, campaign_name)
    for sequence in sequences:
        job = IssueJob(None, campaign_name, number, sequence, 1, key_id, metadata, now, revision=1, validity=validity)
        if await _insert(tx, namespace_id, job):
            return job
    raise NumbersExhausted


async def campaign_number(tx: Tx, namespace_id: int, campaign_name: str) -> int:
    """Return the number of a campaign in the current master data. Raises CampaignModelNotFound."""
    row = await tx.one(QUERIES.campaign_in_force, namespace_id=namespace_id, name=campaign_name)
    if row is None:
        raise CampaignModelNotFound
    tx.pin(locks.namespace(namespace_id), row["version"])
    number: int = row["number"]
    return number


async def _insert(tx: Tx, namespace_id: int, job: IssueJob) -> bool:
    row = await tx.one(
        QUERIES.issue_job_insert,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        count=job.count,
        name=job.name,
        key_id=job.key_id,
        metadata=job.metadata,
        valid_from=job.validity.start,
        valid_until=job.validity.end,
        now=job.created_at,
    )
    return row is not None


async def issue_jobs(
    tx: Tx, namespace_id: int, campaign_name: str, *, after_sequence: int, limit: int
) -> list[IssueJob]:
    """List the batches of a campaign, oldest first."""
    rows = await tx.all(
        QUERIES.issue_job_page,
        namespace_id=namespace_id,
        campaign_name=campaign_name,
        after=after_sequence,
        end=BATCH_SEQUENCES_END,
        limit=limit,
    )
    return [_job(row, campaign_name) for row in rows]


def _job(row: Row, campaign_name: str) -> IssueJob:
    return IssueJob(
        name=row["name"],
        campaign_name=campaign_name,
        campaign_number=row["campaign_number"],
        first_sequence=row["first_sequence"],
        count=row["count"],
        key_id=row["key_id"],
        metadata=row["metadata"],
        created_at=row["created_at"],
        revision=row["revision"],
        availability=Availability(row["status"]),
        validity=Validity(row["valid_from"], row["valid_until"]),
        status_reason=row["status_reason"],
    )


def campaign_changed_at(row: Row) -> int:
    """Return when a campaign was last changed, in Unix ms. Its creation, revision 0, does not change its codes: 0."""
    changed_at: int = row["campaign_updated_at"] if row["campaign_revision"] else 0
    return changed_at


async def batch(tx: Tx, namespace_id: int, campaign_name: str, name: str) -> Batch:
    """Look up a batch. Raises IssueJobNotFound."""
    row = await tx.one(QUERIES.issue_job_get, namespace_id=namespace_id, campaign_name=campaign_name, name=name)
    if row is None:
        raise IssueJobNotFound
    return Batch(
        job=_job(row, campaign_name),
        active=row["status"] == row["campaign_status"] == Availability.ACTIVE,
        updated_at=max(row["updated_at"], campaign_changed_at(row)),
        revision=row["revision"] + row["campaign_revision"],
    )


async def set_batch_status(
    tx: Tx, namespace_id: int, job: IssueJob, availability: Availability, reason: str | None, *, now: int
) -> None:
    """Switch a batch off or on."""
    await tx.run(
        QUERIES.issue_job_set_status,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        status=availability,
        reason=reason,
        now=now,
    )


async def set_batch_validity(tx: Tx, namespace_id: int, job: IssueJob, validity: Validity, *, now: int) -> None:
    """Set when the codes of a batch can be used."""
    await tx.run(
        QUERIES.issue_job_set_validity,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        valid_from=validity.start,
        valid_until=validity.end,
        now=now,
    )


async def imported_csv_bytes(tx: Tx, namespace_id: int, job: IssueJob) -> int | None:
    """Return the bytes that an imported batch's codes take as lines of CSV; None for a batch that was issued."""
    row = await tx.one(
        QUERIES.code_import_of_batch,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
    )
    return None if row is None else row["csv_bytes"]


async def campaign(tx: Tx, namespace_id: int, name: str) -> Campaign:
    """Look up a campaign that is or was in the master data. Raises CampaignModelNotFound."""
    row = await tx.one(QUERIES.campaign_get, namespace_id=namespace_id, name=name)
    if row is None:
        raise CampaignModelNotFound
    return Campaign(
        name=name,
        number=row["number"],
        availability=Availability(row["status"]),
        status_reason=row["status_reason"],
        validity=Validity(row["valid_from"], row["valid_until"]),
        issued_count=row["next_sequence"],
        updated_at=row["updated_at"],
        revision=row["revision"] + 1,  # stored as the number of changes, which is added to its keys' revisions
    )


async def set_campaign_status(
    tx: Tx, namespace_id: int, name: str, availability: Availability, reason: str | None, *, now: int
) -> Campaign:
    """Switch a campaign off or on. Raises CampaignModelNotFound."""
    await tx.run(
        QUERIES.campaign_set_status,
        namespace_id=namespace_id,
        name=name,
        status=availability,
        reason=reason,
        now=now,
    )
    return await campaign(tx, namespace_id, name)
