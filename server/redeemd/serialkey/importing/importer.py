"""Writes the codes of one import, in steps; see redeemd.serialkey.importing.imports."""

import asyncio
import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from redeemd.base.cells import csv_lines
from redeemd.errors import Conflict, NamespaceNotFound
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import issuing
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.imported import IV_BYTES as KEY_LENGTH
from redeemd.serialkey.codec.imported import Match
from redeemd.serialkey.importing.keys import Keys
from redeemd.serialkey.importing.report import Found, Problem, Report
from redeemd.serialkey.importing.sealing import Ready, Sealing
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Validity
from redeemd.store.base import BODY_ROWS_MAX, Store, StoreError, Tx
from redeemd.store.sql import Query

STEP_CODES = BODY_ROWS_MAX - 1  # plus the row of the import


class _Step(NamedTuple):
    """Rows to insert, and what they add to the import.

    That is codes, and their bytes as lines of CSV, with and without marks for spreadsheets; nothing for rows of keys.
    """

    rows: list[dict[str, object]]
    codes: int = 0
    download_bytes: int = 0
    csv_bytes: int = 0


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
        self._sealing = Sealing(codecs, match, campaign_names)
        self._now = now
        self._key = {"namespace_id": namespace.namespace_id, "import_number": number}
        self._digest = hashlib.sha256()
        self._writing: asyncio.Task[None] | None = None
        self._others = others
        self._keys = Keys(KEY_LENGTH)  # of all written codes
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
            ready, problems = await asyncio.to_thread(self._seal, codes[start : start + STEP_CODES])
            known = await self._known(ready)
            step, repeated = await asyncio.to_thread(self._new, ready, known)
            self.report.received += min(STEP_CODES, len(codes) - start)
            self.report.add(problems + repeated)
            await self.written()
            if step.rows:
                self._writing = asyncio.create_task(self._write(QUERIES.imported_code_insert, step))

    async def written(self) -> None:
        """Wait until all codes added so far are written."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    def _seal(self, codes: Sequence[str]) -> tuple[list[Ready], list[Found]]:
        """Seal codes, and find those that are invalid by themselves. Runs in a thread."""
        self._digest.update("".join(f"{code}\n" for code in codes).encode())
        return self._sealing.seal(codes, self.report.received)

    async def _known(self, ready: Sequence[Ready]) -> frozenset[bytes]:
        """Return which of their keys earlier imports have. No import can add one meanwhile: one runs at a time."""
        if not self._others:
            return frozenset()
        await self.written()  # so that others never wait for more than one body of an import
        keys = b"".join([key for item in ready for key in (item.sealed.lookup_key, item.other_key)])

        async def body(tx: Tx) -> frozenset[bytes]:
            namespace_id = self._namespace.namespace_id
            count = len(keys) // KEY_LENGTH
            rows = await tx.all(QUERIES.imported_keys_known, namespace_id=namespace_id, keys=keys, count=count)
            return frozenset([bytes(row["code_key"]) for row in rows])

        # Through the connection that writes the import: each connection of SQLite has a page cache of its own.
        return await self._store.run(body, write=True)

    def _new(self, ready: Sequence[Ready], known: frozenset[bytes]) -> tuple[_Step, list[Found]]:
        """Return the codes that are neither `known` nor repeated in this call, and the others. Runs in a thread."""
        rows: list[dict[str, object]] = []
        texts: list[str] = []
        problems = []
        for position, text, sealed, other_key in ready:
            if sealed.lookup_key in known or other_key in known:
                problems.append((position, Problem.CONFLICT))
            elif not self._keys.add(sealed.lookup_key, self.count):
                problems.append((position, Problem.DUPLICATE))
            else:
                code = {"place": self.count, "code_key": sealed.code_key, "sealed": sealed.sealed}
                rows.append(self._key | code)
                texts.append(text)
                self.count += 1
        return _Step(rows, len(rows), len(csv_lines(texts).encode()), _plain_csv_bytes(texts)), problems

    async def write_keys(self) -> None:
        """Write the keys by which the codes are found once the import is finished. Raises as `add` does."""
        keys = self._keys.sorted()
        while rows := await asyncio.to_thread(self._key_rows, keys):
            await self.written()
            self._writing = asyncio.create_task(self._write(QUERIES.imported_key_insert, _Step(rows)))
        await self.written()

    def _key_rows(self, keys: Iterator[tuple[bytes, int]]) -> list[dict[str, object]]:
        """Return the rows of the next step."""
        step = itertools.islice(keys, STEP_CODES)
        return [{**self._key, "place": place, "code_key": key} for key, place in step]

    async def _write(self, insert: Query, step: _Step) -> None:
        added = {"count": step.codes, "download_bytes": step.download_bytes, "csv_bytes": step.csv_bytes}

        async def body(tx: Tx) -> None:
            if await tx.one(QUERIES.code_import_step, **self._key, **added, now=self._now()) is None:
                await confirm(tx, self._namespace.namespace_id)
                raise Conflict
            await tx.many(insert, step.rows)

        await self._store.run(body, write=True)

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


def _plain_csv_bytes(codes: Sequence[str]) -> int:
    """Return how many bytes codes take as lines of an older release, without marks for spreadsheets."""
    lines = "\n".join(codes)
    size = len(lines.encode()) + bool(codes)
    if "," in lines or '"' in lines:
        size += sum(2 + code.count('"') for code in codes if "," in code or '"' in code)
    return size


async def confirm(tx: Tx, namespace_id: int) -> None:
    """Raise NamespaceNotFound unless the namespace exists."""
    if await namespaces.by_id(tx, namespace_id) is None:
        raise NamespaceNotFound
