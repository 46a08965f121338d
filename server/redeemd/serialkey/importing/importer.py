"""Imports codes that a studio already has.

The codes are written in steps, as rows of an import that is not visible yet, followed by the keys by which they are
found, also in steps. The last transaction assigns sequences of the campaign to the import, and all its codes become
usable at once. An import that fails, was a dry run or has a problem leaves rows that the housekeeping removes in steps.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from redeemd.errors import Conflict, NamespaceNotFound
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import batches, campaigns
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import SYMBOLS
from redeemd.serialkey.codec.imported import IV_BYTES as KEY_LENGTH
from redeemd.serialkey.download import csv_line
from redeemd.serialkey.errors import ImportUnderWay
from redeemd.serialkey.importing.report import Found, Problem, Report
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import ALWAYS
from redeemd.store import locks
from redeemd.store.base import BODY_ROWS_MAX, Store, StoreError, Tx

CODES_MAX = 1_000_000
STEP_CODES = BODY_ROWS_MAX - 1  # plus the row of the import
_REMOVED_CODES = BODY_ROWS_MAX // 2 - 1  # per step, each with its key
SILENT_SECONDS_MAX = 60  # an import without progress for this long counts as abandoned

T = TypeVar("T")
_tasks: set["asyncio.Task[Any]"] = set()


class _Sealed(NamedTuple):
    """A code ready to be written, and its position in the call. A tuple, because there may be a million of them."""

    position: int
    code_key: bytes
    sealed: bytes
    csv_bytes: int


class Import:
    """One import in progress."""

    def __init__(
        self,
        store: Store,
        namespace: NamespaceKey,
        codecs: NamespaceCodecs,
        *,
        number: int,
        campaign_names: frozenset[str],
        others: bool,
        now: Callable[[], int],
    ) -> None:
        """`others`: whether the namespace has imported codes already."""
        self._store = store
        self._namespace = namespace
        self._codecs = codecs
        self._campaign_names = campaign_names
        self._now = now
        self._key = {"namespace_id": namespace.namespace_id, "import_number": number}
        self._digest = hashlib.sha256()
        self._writing: asyncio.Task[None] | None = None
        self._others = others
        self._seen: set[bytes] = set()
        self._keys = bytearray()  # of all written codes, in the order of their ordinals
        self.count = 0
        self.report = Report()

    @property
    def digest(self) -> bytes:
        """The SHA-256 of all codes received, in order."""
        return self._digest.digest()

    async def add(self, codes: Sequence[str]) -> None:
        """Add codes. While one step is being written, the next one is sealed.

        Raises NamespaceNotFound, Conflict if the import was abandoned meanwhile, or a StoreError.
        """
        for start in range(0, len(codes), STEP_CODES):
            step, problems = await asyncio.to_thread(
                self._seal, codes[start : start + STEP_CODES], self.report.received
            )
            self.report.received += min(STEP_CODES, len(codes) - start)
            self.report.add(problems)
            step = self._new(step, await self._known(step) if self._others else frozenset())
            await self.written()
            if step:
                self._writing = asyncio.create_task(self._write(step, self.count))
                self.count += len(step)

    async def written(self) -> None:
        """Wait until all codes added so far are written."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    def _seal(self, codes: Sequence[str], first_position: int) -> tuple[list[_Sealed], list[Found]]:
        """Seal codes, and find those that are invalid by themselves. Runs in a thread."""
        self._digest.update("".join(f"{code}\n" for code in codes).encode())
        sealed, problems = [], []
        for position, code in enumerate(codes, first_position):
            if code.strip() != code:
                problems.append((position, Problem.WHITE_SPACE))
            elif code in self._campaign_names:
                problems.append((position, Problem.CAMPAIGN_NAME))
            elif self._opens(code):
                problems.append((position, Problem.SERIAL_KEY))
            else:
                sealed.append(_Sealed(position, *self._codecs.sealer.seal(code), len(csv_line(code).encode())))
        return sealed, problems

    def _opens(self, code: str) -> bool:
        if len(code) < SYMBOLS and code.isascii():  # folding never lengthens an ASCII text
            return False
        return self._codecs.codec.decode(code) is not None

    async def _known(self, step: Sequence[_Sealed]) -> frozenset[bytes]:
        """Return the keys that earlier imports have. No import can add one meanwhile: only one runs per namespace."""

        async def body(tx: Tx) -> frozenset[bytes]:
            key = {"namespace_id": self._namespace.namespace_id}
            return frozenset(
                [
                    item.code_key
                    for item in step
                    if await tx.one(QUERIES.imported_key_get, **key, code_key=item.code_key) is not None
                ]
            )

        return await self._store.run(body, write=False)

    def _new(self, step: Sequence[_Sealed], known: frozenset[bytes]) -> list[_Sealed]:
        """Return the codes that are neither `known` nor repeated in this call; report the others."""
        new, problems = [], []
        for item in step:
            if item.code_key in known:
                problems.append((item.position, Problem.CONFLICT))
            elif item.code_key in self._seen:
                problems.append((item.position, Problem.DUPLICATE))
            else:
                self._seen.add(item.code_key)
                self._keys += item.code_key
                new.append(item)
        self.report.add(problems)
        return new

    async def _write(self, step: Sequence[_Sealed], first: int) -> None:
        async def body(tx: Tx) -> None:
            await self._advance(tx, count=len(step), csv_bytes=sum(item.csv_bytes for item in step))
            rows = [
                {**self._key, "ordinal": ordinal, "code_key": item.code_key, "sealed": item.sealed}
                for ordinal, item in enumerate(step, first)
            ]
            await tx.many(QUERIES.imported_code_insert, rows)

        await self._store.run(body, write=True)

    async def write_keys(self) -> None:
        """Write the keys by which the codes are found once the import is finished. Raises as `add` does."""
        order = await asyncio.to_thread(_sorted, self._keys)
        for start in range(0, len(order), STEP_CODES):
            rows = [
                {**self._key, "ordinal": ordinal, "code_key": self._code_key(ordinal)}
                for ordinal in order[start : start + STEP_CODES]
            ]

            async def body(tx: Tx, rows: list[dict[str, Any]] = rows) -> None:
                await self._advance(tx, count=0, csv_bytes=0)
                await tx.many(QUERIES.imported_key_insert, rows)

            await self._store.run(body, write=True)

    def _code_key(self, ordinal: int) -> bytes:
        return bytes(self._keys[ordinal * KEY_LENGTH : (ordinal + 1) * KEY_LENGTH])

    async def _advance(self, tx: Tx, *, count: int, csv_bytes: int) -> None:
        row = await tx.one(QUERIES.code_import_step, **self._key, count=count, csv_bytes=csv_bytes, now=self._now())
        if row is None:
            await _confirm(tx, self._namespace.namespace_id)
            raise Conflict

    async def finish(self, tx: Tx, campaign_name: str, *, name: str, metadata: str | None, now: int) -> IssueJob:
        """Make the codes a batch. Raises NamespaceNotFound, CampaignModelNotFound, NumbersExhausted or Conflict."""
        await _confirm(tx, self._namespace.namespace_id)
        job = await batches.issue(
            tx,
            self._namespace.namespace_id,
            campaign_name,
            count=self.count,
            name=name,
            key_id=IMPORTED,
            metadata=metadata,
            validity=ALWAYS,
            now=now,
        )
        done = await tx.one(QUERIES.code_import_finish, **self._key, first_sequence=job.first_sequence, now=now)
        if done is None:
            raise Conflict
        return job

    async def give_up(self) -> None:
        """Abandon the import, unless it is finished; the housekeeping removes its rows."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        # The call's response is decided. If this fails, the housekeeping notices that the import makes no progress.
        with contextlib.suppress(StoreError):
            await self._store.run(lambda tx: tx.run(QUERIES.code_import_give_up, **self._key), write=True)


@contextlib.asynccontextmanager
async def begin(
    store: Store, namespace: NamespaceKey, codecs: NamespaceCodecs, campaign_name: str, *, now: Callable[[], int]
) -> AsyncIterator[Import]:
    """Begin an import, and abandon it on exit unless it is finished.

    Raises NamespaceNotFound, CampaignModelNotFound or ImportUnderWay.
    """
    beginning = _unstoppable(_begin(store, namespace, codecs, campaign_name, now=now))
    try:
        yield await asyncio.shield(beginning)
    finally:
        # A client that disconnects, here or while the import begins, must not leave an import that is never abandoned.
        await asyncio.shield(_unstoppable(_give_up(beginning)))


async def _give_up(beginning: "asyncio.Task[Import]") -> None:
    await asyncio.wait([beginning])
    if beginning.exception() is None:
        await beginning.result().give_up()


def _unstoppable(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Run `work` to its end, even if the caller is cancelled."""
    task = asyncio.create_task(work)
    _tasks.add(task)  # the event loop holds only a weak reference
    task.add_done_callback(_tasks.discard)
    return task


