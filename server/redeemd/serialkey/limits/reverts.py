"""Reverts uses of codes. Functions that run in a transaction and know no RPCs."""

from redeemd.serialkey import redeeming
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.errors import CodeNotFound, CodeStatusInvalid
from redeemd.serialkey.limits import totals
from redeemd.serialkey.limits.queries import QUERIES
from redeemd.serialkey.limits.uses import CAMPAIGN_CODE, Place
from redeemd.serialkey.redeeming import CodeState
from redeemd.store.base import Row, Tx


async def revert(tx: Tx, namespace_id: int, code: OpenedCode, *, user_id: str, now: int) -> CodeState:
    """Revert the last use of a serial key by a player.

    Raises CodeNotFound, CampaignModelNotFound, CodeStatusInvalid, StaleNamespace or Conflict.
    """
    place = Place(namespace_id, code.campaign_number, code.sequence)
    used = await tx.one(QUERIES.key_used_in, **place._asdict())
    try:
        state = await redeeming.revert(tx, namespace_id, code, user_id=user_id, now=now)
    except CodeStatusInvalid:
        used = await _remove_record(tx, place, user_id)
        if used is None:
            raise
        before = await redeeming.read(tx, namespace_id, code, now=now)
        await tx.run(QUERIES.key_uses_add, **place._asdict(), count=-1, now=now)
        state = await _read(tx, namespace_id, code, before, now=now)
    # Whether the campaign has a total is not part of the state, and one may have been set since that was read.
    if used is not None:
        await totals.give_back(tx, namespace_id, used["number"])
    return state


async def _read(tx: Tx, namespace_id: int, code: OpenedCode, before: CodeState, *, now: int) -> CodeState:
    """Return the state of a key of which a use was reverted, and that was in the state `before`.

    If it is unused now and the unused keys of its batch are deleted, it is deleted, too.
    """
    try:
        return await redeeming.read(tx, namespace_id, code, now=now)
    except CodeNotFound:
        return await redeeming.delete_unused(tx, namespace_id, before, now=now)


async def revert_campaign_code(
    tx: Tx, namespace_id: int, name: str, *, user_id: str, now: int
) -> tuple[CodeState, bool]:
    """Revert the last recorded use of a campaign code by a player. Return its state, and whether there was such a use.

    Raises CodeNotFound or StaleNamespace.
    """
    number, state = await redeeming.campaign_code(tx, namespace_id, name, now=now)
    place = Place(namespace_id, number, CAMPAIGN_CODE)
    reverted = await _remove_record(tx, place, user_id)
    if reverted is not None:
        await totals.give_back(tx, namespace_id, number)
    return state, reverted is not None


async def _remove_record(tx: Tx, place: Place, user_id: str) -> Row | None:
    """Remove the last use of a code by a player, and return the `number` of the campaign in which it counted."""
    return await tx.one(QUERIES.code_use_revert, **place._asdict(), user_id=user_id)
