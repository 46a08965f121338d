"""Lists the codes of a batch.

The codes are computed or, if they were imported, decrypted. The stored states of the few that were used or switched are
joined to them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
USED_MAX = 500  # of a batch whose unused keys are deleted: its codes are computed one by one
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


class Piece(NamedTuple):
    """Some keys of a batch, in the order of issue, and the stored states of those that have one."""

    sequences: Sequence[int]
    codes: Sequence[str]
    touched: Mapping[int, Row]
    next_start: int | None


async def piece_of(
    tx: Tx, namespace: NamespaceKey, job: IssueJob, codecs: NamespaceCodecs, *, start: int, count: int
) -> Piece:
    """Return `count` keys from offset `start` on; fewer at the end of a batch, or of one that has only used keys."""
    if job.trimmed:
        return await _used_piece(tx, namespace, job, codecs, start=start, count=min(count, USED_MAX))
    count = max(min(count, job.count - start), 0)
    first = job.first_sequence + start
    found = await codes(tx, namespace, job, codecs, start=start, count=count)
    touched = await touched_keys(tx, namespace.namespace_id, job, first=first, count=count)
    return Piece(range(first, first + len(found)), found, touched, _next_start(job, start + count))


async def _used_piece(
    tx: Tx, namespace: NamespaceKey, job: IssueJob, codecs: NamespaceCodecs, *, start: int, count: int
) -> Piece:
    rows = await tx.all(
        QUERIES.serial_key_used,
        namespace_id=namespace.namespace_id,
        campaign_number=job.campaign_number,
        first=job.first_sequence + start,
        end=job.first_sequence + job.count,
        limit=count,
    )
    found: list[str] = []
    for row in rows:
        offset = row["sequence"] - job.first_sequence
        found += await codes(tx, namespace, job, codecs, start=offset, count=1)
    touched = {row["sequence"]: row for row in rows}
    end = rows[-1]["sequence"] + 1 - job.first_sequence if len(rows) == count else job.count
    return Piece([*touched], found, touched, _next_start(job, end))


async def touched_keys(tx: Tx, namespace_id: int, job: IssueJob, *, first: int, count: int) -> dict[int, Row]:
    """Return the states of the keys in a range that were ever used or switched, by sequence."""
    rows = await tx.all(
        QUERIES.serial_key_range,
        namespace_id=namespace_id,
        campaign_number=job.campaign_number,
        owner_number=job.owner_number,
        first=first,
        end=first + count,
    )
    return {row["sequence"]: row for row in rows}


async def page(
    tx: Tx, namespace: NamespaceKey, batch: Batch, codecs: NamespaceCodecs, grns: Grns, *, start: int, limit: int
) -> SerialKeyPage:
    """Return the keys from offset `start` on: at most `limit` and at most PAGE_BYTES_MAX bytes, but at least one."""
    job = batch.job
    grn_prefix = grns.of(namespace.name, "serialKey:")
    item_bytes = _ITEM_BYTES + len(grn_prefix) + len((job.metadata or "").encode()) + len(job.campaign_name)
    piece = await piece_of(tx, namespace, job, codecs, start=start, count=min(limit, PAGE_BYTES_MAX // item_bytes))
    names = await _names_of_others(tx, namespace, job, piece.touched.values())
    own_metadata = await _own_metadata(tx, namespace, job, piece.sequences)
    items: list[resources_pb2.SerialKey] = []
    total_bytes = 0
    for sequence, code in zip(piece.sequences, piece.codes, strict=True):
        item = resources_pb2.SerialKey(
            serial_key_id=grn_prefix + code,
            campaign_model_name=job.campaign_name,
            code=code,
            metadata=own_metadata.get(sequence, job.metadata),
            status=_untouched(batch),
            created_at=job.created_at,
            updated_at=batch.updated_at,
            revision=batch.revision,
        )
        row = piece.touched.get(sequence)
        if row is not None:
            _apply(item, row)
            item.campaign_model_name = names.get(_used_in(job, row), job.campaign_name)
        total_bytes += item.ByteSize()
        if items and total_bytes > PAGE_BYTES_MAX:
            return SerialKeyPage(items, sequence - job.first_sequence)
        items.append(item)
    return SerialKeyPage(items, piece.next_start)


async def _own_metadata(
    tx: Tx, namespace: NamespaceKey, job: IssueJob, sequences: Sequence[int]
) -> Mapping[int, str | None]:
    """Return the metadata of imported codes that have their own, by sequence."""
    if not job.imported or not sequences:
        return {}
    rows = await tx.all(
        QUERIES.imported_metadata_range,
        namespace_id=namespace.namespace_id,
        campaign_number=job.campaign_number,
        first_sequence=job.first_sequence,
        start=sequences[0] - job.first_sequence,
        end=sequences[-1] + 1 - job.first_sequence,
    )
    return {job.first_sequence + row["ordinal"]: row["metadata"] for row in rows}


def _used_in(job: IssueJob, row: Row) -> int:
    """Return the number of the campaign of a key with a stored state: if it is used, the one in which it was used."""
    if row["status"] != redeeming.CodeStatus.USED:
        return job.owner_number
    number: int = job.campaign_number if row["used_in"] is None else row["used_in"]
    return number


async def _names_of_others(tx: Tx, namespace: NamespaceKey, job: IssueJob, rows: Collection[Row]) -> Mapping[int, str]:
    """Return the names of the campaigns in which keys of a batch were used before it was moved, by number."""
    names: dict[int, str] = {}
    for number in sorted({_used_in(job, row) for row in rows} - {job.owner_number}):
        row = await tx.one(QUERIES.campaign_name_of, namespace_id=namespace.namespace_id, number=number)
        assert row is not None, "campaigns stay as long as their namespace"
        names[number] = row["name"]
    return names


async def chunk(
    tx: Tx, namespace: NamespaceKey, batch: Batch, codecs: NamespaceCodecs, *, start: int, masked: bool
) -> tuple[requests_pb2.StreamSerialKeysResponse, int | None]:
    """Return the stream message that begins at offset `start`, and the offset of the next one or None at the end."""
    job = batch.job
    piece = await piece_of(tx, namespace, job, codecs, start=start, count=CHUNK_CODES)
    places = {sequence: index for index, sequence in enumerate(piece.sequences)} if job.trimmed else None
    reply = requests_pb2.StreamSerialKeysResponse(
        codes=map(mask, piece.codes) if masked else piece.codes,
        states=_states(piece.touched, job.first_sequence + start, places),
        status=_untouched(batch),
        total_count=job.count,
    )
    return reply, piece.next_start


def _states(
    touched: Mapping[int, Row], first: int, places: Mapping[int, int] | None
) -> list[requests_pb2.SerialKeyState]:
    """Return the states of codes that are not ACTIVE; `places` are their indices, if codes are missing between them."""
    return [
        requests_pb2.SerialKeyState(
            index=sequence - first if places is None else places[sequence],
            status=row["status"],
            used_user_id=row["used_user_id"],
            used_at=row["used_at"],
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
