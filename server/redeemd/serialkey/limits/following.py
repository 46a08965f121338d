"""Gives campaigns the limits of their models."""

from collections.abc import Mapping

from redeem.serialkey.v1.resources_pb2 import CampaignModel

from redeemd.serialkey.limits import totals
from redeemd.serialkey.limits.model import NO_LIMITS, Limits
from redeemd.serialkey.limits.queries import QUERIES
from redeemd.store.base import Row, Tx


async def follow_models(tx: Tx, namespace_id: int, models: Mapping[str, CampaignModel]) -> None:
    """Give each campaign the limits of its model. A campaign that is not in the master data keeps those it had.

    The caller has locked the namespace.
    """
    changed = [
        (row, limits)
        for row in await tx.all(QUERIES.limit_all, namespace_id=namespace_id)
        if (model := models.get(row["name"])) is not None and (limits := Limits.of(model)) != Limits.of_row(row)
    ]
    if changed:
        await totals.wait_for_uses(tx)
    for row, limits in changed:
        await _change(tx, namespace_id, row, limits)


async def _change(tx: Tx, namespace_id: int, row: Row, limits: Limits) -> None:
    await tx.run(
        QUERIES.limit_set,
        namespace_id=namespace_id,
        number=row["number"],
        limited=None if limits == NO_LIMITS else 1,
        **limits._asdict(),
    )
    if limits.uses_total != row["uses_total"]:
        await totals.set_total(tx, namespace_id, row["number"], limits.uses_total)
