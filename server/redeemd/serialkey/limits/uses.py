"""Uses of codes within the limits of their campaigns. Functions that run in a transaction and know no RPCs."""

import secrets
from typing import NamedTuple

from redeemd.errors import Conflict
from redeemd.serialkey import redeeming
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.errors import CampaignModelNotFound
from redeemd.serialkey.limits import model, totals
from redeemd.serialkey.limits.known import KnownLimits
from redeemd.serialkey.limits.queries import QUERIES
from redeemd.serialkey.redeeming import CampaignHasLimits, CodeState, CodeStatus
from redeemd.store import locks
from redeemd.store.base import GUARD_TRIES_MAX, Row, Tx

CAMPAIGN_CODE = -1  # in place of the sequence of a serial key
_ID_BITS = 63


class Place(NamedTuple):
    """Identifies what a player uses: a serial key, or the code of a campaign, whose sequence is CAMPAIGN_CODE.

    The campaign is the one whose number is in the key. Its batch may have been moved to another one.
    """

    namespace_id: int
    campaign_number: int
    sequence: int


async def use(tx: Tx, namespace_id: int, code: OpenedCode, known: KnownLimits, *, user_id: str, now: int) -> CodeState:
    """Use a serial key, within the limits of its campaign if it has any.

    Raises CodeNotFound, CampaignModelNotFound, CodeOfAnotherPlayer, CodeStatusInvalid, a LimitReached, StaleNamespace
    or Conflict.
    """
    campaign = namespace_id, code.campaign_number
    if campaign not in known:
        try:
            return await redeeming.use(tx, namespace_id, code, user_id=user_id, now=now)
        except CampaignHasLimits:
            known.add(campaign)
    place = Place(namespace_id, code.campaign_number, code.sequence)
    for _ in range(GUARD_TRIES_MAX):
        row = await _try(tx, place, user_id=user_id, now=now, key_id=code.key_id)
        if row is not None:
            return redeeming.used(row, code, user_id=user_id, now=now)
        state = await redeeming.read(tx, namespace_id, code, now=now)
        if not state.limited:
            known.discard(campaign)
        await _explain(tx, place, state, user_id=user_id)
    raise Conflict


async def use_campaign_code(tx: Tx, namespace_id: int, name: str, *, user_id: str, now: int) -> CodeState:
    """Use a campaign code. The use is recorded if the campaign has limits.

    Raises CodeNotFound, CodeStatusInvalid, a LimitReached, StaleNamespace or Conflict.
    """
    for _ in range(GUARD_TRIES_MAX):
        number, state = await redeeming.campaign_code(tx, namespace_id, name, now=now)
        if not state.limited:
            redeeming.verify(state, active=True, campaign_name=None)
            return state
        place = Place(namespace_id, number, CAMPAIGN_CODE)
        row = await _try(tx, place, user_id=user_id, now=now, in_force=state.model)
        if row is not None:
            return state._replace(status=CodeStatus.USED, cause="used", used_user_id=user_id, used_at=now)
        await _explain(tx, place, state, user_id=user_id)
    raise Conflict


async def _try(
    tx: Tx, place: Place, *, user_id: str, now: int, key_id: str | None = None, in_force: bytes | None = None
) -> Row | None:
    """Use a code with one guarded statement, on SQLite with a few more. Return None if it was refused."""
    await tx.lock(locks.player(user_id))
    new_id = secrets.randbits(_ID_BITS)
    row = await tx.one(
        QUERIES.limited_use,
        **place._asdict(),
        key_id=key_id,
        in_force=in_force,
        user_id=user_id,
        now=now,
        use_id=new_id,
    )
    if row is None:
        return None
    tx.pin(locks.namespace(place.namespace_id), row["version"])
    if tx.serial:
        await _write(tx, place, row, new_id, user_id=user_id, now=now)
    return row


async def _write(tx: Tx, place: Place, row: Row, new_id: int, *, user_id: str, now: int) -> None:
    """Write on SQLite what the statement writes on PostgreSQL."""
    shared = row["uses_per_key"] is not None
    if place.sequence != CAMPAIGN_CODE:
        use = {"shared": int(shared), "moved_to": row["moved_to"], "user_id": user_id, "now": now}
        await tx.run(QUERIES.limited_key_put, **place._asdict(), **use)
    if shared or place.sequence == CAMPAIGN_CODE:
        use = {"number": row["number"], "use_id": new_id, "user_id": user_id, "used_at": now}
        await tx.run(QUERIES.code_use_insert, **place._asdict(), **use)
    if row["uses_total"] is not None:
        await totals.take(tx, place.namespace_id, row["number"])


async def _explain(tx: Tx, place: Place, state: CodeState, *, user_id: str) -> None:
    """Raise the refusal of a use that was refused; return if there is no reason any more.

    There is none if other calls held all slices with room; then it waits for one of them. A total that is used up needs
    no waiting: the slices are read in one statement, and uses that are not committed do not count.
    """
    refusal = await _refusal(tx, place, state, user_id=user_id)
    if refusal is not None:
        raise refusal
    if state.limited and not tx.serial:
        await totals.wait_for_a_slice(tx, place.namespace_id, _number(place, state))


def _number(place: Place, state: CodeState) -> int:
    """Return the number of the campaign in which a use counts."""
    return place.campaign_number if state.job is None else state.job.owner_number


async def _refusal(tx: Tx, place: Place, state: CodeState, *, user_id: str) -> Exception | None:
    """Return why a player cannot use a code; None if nothing speaks against it. Raises CodeOfAnotherPlayer."""
    if state.model is None:
        return CampaignModelNotFound()
    redeeming.require_owner(state, user_id)
    found = None
    if state.limited and state.cause in {"active", "used"}:
        row = await tx.one(QUERIES.limit_state, **place._asdict(), number=_number(place, state), user_id=user_id)
        if row is not None and (state.cause == "active" or row["uses_per_key"] is not None):
            found = model.refusal(row)
    if found is None and state.cause != "active":
        return redeeming.status_invalid(state)
    return found


async def verify(
    tx: Tx, place: Place, state: CodeState, *, user_id: str, active: bool, campaign_name: str | None
) -> None:
    """Do what redeeming.verify does for a player, whom the limits of the campaign may keep from using the code.

    Raises CampaignModelNotFound, CampaignMismatch, CodeOfAnotherPlayer, CodeStatusInvalid or a LimitReached.
    """
    if not state.limited or state.model is None or (campaign_name and campaign_name != state.campaign_name):
        redeeming.verify(state, active=active, campaign_name=campaign_name, user_id=user_id)
        return
    refusal = await _refusal(tx, place, state, user_id=user_id)
    if active and refusal is not None:
        raise refusal
    if not active and refusal is None:
        raise redeeming.status_invalid(state)
