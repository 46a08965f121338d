"""Imports codes that a studio already has.

The codes are written in steps, as rows of an import that is not visible yet, followed by the keys by which they are
found, also in steps. The last transaction assigns sequences of the campaign to the import, and all its codes become
usable at once; if they have states, these are written before (see redeemd.serialkey.importing.stating). An import that
fails, was a dry run or has a problem leaves rows that the housekeeping removes in steps.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from redeemd.base.clock import Clock
from redeemd.base.tasks import Tasks
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import campaigns, formats
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.imported import Match
from redeemd.serialkey.errors import ImportUnderWay
from redeemd.serialkey.importing import stating
from redeemd.serialkey.importing.importer import Import, confirm
from redeemd.serialkey.queries import QUERIES
from redeemd.store import locks
from redeemd.store.base import STEP_ROWS, Row, Store, Tx

_REMOVED_CODES = STEP_ROWS // 2  # per step, each with its key
SILENT_SECONDS_MAX = 60  # an import without progress for this long counts as abandoned


class _Begun(NamedTuple):
    """A new import. `others`: whether the namespace has imported codes already."""

    number: int
    campaign_names: frozenset[str]
    others: bool


class Imports:
    """The imports of this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._now = clock.now_ms
        self._tasks = Tasks()

    @contextlib.asynccontextmanager
    async def begin(
        self, namespace: NamespaceKey, codecs: NamespaceCodecs, campaign_name: str, match: Match
    ) -> AsyncIterator[Import]:
        """Begin an import, and abandon it on exit unless it is finished.

        Raises NamespaceNotFound, CampaignModelNotFound or ImportUnderWay.
        """
        beginning = self._tasks.start(self._begin(namespace, codecs, campaign_name, match))
        try:
            yield await asyncio.shield(beginning)
        finally:
            # A client that disconnects, here or while the import begins, must not leave an import that is never
            # abandoned.
            await asyncio.shield(self._tasks.start(_give_up(beginning)))

    async def _begin(
        self, namespace: NamespaceKey, codecs: NamespaceCodecs, campaign_name: str, match: Match
    ) -> Import:
        async def body(tx: Tx) -> _Begun | None:
            await formats.load(tx, namespace, codecs)  # whose codes are not imported
            return await _begin_in(tx, namespace.namespace_id, campaign_name, now=self._now())

        while (begun := await self._store.run(body, write=True)) is None:
            pass
        return Import(
            self._store, namespace, codecs, match=match, campaign_name=campaign_name, **begun._asdict(), now=self._now
        )


async def _give_up(beginning: "asyncio.Task[Import]") -> None:
    await asyncio.wait([beginning])
    if beginning.exception() is None:
        await beginning.result().give_up()


async def _begin_in(tx: Tx, namespace_id: int, campaign_name: str, *, now: int) -> _Begun | None:
    """Begin an import. None: rows of an abandoned import had to be removed first, and there may be more."""
    await tx.lock(locks.namespace(namespace_id))
    await confirm(tx, namespace_id)
    campaign_number = await campaigns.number_of(tx, namespace_id, campaign_name)
    if await _remove_one_step(tx, namespace_id, now=now) or await _trim_of(tx, namespace_id):
        return None
    silent_since = _silent_since(now)
    stating_of = await tx.one(QUERIES.code_import_stating_of, namespace_id=namespace_id, silent_since=silent_since)
    if await stating.step_of_silent(tx, stating_of, now=now):
        return None
    if await tx.one(QUERIES.code_import_under_way, namespace_id=namespace_id) is not None:
        raise ImportUnderWay
    row = await tx.one(QUERIES.code_import_begin, namespace_id=namespace_id, campaign_number=campaign_number, now=now)
    assert row is not None
    names = await tx.all(QUERIES.campaign_names, namespace_id=namespace_id)
    others = await tx.one(QUERIES.imported_key_any, namespace_id=namespace_id)
    return _Begun(row["import_number"], frozenset(row["name"] for row in names), others is not None)


def _silent_since(now: int) -> int:
    """Return the time before which an import without progress counts as abandoned."""
    return now - SILENT_SECONDS_MAX * 1000


async def _remove_one_step(tx: Tx, namespace_id: int, *, now: int) -> bool:
    silent_since = _silent_since(now)
    row = await tx.one(QUERIES.code_import_given_up_of, namespace_id=namespace_id, silent_since=silent_since)
    return await _remove(tx, row, silent_since)


async def give_up_all(tx: Tx) -> None:
    """Abandon all imports: an embedded database was just opened, so none can be in progress.

    The states of one that was finished are written by the housekeeping.
    """
    await tx.run(QUERIES.code_import_give_up_all)


async def remove_given_up(tx: Tx, *, now: int) -> bool:
    """Remove some rows of abandoned imports; return whether there were any."""
    silent_since = _silent_since(now)
    return await _remove(tx, await tx.one(QUERIES.code_import_given_up, silent_since=silent_since), silent_since)


async def write_states(tx: Tx, *, now: int) -> bool:
    """Write some states of an import whose process seems to have died; return whether there was one."""
    row = await tx.one(QUERIES.code_import_stating, silent_since=_silent_since(now))
    return await stating.step_of_silent(tx, row, now=now)


async def trim(tx: Tx) -> bool:
    """Remove some unused codes of a batch whose unused keys were deleted; return whether there was such a batch."""
    return await _trim(tx, await tx.one(QUERIES.code_import_trimming))


async def _trim_of(tx: Tx, namespace_id: int) -> bool:
    return await _trim(tx, await tx.one(QUERIES.code_import_trimming_of, namespace_id=namespace_id))


async def _trim(tx: Tx, row: Row | None) -> bool:
    if row is None:
        return False
    key = {name: row[name] for name in ("namespace_id", "import_number")}
    step = {"start": row["trimmed_to"], "end": row["trimmed_to"] + _REMOVED_CODES}
    if await tx.one(QUERIES.code_import_trimmed, **key, **step) is not None:  # first, for it locks the import
        codes = {**key, **step, "campaign_number": row["campaign_number"], "first_sequence": row["first_sequence"]}
        await tx.run(QUERIES.imported_key_trim, **codes)
        await tx.run(QUERIES.imported_code_trim, **codes)
    return True


async def _remove(tx: Tx, row: Row | None, silent_since: int) -> bool:
    """Remove some codes of the import in a row; return whether there was one.

    Without the lock on the import, two processes would each remove codes that the other believes to be there: a key
    would stay behind, or, once one of them finds nothing to remove, all the rest.
    """
    if row is None:
        return False
    key = {name: row[name] for name in ("namespace_id", "import_number")}
    if await tx.one(QUERIES.code_import_claim, **key, silent_since=silent_since) is not None:
        await _remove_claimed(tx, key)
    return True


async def _remove_claimed(tx: Tx, key: Mapping[str, int]) -> None:
    if await tx.run(QUERIES.imported_state_give_up, **key, limit=STEP_ROWS):
        return
    await tx.run(QUERIES.imported_key_remove, **key, limit=_REMOVED_CODES)
    if not await tx.run(QUERIES.imported_code_remove, **key, limit=_REMOVED_CODES):
        await tx.run(QUERIES.code_import_remove, **key)
