"""Operations on used codes: list them, erase who used them, and restore who did."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypedDict

from redeem.serialkey.v1 import resources_pb2

from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.resource import Grns
from redeemd.serialkey import campaigns, redeeming, render
from redeemd.serialkey.batches import IMPORTED
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX, OpenedCode
from redeemd.serialkey.errors import CodeNotFound
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Row, Tx


class CodePosition(NamedTuple):
    """A position among the used codes of a namespace, which are ordered by campaign and sequence."""

    campaign_number: int
    sequence: int

    @classmethod
    def of(cls, row: Row) -> "CodePosition":
        """Return the position of a listed code."""
        return cls(row["campaign_number"], row["sequence"])

    @classmethod
    def parse(cls, text: str) -> "CodePosition":
        """Parse the result of `str`. Raises ValueError."""
        campaign_number, sequence = map(int, text.split("."))
        return cls(campaign_number, sequence)

    def __str__(self) -> str:
        return f"{self.campaign_number}.{self.sequence}"


class _Where(TypedDict):
    namespace_id: int
    user_id: str | None
    limit: int


BEGINNING = CodePosition(0, -1)  # campaigns are numbered from 1


async def page(
    tx: Tx,
    namespace: NamespaceKey,
    *,
    after: CodePosition,
    limit: int,
    user_id: str | None = None,
    campaign_number: int | None = None,
) -> Sequence[Row]:
    """Return used codes after a position, by the campaign that issued them and in the order of issue.

    With `campaign_number`, only those that were used in this campaign.
    """
    where: _Where = {"namespace_id": namespace.namespace_id, "user_id": user_id, "limit": limit}
    if campaign_number is None:
        return await _read(tx, where, after, CAMPAIGN_NUMBER_MAX)
    if user_id is not None:
        return await _used_in(tx, where, after, CAMPAIGN_NUMBER_MAX, campaign_number)
    own = await _used_in(tx, where, max(after, CodePosition(campaign_number, -1)), campaign_number, campaign_number)
    moved = await tx.all(QUERIES.redemption_page_moved, **where, **_after(after), used_in=campaign_number)
    return sorted([*own, *moved], key=CodePosition.of)[:limit] if moved else own


async def _used_in(tx: Tx, where: _Where, after: CodePosition, last_campaign: int, number: int) -> Sequence[Row]:
    """Return a page of those codes that were used in a campaign; others are few: of batches that were moved."""
    found: list[Row] = []
    while True:
        rows = await _read(tx, where, after, last_campaign)
        found += [row for row in rows if (row["used_in"] or row["campaign_number"]) == number]
        if len(found) >= where["limit"] or len(rows) < where["limit"]:
            return found[: where["limit"]]
        after = CodePosition.of(rows[-1])


async def _read(tx: Tx, where: _Where, after: CodePosition, last_campaign: int) -> Sequence[Row]:
    query = QUERIES.redemption_page if where["user_id"] is None else QUERIES.redemption_page_of_user
    return await tx.all(query, **where, **_after(after), last_campaign=last_campaign)


def _after(position: CodePosition) -> dict[str, int]:
    return {"after_campaign": position.campaign_number, "after_sequence": position.sequence}


def item(row: Row, namespace: NamespaceKey, codecs: NamespaceCodecs, grns: Grns) -> resources_pb2.SerialKey:
    """Render a used code."""
    if row["key_id"] == IMPORTED:
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
    """Erase a user from the codes they used, which stay used. Return the number of codes changed, at most `limit`."""
    return await tx.run(QUERIES.redemption_clean, namespace_id=namespace_id, user_id=user_id, limit=limit, now=now)


Restored = Literal["restored", "unchanged", "used by another player", "no such code"]


async def restore(tx: Tx, namespace_id: int, code: OpenedCode, user_id: str, *, used_at: int, now: int) -> Restored:
    """Restore the fact that a user used a code."""
    try:
        state = await redeeming.read(tx, namespace_id, code, now=now)
    except CodeNotFound:
        return "no such code"
    if state.used_user_id is None:
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
            return "restored"
        state = await redeeming.read(tx, namespace_id, code, now=now)  # another call used it meanwhile
    return "unchanged" if state.used_user_id == user_id else "used by another player"
