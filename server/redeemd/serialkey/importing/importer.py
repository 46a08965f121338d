"""Writes the codes of one import, in steps; see redeemd.serialkey.importing.imports."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from redeemd.errors import Conflict, NamespaceNotFound
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import issuing
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.codes import SYMBOLS
from redeemd.serialkey.codec.csv_file import csv_line
from redeemd.serialkey.codec.folding import fold
from redeemd.serialkey.codec.imported import IV_BYTES as KEY_LENGTH
from redeemd.serialkey.codec.imported import Match, Sealed
from redeemd.serialkey.importing.report import Found, Problem, Report
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Validity
from redeemd.store.base import BODY_ROWS_MAX, Store, StoreError, Tx

STEP_CODES = BODY_ROWS_MAX - 1  # plus the row of the import


class _Ready(NamedTuple):
    """A code ready to be written, its text, and its position in the call. A tuple, because there may be a million."""

    position: int
    text: str
    sealed: Sealed
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
        match: Match,
        campaign_names: frozenset[str],
        others: bool,
        now: Callable[[], int],
    ) -> None:
        """`others`: whether the namespace has imported codes already."""
        self._store = store
        self._namespace = namespace
        self._codecs = codecs
        self._match = match
        self._campaign_names = frozenset(map(fold, campaign_names) if match == Match.FOLDED else campaign_names)
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

    def _seal(self, codes: Sequence[str], first_position: int) -> tuple[list[_Ready], list[Found]]:
        """Seal codes, and find those that are invalid by themselves. Runs in a thread."""
        self._digest.update("".join(f"{code}\n" for code in codes).encode())
        sealed, problems = [], []
        for position, code in enumerate(codes, first_position):
            folded = fold(code) if self._match == Match.FOLDED else None
            problem = self._problem(code, code if folded is None else folded)
            if problem is not None:
                problems.append((position, problem))
            else:
                encrypted = self._codecs.sealer.seal(code, folded)
                sealed.append(_Ready(position, code, encrypted, len(csv_line(code).encode())))
        return sealed, problems

    def _problem(self, code: str, spelled: str) -> Problem | None:
        """Return what is wrong with a code by itself; `spelled` is the text that it is found by."""
        if code.strip() != code:
            return Problem.WHITE_SPACE
        if not spelled:
            return Problem.NO_CHARACTERS
        if spelled in self._campaign_names:
            return Problem.CAMPAIGN_NAME
        return Problem.SERIAL_KEY if self._opens(spelled) else None

    def _opens(self, code: str) -> bool:
        shortest = min(SYMBOLS, self._codecs.formats.shortest or SYMBOLS)
        if len(code) < shortest and code.isascii():  # folding never lengthens an ASCII text
            return False
        return self._codecs.decode(code) is not None

    async def _known(self, step: Sequence[_Ready]) -> frozenset[bytes]:
        """Return the keys of those that earlier imports have. No import can add one meanwhile: one runs at a time."""
        both = await asyncio.to_thread(lambda: [(item.sealed.lookup_key, self._both_keys(item.text)) for item in step])

        async def body(tx: Tx) -> frozenset[bytes]:
            namespace_id = self._namespace.namespace_id
            return frozenset(
                [
                    key
                    for key, keys in both
                    if await tx.one(QUERIES.imported_key_get, namespace_id=namespace_id, **keys) is not None
                ]
            )

        return await self._store.run(body, write=False)

    def _both_keys(self, code: str) -> dict[str, bytes]:
        """Return the keys under which an earlier import may have a code, whichever way it is compared."""
        sealer = self._codecs.sealer
        return {"exact_key": sealer.exact_key(code), "folded_key": sealer.folded_key(fold(code))}

    def _new(self, step: Sequence[_Ready], known: frozenset[bytes]) -> list[_Ready]:
        """Return the codes that are neither `known` nor repeated in this call; report the others."""
        new, problems = [], []
        for item in step:
            key = item.sealed.lookup_key
            if key in known:
                problems.append((item.position, Problem.CONFLICT))
            elif key in self._seen:
                problems.append((item.position, Problem.DUPLICATE))
            else:
                self._seen.add(key)
                self._keys += key
                new.append(item)
        self.report.add(problems)
        return new

    async def _write(self, step: Sequence[_Ready], first: int) -> None:
        async def body(tx: Tx) -> None:
            await self._advance(tx, count=len(step), csv_bytes=sum(item.csv_bytes for item in step))
            rows = [
                {**self._key, "ordinal": ordinal, "code_key": item.sealed.code_key, "sealed": item.sealed.sealed}
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

            async def body(tx: Tx, rows: list[dict[str, object]] = rows) -> None:
                await self._advance(tx, count=0, csv_bytes=0)
                await tx.many(QUERIES.imported_key_insert, rows)

            await self._store.run(body, write=True)

    def _code_key(self, ordinal: int) -> bytes:
        return bytes(self._keys[ordinal * KEY_LENGTH : (ordinal + 1) * KEY_LENGTH])

    async def _advance(self, tx: Tx, *, count: int, csv_bytes: int) -> None:
        row = await tx.one(QUERIES.code_import_step, **self._key, count=count, csv_bytes=csv_bytes, now=self._now())
        if row is None:
            await confirm(tx, self._namespace.namespace_id)
            raise Conflict

    async def finish(
        self, tx: Tx, campaign_name: str, *, name: str, metadata: str | None, validity: Validity, now: int
    ) -> IssueJob:
        """Make the codes a batch. Raises NamespaceNotFound, CampaignModelNotFound, NumbersExhausted or Conflict."""
        await confirm(tx, self._namespace.namespace_id)
        job = await issuing.issue(
            tx,
            self._namespace.namespace_id,
            campaign_name,
            count=self.count,
            name=name,
            key_id=IMPORTED,
            metadata=metadata,
            validity=validity,
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


def _sorted(keys: bytes | bytearray) -> list[int]:
    """Return the ordinals in the order of their 16-byte keys."""
    from redeemd.serialkey.codec import bulk  # noqa: PLC0415 -- numpy, which takes a while

    return bulk.order(keys)


async def confirm(tx: Tx, namespace_id: int) -> None:
    """Raise NamespaceNotFound unless the namespace exists."""
    if await namespaces.by_id(tx, namespace_id) is None:
        raise NamespaceNotFound
