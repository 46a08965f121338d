"""Operations on single codes: read, verify, use, revert, switch. They run in a transaction and know no RPCs."""

from enum import IntEnum
from typing import Literal, NamedTuple

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.errors import Conflict, StaleNamespace
from redeemd.serialkey import batches, campaigns, ignoring_case
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.errors import (
    CampaignMismatch,
    CampaignModelNotFound,
    CodeNotFound,
    CodeOfAnotherPlayer,
    CodeStatusInvalid,
)
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import ALWAYS, Availability, Validity
from redeemd.store import locks
from redeemd.store.base import GUARD_TRIES_MAX, Row, Tx


class CodeStatus(IntEnum):
    """The status of a code; numbers as in SerialKeyStatus and in queries.sql."""

    ACTIVE = 1
    USED = 2
    INACTIVE = 3


# Why a code can or cannot be used at a given time.
Cause = Literal["active", "used", "inactive", "not_yet_valid", "expired"]


class CodeState(NamedTuple):
    """The state of a code. `model` is the campaign's serialised model, None if it is no longer in the master data.

    `job` is the batch, if it was read and has a name. `limited` is whether the campaign has limits, which are not part
    of the state: see redeemd.serialkey.limits.
    """

    campaign_name: str
    status: CodeStatus
    cause: Cause
    metadata: str | None
    used_user_id: str | None
    created_at: int
    used_at: int | None
    updated_at: int
    revision: int
    model: bytes | None
    status_reason: str | None = None
    validity: Validity = ALWAYS
    job: IssueJob | None = None
    deleted: bool = False  # with the unused keys of its batch
    owner_user_id: str | None = None  # as in IssueJob, if it was read
    limited: bool = False


class CampaignHasLimits(Exception):
    """Raised by `use` for a code whose campaign has limits. Not a refusal."""


async def read(tx: Tx, namespace_id: int, code: OpenedCode, *, now: int) -> CodeState:
    """Return the state of a code at `now`. Raises CodeNotFound or StaleNamespace."""
    row = await tx.one(
        QUERIES.serial_key_read,
        namespace_id=namespace_id,
        campaign_number=code.campaign_number,
        sequence=code.sequence,
        key_id=code.key_id,
    )
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(namespace_id), row["version"])
    if row["campaign_name"] is None:
        raise CodeNotFound
    state = _state(row, code, now)
    if state.deleted:
        raise CodeNotFound
    return state


def _state(row: Row, code: OpenedCode, now: int) -> CodeState:
    status = CodeStatus(row["status"] or CodeStatus.ACTIVE)
    job = batches.job_of(row, row["job_campaign_name"], code.campaign_number, code.key_id)
    active = job.availability == row["campaign_status"] == Availability.ACTIVE and not job.trimmed
    if status == CodeStatus.ACTIVE and not active:
        status = CodeStatus.INACTIVE
    validity = job.validity.and_also(Validity(row["campaign_valid_from"], row["campaign_valid_until"]))
    return CodeState(
        campaign_name=row["campaign_name"],
        status=status,
        cause=_cause(status, validity, now),
        metadata=row["metadata"] if code.metadata is None else code.metadata,
        used_user_id=row["used_user_id"],
        created_at=row["created_at"],
        used_at=row["used_at"],
        updated_at=max(row["job_updated_at"], row["updated_at"] or 0, campaigns.changed_at(row)),
        revision=row["job_revision"] + row["campaign_revision"] + (row["revision"] or 0),
        model=row["model"],
        status_reason=row["status_reason"],
        validity=validity,
        job=job if job.name is not None else None,
        deleted=job.trimmed and status != CodeStatus.USED and row["uses"] is None,
        owner_user_id=row["owner_user_id"],
        limited=row["limited"] is not None,
    )


def _cause(status: CodeStatus, validity: Validity, now: int) -> Cause:
    if status == CodeStatus.USED:
        return "used"
    if status == CodeStatus.INACTIVE:
        return "inactive"
    if validity.start is not None and now < validity.start:
        return "not_yet_valid"
    if validity.end is not None and now >= validity.end:
        return "expired"
    return "active"


async def campaign_code(tx: Tx, namespace_id: int, text: str, *, now: int) -> tuple[int, CodeState]:
    """Return the number of the campaign and the state of its campaign code, which is that of the campaign.

    See semantics 12.4.

    `text` is the name of the campaign; if it ignores case, in any case. Raises CodeNotFound if it names no campaign or
    one whose name is not enabled as a code; or StaleNamespace.
    """
    folded = ignoring_case.fold(text)
    row = await tx.one(QUERIES.campaign_code_read, namespace_id=namespace_id, name=text, folded=folded)
    if row is None:
        raise StaleNamespace
    tx.pin(locks.namespace(namespace_id), row["version"])
    model = CampaignModel.FromString(row["body"] or b"")
    if not model.enable_campaign_code:
        raise CodeNotFound
    status = CodeStatus.ACTIVE if row["status"] == Availability.ACTIVE else CodeStatus.INACTIVE
    validity = Validity(row["valid_from"], row["valid_until"])
    return row["number"], CodeState(
        campaign_name=model.name,
        status=status,
        cause=_cause(status, validity, now),
        metadata=model.metadata or None,
        used_user_id=None,
        created_at=row["updated_at"],
        used_at=None,
        updated_at=max(row["updated_at"], row["campaign_updated_at"] if row["revision"] else 0),
        revision=1 + row["revision"],
        model=row["body"],
        validity=validity,
        limited=row["limited"] is not None,
    )


