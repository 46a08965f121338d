"""Identifies a typed text as a serial key, an imported code or a campaign code, in this order."""

from typing import NamedTuple

from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import formats, redeeming
from redeemd.serialkey.batches import IMPORTED
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.errors import CodeNotFound
from redeemd.serialkey.guessing.guesses import UNMETERED, Guess, Unmetered
from redeemd.serialkey.queries import QUERIES
from redeemd.store.base import Tx

Found = OpenedCode | str  # an imported code, or the name of a campaign


class TypedCode(NamedTuple):
    """A text that a player typed, as far as it can be identified before the transaction.

    `code` is set for a serial key or an imported code; otherwise `text` is the name of a campaign, which was an enabled
    campaign code when it was looked up. `guess` must be entered as a context manager around checks that may refuse the
    code.
    """

    namespace: NamespaceKey
    text: str
    code: OpenedCode | None
    guess: Guess | Unmetered = UNMETERED


async def find(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str, *, now: int) -> Found:
    """Identify a text that is not a serial key of a known format.

    If it is neither an imported code nor a campaign code, it may be a serial key of a format that this process does not
    know yet, because another replica put it in force a moment ago, or one in which symbols were mistaken for others
    that look alike. Raises CodeNotFound or StaleNamespace.
    """
    found = await imported(tx, namespace, codecs, text)
    if found is not None:
        return found
    try:
        return (await redeeming.campaign_code(tx, namespace.namespace_id, text, now=now))[1].campaign_name
    except CodeNotFound:
        found = await formats.decode(tx, namespace, codecs, text) or codecs.decode_alike(text)
        if found is None:
            raise
        return found


async def imported(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str) -> OpenedCode | None:
    """Return the imported code that `text` spells, or None (semantics 12.3). Its campaign and sequence never change.

    A code that is compared exactly is preferred to one in another spelling.
    """
    sealer = codecs.sealer
    row = await tx.one(
        QUERIES.imported_code_find,
        namespace_id=namespace.namespace_id,
        exact_key=sealer.exact_key(text),
        folded_key=sealer.folded_key(fold(text)),
    )
    if row is None:
        return None
    printed = sealer.open(row["code_key"], row["sealed"])
    return OpenedCode(IMPORTED, row["campaign_number"], row["sequence"], printed, row["metadata"])
