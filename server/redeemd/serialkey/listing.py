"""Lists the codes of a batch.

The codes are computed or, if they were imported, decrypted. The stored states of the few that were used or switched are
joined to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeem.serialkey.v1 import requests_pb2, resources_pb2

from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.paging import PAGE_BYTES_MAX
from redeemd.resources.resource import Grns
from redeemd.serialkey import redeeming, render
from redeemd.serialkey.batches import Batch, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import mask
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx

CHUNK_CODES = 5000  # per message of a stream: takes a reading connection's thread a few milliseconds
_ITEM_BYTES = 200  # approximate size of an item without its GRN, its metadata and the names in it


@dataclass(frozen=True, slots=True)
class SerialKeyPage:
    """A page of a batch's keys. `next_start` is the offset of the next page, None at the end."""

    items: list[resources_pb2.SerialKey]
    next_start: int | None


async def codes(
    tx: Tx, namespace: NamespaceKey, job: IssueJob, codecs: NamespaceCodecs, *, start: int, count: int
) -> list[str]:
    """Return `count` codes of a batch from offset `start` on, in the order of issue."""
    if not job.imported:
        return codecs.encode_range(job.key_id, job.campaign_number, job.first_sequence + start, count)
    rows = await tx.all(
        QUERIES.imported_code_range,
        namespace_id=namespace.namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        start=start,
        end=start + count,
    )
    return [codecs.sealer.open(row["code_key"], row["sealed"]) for row in rows]


async def page(
    tx: Tx, namespace: NamespaceKey, batch: Batch, codecs: NamespaceCodecs, grns: Grns, *, start: int, limit: int
) -> SerialKeyPage:
    """Return the keys from offset `start` on: at most `limit` and at most PAGE_BYTES_MAX bytes, but at least one."""
    job = batch.job
    grn_prefix = grns.of(namespace.name, "serialKey:")
    item_bytes = _ITEM_BYTES + len(grn_prefix) + len((job.metadata or "").encode()) + len(job.campaign_name)
    count = max(min(limit, job.count - start, PAGE_BYTES_MAX // item_bytes), 0)
    touched = await redeeming.touched_keys(
        tx, namespace.namespace_id, job, first=job.first_sequence + start, count=count
    )
    items: list[resources_pb2.SerialKey] = []
    total_bytes = 0
    for sequence, code in enumerate(
        await codes(tx, namespace, job, codecs, start=start, count=count), job.first_sequence + start
    ):
        item = resources_pb2.SerialKey(
            serial_key_id=grn_prefix + code,
            campaign_model_name=job.campaign_name,
            code=code,
            metadata=job.metadata,
            status=_untouched(batch),
            created_at=job.created_at,
            updated_at=batch.updated_at,
            revision=batch.revision,
        )
        row = touched.get(sequence)
        if row is not None:
            _apply(item, row)
        total_bytes += item.ByteSize()
        if items and total_bytes > PAGE_BYTES_MAX:
            break
        items.append(item)
    return SerialKeyPage(items, _next_start(job, start + len(items)))


async def chunk(
    tx: Tx, namespace: NamespaceKey, batch: Batch, codecs: NamespaceCodecs, *, start: int, masked: bool
) -> tuple[requests_pb2.StreamSerialKeysResponse, int | None]:
    """Return the stream message that begins at offset `start`, and the offset of the next one or None at the end."""
    job = batch.job
    count = min(CHUNK_CODES, job.count - start)
    first = job.first_sequence + start
    found: Sequence[str] = await codes(tx, namespace, job, codecs, start=start, count=count)
    touched = await redeeming.touched_keys(tx, namespace.namespace_id, job, first=first, count=count)
    reply = requests_pb2.StreamSerialKeysResponse(
        codes=map(mask, found) if masked else found,
        states=_states(touched, first),
        status=_untouched(batch),
        total_count=job.count,
    )
    return reply, _next_start(job, start + count)


def _states(touched: Mapping[int, Row], first: int) -> list[requests_pb2.SerialKeyState]:
    return [
        requests_pb2.SerialKeyState(
            index=sequence - first, status=row["status"], used_user_id=row["used_user_id"], used_at=row["used_at"]
        )
        for sequence, row in touched.items()
        if row["status"] != redeeming.CodeStatus.ACTIVE
    ]


def _untouched(batch: Batch) -> resources_pb2.SerialKeyStatus:
    return render.status(redeeming.CodeStatus.ACTIVE if batch.active else redeeming.CodeStatus.INACTIVE)


def _next_start(job: IssueJob, end: int) -> int | None:
    return end if end < job.count else None


def _apply(item: resources_pb2.SerialKey, row: Row) -> None:
    """Apply the stored state of a key to its item. A used key is USED whatever the status of its batch."""
    if row["status"] != redeeming.CodeStatus.ACTIVE:
        item.status = row["status"]
    if row["status"] == redeeming.CodeStatus.USED:
        render.set_use(item, row)
    if row["status_reason"] is not None:
        item.status_reason = row["status_reason"]
    item.updated_at = max(item.updated_at, row["updated_at"])
    item.revision += row["revision"]
