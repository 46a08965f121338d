"""Operations on used codes: list them, erase who used them, and restore who did."""

import heapq
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Literal, NamedTuple, TypedDict

from redeem.serialkey.v1 import resources_pb2

from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.resource import Grns
from redeemd.serialkey import campaigns, redeeming, render
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX, SEQUENCE_MAX, OpenedCode
from redeemd.serialkey.errors import CodeNotFound
from redeemd.serialkey.limits import records, totals
from redeemd.serialkey.limits.uses import CAMPAIGN_CODE
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx

AFTER_KEYS = 1 << 40  # greater than any sequence
USE_ID_MAX = (1 << 63) - 1


class CodePosition(NamedTuple):
    """A position among the redemptions of a namespace.

    They are ordered by campaign: first the keys that one player used, by sequence; then the uses of codes that several
    players can use, by time, whose sequence is AFTER_KEYS.
    """

    campaign_number: int
    sequence: int
    used_at: int = -1
    use_id: int = 0

    @classmethod
    def of(cls, row: Row) -> "CodePosition":
        """Return the position of a listed code."""
        if row["use_id"] is None:
            return cls(row["campaign_number"], row["sequence"])
        return cls(row["used_in"], AFTER_KEYS, row["used_at"], row["use_id"])

    @classmethod
    def parse(cls, text: str) -> "CodePosition":
        """Parse the result of `str`. Raises ValueError."""
        return cls(*map(int, text.split(".")))

    def __str__(self) -> str:
        return ".".join(map(str, self))


BEGINNING = CodePosition(0, CAMPAIGN_CODE)  # campaigns are numbered from 1
END = CodePosition(CAMPAIGN_NUMBER_MAX, SEQUENCE_MAX)
TIME_END = 32_503_680_000_000 + 1  # after every time of the contract


class TimePosition(NamedTuple):
    """A position among the codes that were used in a campaign, which are ordered by the time of use."""

    used_at: int
    code: CodePosition

    @classmethod
    def of(cls, row: Row) -> "TimePosition":
        """Return the position of a listed code."""
        return cls(row["used_at"], CodePosition.of(row))

    @classmethod
    def parse(cls, text: str) -> "TimePosition":
        """Parse the result of `str`. Raises ValueError."""
        used_at, code = text.split(".", 1)
        return cls(int(used_at), CodePosition.parse(code))

    def __str__(self) -> str:
        return f"{self.used_at}.{self.code}"


class Among(NamedTuple):
    """The used codes among which some are listed: those used in a campaign, of a batch, in a time, each if given.

    Times are Unix milliseconds; `used_until` is exclusive.
    """

    campaign_number: int | None = None
    job: IssueJob | None = None
    used_from: int = 0
    used_until: int = TIME_END

    @property
    def bounds(self) -> tuple[CodePosition, CodePosition]:
        """Return the position after which the codes are, and the last one."""
        if self.job is None:
            return BEGINNING, END
        first = CodePosition(self.job.campaign_number, self.job.first_sequence)
        return first._replace(sequence=first.sequence - 1), first._replace(sequence=first.sequence + self.job.count - 1)


ALL = Among()


class _Where(TypedDict):
    namespace_id: int
    user_id: str | None
    used_from: int
    used_until: int
    limit: int


async def page(
    tx: Tx,
    namespace: NamespaceKey,
    *,
    after: CodePosition,
    limit: int,
    user_id: str | None = None,
    among: Among = ALL,
) -> Sequence[Row]:
    """Return redemptions after a position, by the campaign that issued the code, in the order of issue, and by time.

    A campaign code is listed once for each use that was recorded, a key that several players can use likewise. The
    times of `among` count for a user only: see `page_by_time`.
    """
    where: _Where = {
        "namespace_id": namespace.namespace_id,
        "user_id": user_id,
        "used_from": among.used_from,
        "used_until": among.used_until,
        "limit": limit,
    }
    of_one = await _of_one_player(tx, where, after, among)
    since = after.campaign_number, after.used_at, after.use_id
    of_several = await records.page(tx, **where, after=since, campaign_number=among.campaign_number, job=among.job)
    return _merged(of_one, of_several, CodePosition.of, limit)


def _merged(
    of_one: Sequence[Row], of_several: Sequence[Row], position: Callable[[Row], tuple[object, ...]], limit: int
) -> Sequence[Row]:
    """Return the first of two lists, each ordered by the position of its rows."""
    return list(islice(heapq.merge(of_one, of_several, key=position), limit)) if of_several else of_one


async def _of_one_player(tx: Tx, where: _Where, after: CodePosition, among: Among) -> Sequence[Row]:
    """Return a page of the keys that one player used."""
    number, (before, last) = among.campaign_number, among.bounds
    after = max(after, before)
    if number is None:
        return await _read(tx, where, after, last)
    if where["user_id"] is not None or among.job is not None:
        return await _used_in(tx, where, after, last, number)
    own = await _used_in(tx, where, max(after, CodePosition(number, -1)), CodePosition(number, SEQUENCE_MAX), number)
    moved = await tx.all(QUERIES.redemption_page_moved, **where, **_after(after), used_in=number)
    return sorted([*own, *moved], key=CodePosition.of)[: where["limit"]] if moved else own


