"""Listing a batch: its codes are computed, the states of the few that were touched joined to them."""

from dataclasses import dataclass

from redeem.serialkey.v1 import resources_pb2 as pb

from redeemd.rpc.namespaces import NamespaceKey
from redeemd.rpc.resource import Grns
from redeemd.serialkey import logic, render
from redeemd.serialkey.codes import Codec
from redeemd.store.base import Row, Tx

PAGE_BYTES_MAX = 3 * 1024 * 1024
_ITEM_BYTES = 200  # what an item takes besides its GRN, its metadata and the names in it


@dataclass(frozen=True, slots=True)
class Page:
    """Some keys of a batch. next_start is the offset of the first key behind them, None at the end."""

    items: list[pb.SerialKey]
    next_start: int | None


async def page(
    tx: Tx, namespace: NamespaceKey, batch: logic.Batch, codec: Codec, grns: Grns, *, start: int, limit: int
) -> Page:
    """Answer the keys from an offset on: at most `limit`, and at most PAGE_BYTES_MAX but at least one."""
    job = batch.job
    grn_prefix = grns.of(namespace.name, "serialKey:")
    item_bytes = _ITEM_BYTES + len(grn_prefix) + len((job.metadata or "").encode()) + len(job.campaign_name)
    count = max(min(limit, job.count - start, PAGE_BYTES_MAX // item_bytes), 0)
    first = job.first_sequence + start
    codes = codec.encode_range(job.key_id, job.campaign_number, first, count)
    touched = await logic.touched_keys(tx, namespace.namespace_id, job, first=first, count=count)
    items = []
    for offset, code in enumerate(codes):
        item = pb.SerialKey(
            serial_key_id=grn_prefix + code,
            campaign_model_name=job.campaign_name,
            code=code,
            metadata=job.metadata,
            status=render.status(batch.status),
            created_at=job.created_at,
            updated_at=batch.updated_at,
            revision=batch.revision,
        )
        row = touched.get(first + offset)
        if row is not None:
            _apply(item, row)
        items.append(item)
    end = start + count
    return Page(items, end if end < job.count else None)


def _apply(item: pb.SerialKey, row: Row) -> None:
    """Add what is known of a key that was touched. A used key is USED whatever its batch is."""
    if row["status"] != logic.Status.ACTIVE:
        item.status = row["status"]
    if row["status"] == logic.Status.USED:
        item.used_user_id, item.used_at = row["used_user_id"], row["used_at"]
    item.updated_at = max(item.updated_at, row["updated_at"])
    item.revision += row["revision"]