async def use(tx: Tx, namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> CodeState:
    """Use a code with one guarded statement. Only if it changes nothing, a second statement reads the reason.

    Raises CodeNotFound, CampaignModelNotFound, CodeOfAnotherPlayer, CodeStatusInvalid, StaleNamespace, Conflict or
    CampaignHasLimits.
    """
    for _ in range(GUARD_TRIES_MAX):
        row = await tx.one(QUERIES.serial_key_use, **using(namespace_id, code, user_id=user_id, now=now))
        if row is not None:
            tx.pin(locks.namespace(namespace_id), row["version"])
            return used(row, code, user_id=user_id, now=now)
        state = await read(tx, namespace_id, code, now=now)
        if state.model is None:
            raise CampaignModelNotFound
        require_owner(state, user_id)
        if state.limited:
            raise CampaignHasLimits
        if state.cause != "active":
            raise status_invalid(state)
    raise Conflict


def require_owner(state: CodeState, user_id: str | None) -> None:
    """Raise CodeOfAnotherPlayer if the code is not for this player."""
    if state.owner_user_id is not None and state.owner_user_id != user_id:
        raise CodeOfAnotherPlayer


def using(namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> dict[str, object]:
    """Return the parameters of serial_key_use."""
    return {
        "namespace_id": namespace_id,
        "campaign_number": code.campaign_number,
        "sequence": code.sequence,
        "key_id": code.key_id,
        "user_id": user_id,
        "now": now,
    }


def used(row: Row, code: OpenedCode, *, user_id: str, now: int) -> CodeState:
    """Return the state of a code that was just used, from the row of the statement that did so."""
    return CodeState(
        campaign_name=row["campaign_name"],
        status=CodeStatus.USED,
        cause="used",
        metadata=row["metadata"] if code.metadata is None else code.metadata,
        used_user_id=user_id,
        created_at=row["created_at"],
        used_at=now,
        updated_at=now,
        revision=row["job_revision"] + row["campaign_revision"] + row["revision"],
        model=row["model"],
        status_reason=row["status_reason"],
    )


async def revert(tx: Tx, namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> CodeState:
    """Revert a use. Raises CodeNotFound, CampaignModelNotFound, CodeStatusInvalid, StaleNamespace or Conflict."""
    state = await read(tx, namespace_id, code, now=now)
    if state.model is None:
        raise CampaignModelNotFound
    for _ in range(GUARD_TRIES_MAX):
        reverted = await tx.one(
            QUERIES.serial_key_revert,
            namespace_id=namespace_id,
            campaign_number=code.campaign_number,
            sequence=code.sequence,
            user_id=user_id,
            now=now,
        )
        if reverted is not None and state.job is not None and state.job.trimmed:
            return await delete_unused(tx, namespace_id, state, now=now)
        state = await read(tx, namespace_id, code, now=now)
        if reverted is not None:
            return state
        if state.status != CodeStatus.USED or state.used_user_id != user_id:
            cause = "other_user" if state.status == CodeStatus.USED else state.cause
            raise CodeStatusInvalid(status=state.status.name, cause=cause)
    raise Conflict


async def delete_unused(tx: Tx, namespace_id: int, state: CodeState, *, now: int) -> CodeState:
    """Delete a key of a batch whose unused keys are deleted, because it is no longer used; return its last state."""
    assert state.job is not None
    await tx.run(QUERIES.code_import_trim, namespace_id=namespace_id, **state.job.key)
    return state._replace(
        status=CodeStatus.INACTIVE,
        cause="inactive",
        used_user_id=None,
        used_at=None,
        updated_at=now,
        revision=state.revision + 1,
    )


async def set_status(
    tx: Tx, namespace_id: int, code: OpenedCode, availability: Availability, reason: str | None, *, now: int
) -> CodeState:
    """Switch one code off or on. Raises CodeNotFound, CodeStatusInvalid if it is used, StaleNamespace or Conflict."""
    await read(tx, namespace_id, code, now=now)
    for _ in range(GUARD_TRIES_MAX):
        switched = await tx.one(
            QUERIES.serial_key_set_status,
            namespace_id=namespace_id,
            campaign_number=code.campaign_number,
            sequence=code.sequence,
            status=CodeStatus.ACTIVE if availability == Availability.ACTIVE else CodeStatus.INACTIVE,
            reason=reason,
            now=now,
        )
        state = await read(tx, namespace_id, code, now=now)
        if switched is not None:
            return state
        if state.status == CodeStatus.USED:
            raise status_invalid(state)
    raise Conflict


def verify(state: CodeState, *, active: bool, campaign_name: str | None, user_id: str | None = None) -> None:
    """Check that a code is of `campaign_name`, if given, and usable if `active`, else unusable (semantics 12.6).

    `user_id` is the player who wants to use it. Raises CampaignModelNotFound, CampaignMismatch, CodeOfAnotherPlayer or
    CodeStatusInvalid.
    """
    if state.model is None:
        raise CampaignModelNotFound
    if campaign_name and campaign_name != state.campaign_name:
        raise CampaignMismatch
    require_owner(state, user_id)
    if (state.cause == "active") != active:
        raise status_invalid(state)


def status_invalid(state: CodeState) -> CodeStatusInvalid:
    """Return the refusal that states a code's status and its cause."""
    return CodeStatusInvalid(status=state.status.name, cause=state.cause)