async def _begin(
    store: Store, namespace: NamespaceKey, codecs: NamespaceCodecs, campaign_name: str, *, now: Callable[[], int]
) -> Import:
    namespace_id = namespace.namespace_id

    async def body(tx: Tx) -> dict[str, Any] | None:
        """Begin the import. None: rows of an abandoned import had to be removed first, and there may be more."""
        await tx.lock(locks.namespace(namespace_id))
        await _confirm(tx, namespace_id)
        campaign_number = await campaigns.number_of(tx, namespace_id, campaign_name)
        if await _remove_one_step(tx, namespace_id, now=now()):
            return None
        if await tx.one(QUERIES.code_import_under_way, namespace_id=namespace_id) is not None:
            raise ImportUnderWay
        row = await tx.one(
            QUERIES.code_import_begin, namespace_id=namespace_id, campaign_number=campaign_number, now=now()
        )
        assert row is not None
        names = await tx.all(QUERIES.campaign_names, namespace_id=namespace_id)
        others = await tx.one(QUERIES.imported_key_any, namespace_id=namespace_id)
        return {
            "number": row["import_number"],
            "campaign_names": frozenset(row["name"] for row in names),
            "others": others is not None,
        }

    while (begun := await store.run(body, write=True)) is None:
        pass
    return Import(store, namespace, codecs, **begun, now=now)


