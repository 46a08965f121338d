"""What can be done with codes: issue, read, use, take back. Functions over a transaction; no RPC."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.errors import StaleNamespace
from redeemd.serialkey.codes import CAMPAIGN_NUMBER_MAX, OpenedCode
from redeemd.serialkey.errors import (
    CampaignMismatch,
    CampaignModelNotFound,
    CodeNotFound,
    CodeStatusInvalid,
    IssueJobNotFound,
    NumbersExhausted,
)
from redeemd.store import sql
from redeemd.store.base import Row, Tx

QUERIES = sql.load("redeemd.serialkey")

# Batches take sequences from the lower half, in order; codes issued alone draw theirs from the upper half at random, so
# that they never wait for the campaign's row. 2^39 is half the range of a code's sequence.
BATCH_SEQUENCES_END = 1 << 39
SINGLE_TRIES = 8


class Status(IntEnum):
    """The state of a code; numbers as in SerialKeyStatus and in queries.sql."""

    ACTIVE = 1
    USED = 2
    INACTIVE = 3


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


@dataclass(frozen=True, slots=True)
class Key:
    """The state of a code. `model` is the campaign's serialised model, None when it left the master data.

    `job` is the batch, where it was read and has a name.
    """

    campaign_name: str
    status: Status
    usable_now: bool  # ACTIVE and inside the validity of batch and campaign
    metadata: str | None
    used_user_id: str | None
    created_at: int
    used_at: int | None
    updated_at: int
    revision: int
    model: bytes | None
    job: IssueJob | None


async def number_campaigns(tx: Tx, namespace_id: int, *, now: int) -> None:
    """Give numbers to the campaigns that are new in the master data. Raises NumbersExhausted."""
    await tx.run(QUERIES.campaign_number_missing, namespace_id=namespace_id, now=now)
    row = await tx.one(QUERIES.campaign_number_max, namespace_id=namespace_id)
    if row is not None and (row["number"] or 0) > CAMPAIGN_NUMBER_MAX:
        raise NumbersExhausted


async def issue(
    tx: Tx, namespace_id: int, campaign_name: str, *, count: int, name: str, key_id: str, metadata: str | None, now: int
) -> IssueJob:
    """Issue a batch: take a range of sequences and note it. Raises CampaignModelNotFound or NumbersExhausted."""
    taken = await tx.one(
        QUERIES.campaign_take_range,
        namespace_id=namespace_id,
        name=campaign_name,
        count=count,
        end=BATCH_SEQUENCES_END,
    )
    if taken is None:
        await _campaign_number(tx, namespace_id, campaign_name)
        raise NumbersExhausted
    job = IssueJob(
        name, campaign_name, taken["number"], taken["first_sequence"], count, key_id, metadata, now, revision=1
    )
    await _insert(tx, namespace_id, job)
    return job


async def issue_once(
    tx: Tx,
    namespace_id: int,
    campaign_name: str,
    *,
    sequences: Sequence[int],
    key_id: str,
    metadata: str | None,
    now: int,
) -> IssueJob:
    """Issue one code under the first of the drawn sequences that is free. Raises CampaignModelNotFound."""
    number = await _campaign_number(tx, namespace_id, campaign_name)
    for sequence in sequences:
        job = IssueJob(None, campaign_name, number, sequence, 1, key_id, metadata, now, revision=1)
        if await _insert(tx, namespace_id, job):
            return job
    raise NumbersExhausted


async def _campaign_number(tx: Tx, namespace_id: int, campaign_name: str) -> int:
    row = await tx.one(QUERIES.campaign_in_force, namespace_id=namespace_id, name=campaign_name)
    if row is None:
        raise CampaignModelNotFound
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
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with what its keys have in common."""

    job: IssueJob
    status: Status
    updated_at: int
    revision: int  # of batch and campaign together


async def batch(tx: Tx, namespace_id: int, campaign_name: str, name: str) -> Batch:
    """Look a batch up. Raises IssueJobNotFound."""
    row = await tx.one(QUERIES.issue_job_get, namespace_id=namespace_id, campaign_name=campaign_name, name=name)
    if row is None:
        raise IssueJobNotFound
    job = _job(row, campaign_name)
    both_active = row["status"] == row["campaign_status"] == Status.ACTIVE
    return Batch(
        job,
        Status.ACTIVE if both_active else Status.INACTIVE,
        max(row["updated_at"], row["campaign_updated_at"] if row["campaign_revision"] else 0),
        row["revision"] + row["campaign_revision"],
    )


async def touched_keys(tx: Tx, namespace_id: int, job: IssueJob, *, first: int, count: int) -> dict[int, Row]:
    """Answer the states of those keys of a range that were ever touched, by sequence."""
    rows = await tx.all(
        QUERIES.serial_key_range,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first=first,
        end=first + count,
    )
    return {row["sequence"]: row for row in rows}


