"""Codes and batches as clients see them."""

from typing import Any

from redeem.serialkey.v1 import resources_pb2 as pb

from redeemd.rpc.resource import Grns
from redeemd.serialkey.codes import mask
from redeemd.serialkey.logic import IssueJob, Key, Status


def status(value: Status) -> Any:
    """Render a status: the numbers are the contract's, only the generated types do not know it."""
    return int(value)


def serial_key(grns: Grns, namespace_name: str, code: str, key: Key) -> pb.SerialKey:
    """Render the state of a code."""
    return pb.SerialKey(
        serial_key_id=grns.of(namespace_name, f"serialKey:{code}"),
        campaign_model_name=key.campaign_name,
        code=code,
        metadata=key.metadata,
        status=status(key.status),
        used_user_id=key.used_user_id,
        created_at=key.created_at,
        used_at=key.used_at,
        updated_at=key.updated_at,
        revision=key.revision,
    )


def masked(item: pb.SerialKey) -> pb.SerialKey:
    """Hide the code, for those who may count codes and not use them."""
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
    )
