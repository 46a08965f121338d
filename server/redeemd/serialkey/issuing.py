"""Issues codes. Functions that run in a transaction and know no RPCs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from redeemd.serialkey import campaigns, formats
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.code_format import Format
from redeemd.serialkey.codec.formatted import ALONE, key_with_format
from redeemd.serialkey.errors import NumbersExhausted
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Validity
from redeemd.store.base import GUARD_TRIES_MAX, Row, Tx


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
    """Issue a batch: reserve a range of sequences and record it, in the campaign's format unless it is imported.

    Raises CampaignModelNotFound, NumbersExhausted or Conflict.
    """
    taken = await _take_range(tx, namespace_id, campaign_name, count)
    code_format = None if key_id == IMPORTED else await formats.to_issue(tx, namespace_id, taken)
    if code_format is not None:
        _require_room(code_format, taken["number"], taken["first_sequence"] + count)
        key_id = key_with_format(key_id, str(code_format))
    job = IssueJob(
        name, campaign_name, taken["number"], taken["first_sequence"], count, key_id, metadata, now, revision=1,
        validity=validity,
    )  # fmt: skip
    await _insert(tx, namespace_id, job)
    return job


def _require_room(code_format: Format, number: int, end: int) -> None:
    """Raise NumbersExhausted unless a format can hold a campaign's number and the sequences of batches below `end`."""
    if number > code_format.campaign_number_max or end > code_format.half:
        raise NumbersExhausted


async def _take_range(tx: Tx, namespace_id: int, campaign_name: str, count: int) -> Row:
    for _ in range(GUARD_TRIES_MAX):
        taken = await tx.one(
            QUERIES.campaign_take_range,
            namespace_id=namespace_id,
            name=campaign_name,
            count=count,
            end=ALONE,
        )
        if taken is not None:
            return taken
        await campaigns.number_of(tx, namespace_id, campaign_name)
    raise NumbersExhausted


async def issue_alone(
    tx: Tx,
    namespace_id: int,
    campaign_name: str,
    *,
    owners: Sequence[str | None],
    draws: Sequence[int],
    key_id: str,
    metadata: str | None,
    validity: Validity,
    now: int,
) -> list[IssueJob]:
    """Issue a code for each of `owners`, None for any player, under the first free sequences to which `draws` lead.

    Draws are random numbers below ALONE. Raises CampaignModelNotFound, NumbersExhausted or Conflict.
    """
    campaign = await campaigns.in_force(tx, namespace_id, campaign_name)
    number, code_format = campaign["number"], await formats.to_issue(tx, namespace_id, campaign)
    room = ALONE
    if code_format is not None:
        _require_room(code_format, number, 0)
        room, key_id = code_format.half, key_with_format(key_id, str(code_format))
    job = IssueJob(None, campaign_name, number, ALONE, 1, key_id, metadata, now, revision=1, validity=validity)
    sequences = iter([ALONE + draw % room for draw in draws])
    return [await _issue_alone(tx, namespace_id, replace(job, owner_user_id=owner), sequences) for owner in owners]


async def _issue_alone(tx: Tx, namespace_id: int, job: IssueJob, sequences: Iterator[int]) -> IssueJob:
    for sequence in sequences:
        drawn = replace(job, first_sequence=sequence)
        if await _insert(tx, namespace_id, drawn):
            return drawn
    raise NumbersExhausted


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
        owner_user_id=job.owner_user_id,
    )
    return row is not None