async def read(tx: Tx, namespace_id: int, code: OpenedCode, *, now: int) -> Key:
    """Answer the state of a code, on a clock. Raises CodeNotFound or StaleNamespace."""
    row = await tx.one(
        QUERIES.serial_key_read,
        namespace_id=namespace_id,
        campaign_number=code.campaign_number,
        sequence=code.sequence,
        key_id=code.key_id,
    )
    if row is None:
        raise StaleNamespace
    if row["campaign_name"] is None:
        raise CodeNotFound
    return _key(row, code, now)


def _key(row: Row, code: OpenedCode, now: int) -> Key:
    status = row["status"] or Status.ACTIVE
    if status != Status.USED and not row["job_status"] == row["campaign_status"] == Status.ACTIVE:
        status = Status.INACTIVE
    valid = _is_valid(row["job_valid_from"], row["job_valid_until"], now) and _is_valid(
        row["campaign_valid_from"], row["campaign_valid_until"], now
    )
    campaign_changed = row["campaign_updated_at"] if row["campaign_revision"] else 0
    job = None
    if row["job_name"] is not None:
        job = IssueJob(
            row["job_name"], row["campaign_name"], code.campaign_number, 0, row["job_count"], code.key_id,
            row["metadata"], row["created_at"], row["job_revision"],
        )  # fmt: skip
    return Key(
        campaign_name=row["campaign_name"],
        status=Status(status),
        usable_now=status == Status.ACTIVE and valid,
        metadata=row["metadata"],
        used_user_id=row["used_user_id"],
        created_at=row["created_at"],
        used_at=row["used_at"],
        updated_at=max(row["job_updated_at"], row["updated_at"] or 0, campaign_changed),
        revision=row["job_revision"] + row["campaign_revision"] + (row["revision"] or 0),
        model=row["model"],
        job=job,
    )


def _is_valid(start: int | None, end: int | None, now: int) -> bool:
    return (start is None or start <= now) and (end is None or now < end)


async def campaign_code(tx: Tx, namespace_id: int, name: str) -> Key:
    """Answer what stands for a campaign code, which has no state (semantics 12.4).

    Raises CodeNotFound when there is no campaign of the name or its name is no code, or StaleNamespace.
    """
    row = await tx.one(QUERIES.campaign_code_read, namespace_id=namespace_id, name=name)
    if row is None:
        raise StaleNamespace
    model = CampaignModel.FromString(row["body"] or b"")
    if not model.enable_campaign_code:
        raise CodeNotFound
    return Key(
        campaign_name=name,
        status=Status.ACTIVE,
        usable_now=True,
        metadata=model.metadata or None,
        used_user_id=None,
        created_at=row["updated_at"],
        used_at=None,
        updated_at=row["updated_at"],
        revision=1,
        model=row["body"],
        job=None,
    )


async def use(tx: Tx, namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> Key:
    """Use a code: one guarded statement, and only when it does nothing another one that tells why.

    Raises CodeNotFound, CampaignModelNotFound, CodeStatusInvalid or StaleNamespace.
    """
    row = await tx.one(
        QUERIES.serial_key_use,
        namespace_id=namespace_id,
        campaign_number=code.campaign_number,
        sequence=code.sequence,
        key_id=code.key_id,
        user_id=user_id,
        now=now,
    )
    if row is None:
        raise _refusal(await read(tx, namespace_id, code, now=now))
    return Key(
        campaign_name=row["campaign_name"],
        status=Status.USED,
        usable_now=False,
        metadata=row["metadata"],
        used_user_id=user_id,
        created_at=row["created_at"],
        used_at=now,
        updated_at=now,
        revision=row["job_revision"] + row["campaign_revision"] + row["revision"],
        model=row["model"],
        job=None,
    )


async def revert(tx: Tx, namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> Key:
    """Take a use back. Raises CodeNotFound, CampaignModelNotFound, CodeStatusInvalid or StaleNamespace."""
    key = await read(tx, namespace_id, code, now=now)
    if key.model is None:
        raise CampaignModelNotFound
    reverted = await tx.one(
        QUERIES.serial_key_revert,
        namespace_id=namespace_id,
        campaign_number=code.campaign_number,
        sequence=code.sequence,
        user_id=user_id,
        now=now,
    )
    if reverted is None:
        raise CodeStatusInvalid(status=key.status.name)
    return await read(tx, namespace_id, code, now=now)


def verify(key: Key, *, active: bool, campaign_name: str | None) -> None:
    """Check a code's campaign, if one is asked for, and that it may be used, or that it may not (semantics 12.6).

    Raises CampaignModelNotFound, CampaignMismatch or CodeStatusInvalid.
    """
    if key.model is None:
        raise CampaignModelNotFound
    if campaign_name and campaign_name != key.campaign_name:
        raise CampaignMismatch
    if key.usable_now != active:
        raise CodeStatusInvalid(status=key.status.name)


def _refusal(key: Key) -> Exception:
    if key.model is None:
        return CampaignModelNotFound()
    return CodeStatusInvalid(status=key.status.name)
