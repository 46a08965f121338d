"""The totals of campaigns, which are kept in slices. Functions that run in a transaction and know no RPCs."""

from collections.abc import Sequence

from redeemd.serialkey.limits.model import SLICES, split
from redeemd.serialkey.limits.queries import QUERIES
from redeemd.store.base import Tx
from redeemd.store.sql import query

# On PostgreSQL, waits for the uses that are under way, and lets no other begin before the end of the transaction.
_WAIT_FOR_USES = query(
    "wait_for_uses", "/*postgres LOCK TABLE serial_key, code_use IN SHARE MODE else*/ SELECT 1 AS nothing /*end*/"
)


async def wait_for_uses(tx: Tx) -> None:
    """Ensure that every use whose statement has begun is visible, so that it is counted. Others wait for `tx`."""
    if not tx.serial:
        await tx.run(_WAIT_FOR_USES)


async def set_total(tx: Tx, namespace_id: int, number: int, total: int | None) -> None:
    """Set or remove the total of a campaign. Uses so far count."""
    campaign = {"namespace_id": namespace_id, "campaign_number": number}
    if total is None:
        await tx.run(QUERIES.slice_remove, **campaign)
        return
    taken = [row["taken"] for row in await tx.all(QUERIES.slice_read, **campaign)]
    if not taken:
        row = await tx.one(QUERIES.uses_count, **campaign)
        assert row is not None
        taken = [row["uses"]] + [0] * (SLICES - 1)
    await _put(tx, campaign, total, taken)


async def _put(tx: Tx, campaign: dict[str, int], total: int, taken: Sequence[int]) -> None:
    slices = enumerate(zip(split(total, taken), taken, strict=True))
    rows = [{**campaign, "slice": number, "allowance": allowed, "taken": used} for number, (allowed, used) in slices]
    await tx.many(QUERIES.slice_put, rows)


async def wait_for_a_slice(tx: Tx, namespace_id: int, number: int) -> None:
    """Wait on PostgreSQL for one of the uses of a campaign that are under way, and lock the slice that it took from."""
    await tx.one(QUERIES.slice_wait, namespace_id=namespace_id, campaign_number=number)


async def take(tx: Tx, namespace_id: int, number: int) -> None:
    """Count a use, which may exceed the total, if the campaign has one."""
    await tx.run(QUERIES.slice_take, namespace_id=namespace_id, campaign_number=number)


async def add(tx: Tx, namespace_id: int, number: int, count: int) -> None:
    """Count uses of another system, which may exceed the total, if the campaign has one. Further uses wait for `tx`."""
    campaign = {"namespace_id": namespace_id, "campaign_number": number}
    rows = await tx.all(QUERIES.slice_read, **campaign)
    if rows and count:
        taken = [row["taken"] for row in rows]
        taken[0] += count
        await _put(tx, campaign, sum(row["allowance"] for row in rows), taken)


async def give_back(tx: Tx, namespace_id: int, number: int) -> None:
    """Uncount a use, if the campaign has a total."""
    await tx.run(QUERIES.slice_give_back, namespace_id=namespace_id, campaign_number=number)
