"""Recorded uses of codes that several players can use: listed, and restored and erased with the data of a player."""

from collections.abc import Sequence

from redeemd.serialkey.batches import IssueJob
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX
from redeemd.serialkey.limits import totals
from redeemd.serialkey.limits.queries import QUERIES
from redeemd.serialkey.limits.uses import CAMPAIGN_CODE, Place
from redeemd.store.base import Row, Tx


async def page(
    tx: Tx,
    namespace_id: int,
    *,
    after: tuple[int, int, int],
    used_from: int,
    used_until: int,
    campaign_number: int | None,
    job: IssueJob | None,
    limit: int,
    user_id: str | None,
) -> Sequence[Row]:
    """Return recorded uses after (campaign, time, id), within a time: of one player, campaign and batch, if given."""
    after_campaign, after_time, after_use = max(after, (campaign_number or 0, -1, 0))
    return await tx.all(
        QUERIES.code_use_page if user_id is None else QUERIES.code_use_page_of_user,
        namespace_id=namespace_id,
        user_id=user_id,
        after_campaign=after_campaign,
        after_time=after_time,
        after_use=after_use,
        used_from=used_from,
        used_until=used_until,
        last_campaign=CAMPAIGN_NUMBER_MAX if campaign_number is None else campaign_number,
        job_campaign=None if job is None else job.campaign_number,
        first=0 if job is None else job.first_sequence,
        end=0 if job is None else job.first_sequence + job.count,
        limit=limit,
    )


async def clean(tx: Tx, namespace_id: int, user_id: str, *, limit: int) -> int:
    """Erase a player from recorded uses, which keep counting. Return the number of uses changed, at most `limit`."""
    return await tx.run(QUERIES.code_use_clean, namespace_id=namespace_id, user_id=user_id, limit=limit)


async def restore(tx: Tx, place: Place, number: int, use_id: int, user_id: str, *, used_at: int, now: int) -> bool:
    """Restore a use by a player, and count it unless only its player was erased. Return whether it was missing.

    `number` is that of the campaign in which it counts. It may exceed the limits, within which it was once.
    """
    record = {**place._asdict(), "number": number, "used_at": used_at, "use_id": use_id, "user_id": user_id}
    if await tx.one(QUERIES.code_use_restore, **record) is not None:
        return True
    if await tx.one(QUERIES.code_use_insert, **record) is None:
        return False
    if place.sequence != CAMPAIGN_CODE:
        await tx.run(QUERIES.key_uses_put, **place._asdict(), now=now)
    await totals.take(tx, place.namespace_id, number)
    return True
