"""What a text is that a player typed: a serial key, an imported code or a campaign code, looked for in this order."""

from typing import NamedTuple

from redeemd.rpc.namespaces import NamespaceKey
from redeemd.serialkey import logic
from redeemd.serialkey.batches import IMPORTED, QUERIES
from redeemd.serialkey.codecs import NamespaceCodecs
from redeemd.serialkey.codes import OpenedCode
from redeemd.serialkey.guesses import FREE, Free, Guess
from redeemd.store.base import Store, Tx

Found = OpenedCode | None


class TypedCode(NamedTuple):
    """What a player typed, as far as it can be known before the transaction.

    code is set for a serial key and for an imported code; else the text is the name of a campaign that was a code a
    moment ago. `guess` wants to hear whether the code is refused.
    """

    namespace: NamespaceKey
    text: str
    code: OpenedCode | None
    guess: Guess | Free = FREE


async def find(store: Store, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str, *, now: int) -> Found:
    """Find out what a text is that is no serial key: an imported code, or None for a campaign code.

    What is no code of the namespace ends here, far from the writer. Raises CodeNotFound or StaleNamespace.
    """

    async def body(tx: Tx) -> Found:
        return await find_inside(tx, namespace, codecs, text, now=now)

    return await store.run(body, write=False, autocommit=True)


async def find_inside(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str, *, now: int) -> Found:
    """Find out the same inside a transaction. Raises CodeNotFound or StaleNamespace."""
    found = await imported(tx, namespace, codecs, text)
    if found is None:
        await logic.campaign_code(tx, namespace.namespace_id, text, now=now)
    return found


async def imported(tx: Tx, namespace: NamespaceKey, codecs: NamespaceCodecs, text: str) -> OpenedCode | None:
    """Look for a code that was imported, exactly as it was (semantics 12.3). Where it leads never changes."""
    code_key, _ = codecs.sealer.seal(text)
    row = await tx.one(QUERIES.imported_code_find, namespace_id=namespace.namespace_id, code_key=code_key)
    if row is None:
        return None
    return OpenedCode(IMPORTED, row["campaign_number"], row["sequence"], text)