async def _used_in(tx: Tx, where: _Where, after: CodePosition, last: CodePosition, number: int) -> Sequence[Row]:
    """Return a page of those codes that were used in a campaign; others are few: of batches that were moved."""
    found: list[Row] = []
    while True:
        rows = await _read(tx, where, after, last)
        found += [row for row in rows if (row["used_in"] or row["campaign_number"]) == number]
        if len(found) >= where["limit"] or len(rows) < where["limit"]:
            return found[: where["limit"]]
        after = CodePosition.of(rows[-1])


async def _read(tx: Tx, where: _Where, after: CodePosition, last: CodePosition) -> Sequence[Row]:
    query = QUERIES.redemption_page if where["user_id"] is None else QUERIES.redemption_page_of_user
    return await tx.all(
        query, **where, **_after(after), last_campaign=last.campaign_number, last_sequence=last.sequence
    )


def _after(position: CodePosition) -> dict[str, int]:
    return {"after_campaign": position.campaign_number, "after_sequence": position.sequence}


async def page_by_time(
    tx: Tx, namespace: NamespaceKey, *, after: TimePosition | None, limit: int, among: Among
) -> Sequence[Row]:
    """Return codes that were used in the campaign of `among` after a position, by the time of use."""
    assert among.campaign_number is not None
    before, last = among.bounds
    used_at, code = after or TimePosition(among.used_from, BEGINNING)
    of_one = await tx.all(
        QUERIES.redemption_page_of_span,
        namespace_id=namespace.namespace_id,
        used_in=among.campaign_number,
        after_used_at=used_at,
        **_after(code),
        used_until=among.used_until,
        before_campaign=before.campaign_number,
        before_sequence=before.sequence,
        last_campaign=last.campaign_number,
        last_sequence=last.sequence,
        limit=limit,
    )
    of_several = await records.page(
        tx,
        namespace.namespace_id,
        user_id=None,
        after=_use_after(used_at, code, among.campaign_number),
        used_from=among.used_from,
        used_until=among.used_until,
        campaign_number=among.campaign_number,
        job=among.job,
        limit=limit,
    )
    return _merged(of_one, of_several, TimePosition.of, limit)


def _use_after(used_at: int, code: CodePosition, campaign_number: int) -> tuple[int, int, int]:
    """Return the position of uses in a campaign that corresponds to a code and the time of its use."""
    if code.sequence == AFTER_KEYS:
        return campaign_number, used_at, code.use_id
    listed = code.campaign_number > campaign_number  # are the uses at this time
    return campaign_number, used_at if listed else used_at - 1, USE_ID_MAX


def item(row: Row, namespace: NamespaceKey, codecs: NamespaceCodecs, grns: Grns) -> resources_pb2.SerialKey:
    """Render a used code."""
    if row["key_id"] is None:
        code = row["campaign_name"]
    elif row["key_id"] == IMPORTED:
        code = codecs.sealer.open(row["code_key"], row["sealed"])
    else:
        code = codecs.encode(row["key_id"], row["campaign_number"], row["sequence"])
    found = resources_pb2.SerialKey(
        serial_key_id=grns.of(namespace.name, f"serialKey:{code}"),
        campaign_model_name=row["campaign_name"],
        code=code,
        metadata=row["metadata"],
        status=render.status(redeeming.CodeStatus.USED),
        created_at=row["created_at"],
        updated_at=max(row["updated_at"], row["job_updated_at"], campaigns.changed_at(row)),
        revision=row["revision"] + row["job_revision"] + row["campaign_revision"],
        status_reason=row["status_reason"],
    )
    render.set_use(found, row)
    return found


async def imported_code(
    tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, campaign_number: int, sequence: int
) -> str | None:
    """Return the imported code at a sequence of its campaign; None if it was removed with its namespace."""
    row = await tx.one(
        QUERIES.imported_code_at,
        namespace_id=namespace.namespace_id,
        campaign_number=campaign_number,
        sequence=sequence,
    )
    return None if row is None else codecs.sealer.open(row["code_key"], row["sealed"])


async def clean(tx: Tx, namespace_id: int, user_id: str, *, limit: int, now: int) -> int:
    """Erase a user from the codes they used, which stay used. Return the number of codes changed, at most `limit`.

    First those of an import whose states are not written yet, so that none is written behind this.
    """
    player = {"namespace_id": namespace_id, "user_id": user_id}
    cleaned = await tx.run(QUERIES.imported_state_clean, **player, limit=limit)
    if cleaned < limit:
        cleaned += await tx.run(QUERIES.redemption_clean, **player, limit=limit - cleaned, now=now)
    return cleaned


Restored = Literal["restored", "unchanged", "used by another player", "no such code"]


async def restore(tx: Tx, namespace_id: int, code: OpenedCode, user_id: str, *, used_at: int, now: int) -> Restored:
    """Restore the fact that a user used a code."""
    try:
        state = await redeeming.read(tx, namespace_id, code, now=now)
    except CodeNotFound:
        return "no such code"
    if state.used_user_id is None:
        unused = state.status != redeeming.CodeStatus.USED
        restored = await tx.one(
            QUERIES.redemption_restore,
            namespace_id=namespace_id,
            campaign_number=code.campaign_number,
            sequence=code.sequence,
            user_id=user_id,
            used_at=used_at,
            now=now,
        )
        if restored is not None:
            if unused:
                await totals.take(tx, namespace_id, state.job.owner_number if state.job else code.campaign_number)
            return "restored"
        state = await redeeming.read(tx, namespace_id, code, now=now)  # another call used it meanwhile
    return "unchanged" if state.used_user_id == user_id else "used by another player"
