"""Renders codes, batches and campaigns for clients."""

from typing import cast

from redeem.serialkey.v1 import requests_pb2
from redeem.serialkey.v1 import resources_pb2 as pb

from redeemd.resources.resource import Grns
from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.campaigns import Campaign
from redeemd.serialkey.codec.codes import mask
from redeemd.serialkey.redeeming import CodeState, CodeStatus
from redeemd.serialkey.tallies import BatchCounts, Counts, CurvePoint
from redeemd.serialkey.validity import Availability
from redeemd.store.base import Row


def status(value: CodeStatus) -> pb.SerialKeyStatus:
    """Return a status as the contract's enum, which has the same numbers."""
    return cast("pb.SerialKeyStatus", int(value))


def availability(value: Availability) -> pb.Availability:
    """Return an availability as the contract's enum, which has the same numbers."""
    return cast("pb.Availability", int(value))


def serial_key(grns: Grns, namespace_name: str, code: str, state: CodeState) -> dict[str, object]:
    """Return the fields of a documented SerialKey, from which a reply builds the message in place, without a copy."""
    return {
        "serial_key_id": grns.of(namespace_name, f"serialKey:{code}"),
        "campaign_model_name": state.campaign_name,
        "code": code,
        "metadata": state.metadata,
        "status": int(state.status),
        "used_user_id": state.used_user_id,
        "created_at": state.created_at,
        "used_at": state.used_at,
        "updated_at": state.updated_at,
        "revision": state.revision,
        "status_reason": state.status_reason,
        "owner_user_id": state.owner_user_id,
    }


def set_use(item: pb.SerialKey, row: Row) -> None:
    """Set when a code was used and, unless the player's data was cleaned, by whom; nothing if it has several users."""
    if row["used_user_id"] is not None:
        item.used_user_id = row["used_user_id"]
    if row["used_at"] is not None:  # it is that of a key which several players can use
        item.used_at = row["used_at"]


def masked(item: pb.SerialKey) -> pb.SerialKey:
    """Mask the code of an item in place, for callers that may count codes but not use them; return the item."""
    hidden = mask(item.code)
    item.serial_key_id = item.serial_key_id.removesuffix(item.code) + hidden
    item.code = hidden
    return item


def issue_job(grns: Grns, namespace_name: str, job: IssueJob) -> pb.IssueJob:
    """Render a batch."""
    path = f"model:campaign:{job.campaign_name}:issue:job:{job.name}"
    return pb.IssueJob(
        issue_job_id=grns.of(namespace_name, path),
        name=job.name,
        metadata=job.metadata,
        issued_count=job.count,
        issue_request_count=job.count,
        status=pb.ISSUE_JOB_STATUS_COMPLETE,
        created_at=job.created_at,
        revision=job.revision,
        availability=availability(job.availability),
        valid_from=job.validity.start,
        valid_until=job.validity.end,
        status_reason=job.status_reason,
        imported=job.imported or None,
        unused_deleted=job.trimmed or None,
    )


def campaign(found: Campaign, numbers: Counts) -> pb.CampaignStatus:
    """Render the status of a campaign."""
    return pb.CampaignStatus(
        campaign_model_name=found.name,
        availability=availability(found.availability),
        status_reason=found.status_reason,
        valid_from=found.validity.start,
        valid_until=found.validity.end,
        issued_count=found.issued_count,
        updated_at=found.updated_at,
        revision=found.revision,
        counts=counts(numbers),
    )


def counts(found: Counts) -> pb.CodeCounts:
    """Render numbers of codes."""
    return pb.CodeCounts(
        issued=found.issued,
        imported=found.imported,
        used=found.used,
        reverted=found.reverted,
        remaining=found.remaining,
    )


def batch_counts(found: BatchCounts) -> requests_pb2.RedemptionCount:
    """Render the numbers of a batch."""
    return requests_pb2.RedemptionCount(issue_job_name=found.name, counts=counts(found.counts))


def curve_point(found: CurvePoint, start_at: int) -> requests_pb2.RedemptionCount:
    """Render the numbers of a part of time that begins at `start_at`, in Unix milliseconds."""
    return requests_pb2.RedemptionCount(
        start_at=start_at, counts=pb.CodeCounts(used=found.used, reverted=found.reverted)
    )
