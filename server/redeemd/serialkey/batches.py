"""Batches of codes. Functions that run in a transaction and know no RPCs."""

from dataclasses import dataclass
from typing import NamedTuple

from redeemd.errors import Conflict
from redeemd.serialkey import campaigns
from redeemd.serialkey.codec.formatted import ALONE, is_with_format
from redeemd.serialkey.errors import IssueJobNotFound
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import ALWAYS, Availability, Phase, Validity, read_job_status
from redeemd.store.base import Row, Tx

# Replaces the key id in imported batches, whose codes are not computed under any key. Key ids contain no asterisk.
IMPORTED = "*imported"


@dataclass(frozen=True, slots=True)
class IssueJob:
    """A batch of codes. Its name is None for a code issued alone.

    Its campaign is that of `campaign_number`, which is in its codes, unless it was moved.
    """

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
    phase: Phase = Phase.OPEN
    moved_to: int | None = None
    owner_user_id: str | None = None  # the only player who can use the code; None: any player can; empty: nobody can

    @property
    def owner_number(self) -> int:
        """The number of the campaign to which it belongs."""
        return self.campaign_number if self.moved_to is None else self.moved_to

    @property
    def key(self) -> dict[str, int]:
        """The key of its row, within the namespace."""
        return {"campaign_number": self.campaign_number, "first_sequence": self.first_sequence}

    @property
    def trimmed(self) -> bool:
        """Whether its unused keys are deleted."""
        return self.phase == Phase.TRIMMED

    @property
    def imported(self) -> bool:
        """Whether its codes were imported."""
        return self.key_id == IMPORTED

    @property
    def formatted(self) -> bool:
        """Whether its codes were issued in a format other than the default one."""
        return is_with_format(self.key_id)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, with the state that all its keys share."""

    job: IssueJob
    active: bool  # both batch and campaign are
    updated_at: int
    revision: int  # of batch and campaign together


async def clean_owner(tx: Tx, namespace_id: int, user_id: str, *, limit: int, now: int) -> int:
    """Erase a player as the owner of codes, which nobody can use from then on. Return how many, at most `limit`."""
    return await tx.run(QUERIES.owner_clean, namespace_id=namespace_id, user_id=user_id, limit=limit, now=now)


class JobPosition(NamedTuple):
    """A position among the batches of a campaign: those that it issued come first, then those that were moved to it.

    `issued_by` is the number of the campaign that issued a batch which was moved, 0 for the others.
    """

    issued_by: int
    first_sequence: int

    @classmethod
    def parse(cls, text: str) -> "JobPosition":
        """Parse the result of `str`. Raises ValueError."""
        *issued_by, first_sequence = map(int, text.split("."))
        return cls(issued_by[0] if issued_by else 0, first_sequence)

    def __str__(self) -> str:
        return f"{self.issued_by}.{self.first_sequence}" if self.issued_by else str(self.first_sequence)


JOBS_BEGINNING = JobPosition(0, -1)


async def page(
    tx: Tx, namespace_id: int, campaign_name: str, *, after: JobPosition, limit: int
) -> list[tuple[JobPosition, IssueJob]]:
    """List the batches of a campaign after a position, oldest first, then those that were moved to it."""
    where = {"namespace_id": namespace_id, "campaign_name": campaign_name}
    found: list[tuple[JobPosition, IssueJob]] = []
    if not after.issued_by:
        rows = await tx.all(QUERIES.issue_job_page, **where, after=after.first_sequence, end=ALONE, limit=limit)
        found = [(JobPosition(0, row["job_first_sequence"]), _listed(row, campaign_name)) for row in rows]
        after = JOBS_BEGINNING
    if len(found) < limit:
        rows = await tx.all(
            QUERIES.issue_job_page_moved,
            **where,
            after_campaign=after.issued_by,
            after=after.first_sequence,
            limit=limit - len(found),
        )
        found += [
            (JobPosition(row["campaign_number"], row["job_first_sequence"]), _listed(row, campaign_name))
            for row in rows
        ]
    return found


def _listed(row: Row, campaign_name: str) -> IssueJob:
    return job_of(row, campaign_name, row["campaign_number"], row["key_id"])


def job_of(row: Row, campaign_name: str, campaign_number: int, key_id: str) -> IssueJob:
    """Return the batch in a row of issue_job_get, issue_job_page or serial_key_read."""
    phase, availability = read_job_status(row["job_status"])
    return IssueJob(
        name=row["job_name"],
        campaign_name=campaign_name,
        campaign_number=campaign_number,
        first_sequence=row["job_first_sequence"],
        count=row["job_count"],
        key_id=key_id,
        metadata=row["metadata"],
        created_at=row["created_at"],
        revision=row["job_revision"],
        availability=availability,
        validity=Validity(row["job_valid_from"], row["job_valid_until"]),
        status_reason=row["job_status_reason"],
        phase=phase,
        moved_to=row["moved_to"],
    )


async def find(tx: Tx, namespace_id: int, campaign_name: str, name: str) -> Batch:
    """Look up a batch. Raises IssueJobNotFound."""
    row = await tx.one(QUERIES.issue_job_get, namespace_id=namespace_id, campaign_name=campaign_name, name=name)
    if row is None:
        raise IssueJobNotFound
    job = job_of(row, campaign_name, row["campaign_number"], row["key_id"])
    return Batch(
        job=job,
        active=job.availability == row["campaign_status"] == Availability.ACTIVE and not job.trimmed,
        updated_at=max(row["job_updated_at"], campaigns.changed_at(row)),
        revision=row["job_revision"] + row["campaign_revision"],
    )


async def set_status(
    tx: Tx, namespace_id: int, job: IssueJob, availability: Availability, reason: str | None, *, now: int
) -> None:
    """Switch a batch off or on. Raises Conflict if the batch is being deleted, or was deleted meanwhile."""
    changed = await tx.run(
        QUERIES.issue_job_set_status,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        status=availability,
        reason=reason,
        now=now,
    )
    if not changed:
        raise Conflict


async def set_validity(tx: Tx, namespace_id: int, job: IssueJob, validity: Validity, *, now: int) -> None:
    """Set when the codes of a batch can be used. Raises the errors of `set_status`."""
    changed = await tx.run(
        QUERIES.issue_job_set_validity,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        valid_from=validity.start,
        valid_until=validity.end,
        now=now,
    )
    if not changed:
        raise Conflict


async def download_bytes(tx: Tx, namespace_id: int, job: IssueJob) -> int | None:
    """Return the bytes that an imported batch's codes take as lines of CSV.

    None if that is unknown, and for a batch that was issued.
    """
    row = await tx.one(
        QUERIES.code_import_of_batch,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
    )
    size: int | None = None if row is None else row["download_bytes"]
    return size