def _sorted(keys: bytes | bytearray) -> list[int]:
    """Return the ordinals in the order of their 16-byte keys."""
    halves = np.frombuffer(keys, dtype=">u8").reshape(-1, 2)
    order: list[int] = np.lexsort((halves[:, 1], halves[:, 0])).tolist()
    return order


async def _confirm(tx: Tx, namespace_id: int) -> None:
    if await namespaces.by_id(tx, namespace_id) is None:
        raise NamespaceNotFound


async def _remove_one_step(tx: Tx, namespace_id: int, *, now: int) -> bool:
    row = await tx.one(
        QUERIES.code_import_given_up_of,
        namespace_id=namespace_id,
        silent_since=now - SILENT_SECONDS_MAX * 1000,
    )
    if row is None:
        return False
    await _remove(tx, namespace_id, row["import_number"])
    return True


async def give_up_all(tx: Tx) -> None:
    """Abandon all imports: an embedded database was just opened, so none can be in progress."""
    await tx.run(QUERIES.code_import_give_up_all)


async def remove_given_up(tx: Tx, *, now: int) -> bool:
    """Remove some rows of abandoned imports; return whether there were any."""
    row = await tx.one(QUERIES.code_import_given_up, silent_since=now - SILENT_SECONDS_MAX * 1000)
    if row is None:
        return False
    await _remove(tx, row["namespace_id"], row["import_number"])
    return True


async def _remove(tx: Tx, namespace_id: int, number: int) -> None:
    key = {"namespace_id": namespace_id, "import_number": number}
    await tx.run(QUERIES.code_import_give_up, **key)
    await tx.run(QUERIES.imported_key_remove, **key, limit=_REMOVED_CODES)
    if not await tx.run(QUERIES.imported_code_remove, **key, limit=_REMOVED_CODES):
        await tx.run(QUERIES.code_import_remove, **key)
