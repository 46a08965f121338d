"""Writes the codes of one import, in steps; see redeemd.serialkey.importing.imports."""

import asyncio
import contextlib
import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.errors import Conflict, NamespaceNotFound
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import issuing
from redeemd.serialkey.batches import IMPORTED, IssueJob
from redeemd.serialkey.codec.codecs import NamespaceCodecs
from redeemd.serialkey.codec.imported import IV_BYTES as KEY_LENGTH
from redeemd.serialkey.codec.imported import Match
from redeemd.serialkey.importing import states, stating
from redeemd.serialkey.importing.report import Found, Here, Report
from redeemd.serialkey.importing.sealing import Ready, Sealing
from redeemd.serialkey.importing.selection import Selection, Step
from redeemd.serialkey.importing.states import Known, State
from redeemd.serialkey.queries import QUERIES
from redeemd.serialkey.validity import Validity
from redeemd.store.base import BODY_ROWS_MAX, CommitUnknown, Store, StoreError, Tx
from redeemd.store.sql import Query

STEP_CODES = BODY_ROWS_MAX - 1  # plus the row of the import
_STEP_STATED = STEP_CODES // 2  # each with its state
_NOTHING = {"count": 0, "download_bytes": 0, "csv_bytes": 0}


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
        campaign_name: str,
        campaign_names: frozenset[str],
        others: bool,
        now: Callable[[], int],
    ) -> None:
        """`others`: whether the namespace has imported codes already."""
        self._store = store
        self._namespace = namespace
        self._sealing = Sealing(codecs, match, campaign_names)
        self._now = now
        self._key: dict[str, int] = {"namespace_id": namespace.namespace_id, "import_number": number}
        self._digest = hashlib.sha256()
        self._writing: asyncio.Task[None] | None = None
        self._others = others
        self._selection = Selection(self._key, campaign_name, now)
        self.report = Report()

    @property
    def digest(self) -> bytes:
        """The SHA-256 of all codes received, in order."""
        return self._digest.digest()

    async def add(self, codes: Sequence[str], given: Sequence[pb.ImportedState] = ()) -> None:
        """Add codes, with their states or without any. While one step is being written, the next one is sealed.

        Raises ValidationFailed for a state that contradicts itself, NamespaceNotFound, Conflict if the import was
        abandoned meanwhile, or a StoreError.
        """
        size = _STEP_STATED if given else STEP_CODES
        for start in range(0, len(codes), size):
            ready, problems, of_step = await asyncio.to_thread(self._prepare, codes, given, start, start + size)
            known = await self._known(ready)
            select = functools.partial(self._selection.select, ready, known, of_step, first=self.report.received)
            step, repeated, differing = await asyncio.to_thread(select)
            self.report.received += min(size, len(codes) - start)
            self.report.unchanged = self._selection.unchanged
            self.report.add(problems + repeated)
            self.report.differ(differing)
            await self.written()
            if step.rows:
                self._writing = asyncio.create_task(self._write(QUERIES.imported_code_insert, step))

    async def written(self) -> None:
        """Wait until all codes added so far are written."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await writing

    def _prepare(
        self, codes: Sequence[str], given: Sequence[pb.ImportedState], start: int, end: int
    ) -> tuple[list[Ready], list[Found], list[State]]:
        """Read the states of a step, seal its codes, and find those invalid by themselves. Runs in a thread."""
        of_step = states.read(given[start:end], start)
        self._digest.update("".join(f"{code}\n" for code in codes[start:end]).encode())
        if of_step:
            self._digest.update(repr(of_step).encode())
        ready, problems = self._sealing.seal(codes[start:end], self.report.received)
        return ready, problems, of_step

    async def _known(self, ready: Sequence[Ready]) -> dict[bytes, Known]:
        """Return those of their keys that earlier imports have. No import can add one meanwhile: one runs at a time."""
        if not self._others:
            return {}
        await self.written()  # so that others never wait for more than one body of an import
        keys = b"".join([key for item in ready for key in (item.sealed.lookup_key, item.other_key)])

        async def body(tx: Tx) -> dict[bytes, Known]:
            of = {"namespace_id": self._namespace.namespace_id}
            await self._advance(tx, _NOTHING)  # an import whose codes are all here makes progress, too
            rows = await tx.all(QUERIES.imported_keys_read, **of, keys=keys, count=len(keys) // KEY_LENGTH)
            left_behind = [{**of, "code_key": row["code_key"]} for row in rows if row["left_behind"]]
            if left_behind:
                await tx.many(QUERIES.imported_key_forget, left_behind)
            return {bytes(row["code_key"]): Known.of(row) for row in rows if not row["left_behind"]}

        # Through the connection that writes the import: each connection of SQLite has a page cache of its own.
        return await self._store.run(body, write=True)

    async def write_keys(self) -> None:
        """Write the keys by which the codes are found once the import is finished. Raises as `add` does."""
        keys = self._selection.keys.sorted()
        while rows := await asyncio.to_thread(self._key_rows, keys):
            await self.written()
            self._writing = asyncio.create_task(self._write(QUERIES.imported_key_insert, Step(rows, [])))
        await self.written()

    def _key_rows(self, keys: Iterator[tuple[bytes, int]]) -> list[dict[str, object]]:
        """Return the rows of the next step."""
        step = itertools.islice(keys, STEP_CODES)
        return [{**self._key, "place": place, "code_key": key} for key, place in step]

    async def _write(self, insert: Query, step: Step) -> None:
        added = {"count": step.codes, "download_bytes": step.download_bytes, "csv_bytes": step.csv_bytes}

        async def body(tx: Tx) -> None:
            await self._advance(tx, added)
            await tx.many(insert, step.rows)
            if step.states:
                await tx.many(QUERIES.imported_state_insert, step.states)

        await self._store.run(body, write=True)

    async def _advance(self, tx: Tx, added: Mapping[str, int]) -> None:
        """Record progress. Raises NamespaceNotFound, or Conflict if the import was abandoned."""
        if await tx.one(QUERIES.code_import_step, **self._key, **added, now=self._now()) is None:
            await confirm(tx, self._namespace.namespace_id)
            raise Conflict

    @property
    def count(self) -> int:
        """The number of new codes."""
        return self._selection.count

    @property
    def changes(self) -> int:
        """The number of codes that are here and are to become used."""
        return len(self._selection.changes)

    async def use_known(self) -> None:
        """Mark the codes that are here as used, but for those that somebody uses meanwhile, which are reported.

        Raises as `add` does.
        """
        await self.written()
        for part in self._selection.changes.parts(STEP_CODES):

            async def body(tx: Tx, part: Mapping[int, dict[str, object]] = part) -> dict[int, Here]:
                await self._advance(tx, _NOTHING)
                return await states.use(tx, self._namespace.namespace_id, part, now=self._now())

            refused = await self._store.run(body, write=True)
            self.report.used += len(part) - len(refused)
            self.report.differ(refused)

    @contextlib.contextmanager
    def in_doubt(self) -> Iterator[None]:
        """Raise CommitUnknown for failures of the store after a code that is here was used: only a repeat can tell."""
        try:
            yield
        except StoreError as error:
            if not self.report.used:
                raise
            raise CommitUnknown from error

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
        finish = QUERIES.code_import_decide if self._selection.stated else QUERIES.code_import_finish
        if await tx.one(finish, **self._key, first_sequence=job.first_sequence, now=now) is None:
            raise Conflict
        if self._selection.stated:
            await tx.run(QUERIES.issue_job_hide, namespace_id=self._namespace.namespace_id, **job.key)
        return job

    async def write_states(self) -> None:
        """Write the states of the codes, which then can be found, once the import is finished.

        If the store fails, the housekeeping writes the rest; the call's response is decided.
        """

        async def body(tx: Tx) -> bool:
            return await stating.step(tx, **self._key, now=self._now())

        with contextlib.suppress(StoreError):
            while self._selection.stated and await self._store.run(body, write=True):
                pass

    async def give_up(self) -> None:
        """Abandon the import, unless it is finished; the housekeeping removes its rows."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        # The call's response is decided. If this fails, the housekeeping notices that the import makes no progress.
        with contextlib.suppress(StoreError):
            await self._store.run(lambda tx: tx.run(QUERIES.code_import_give_up, **self._key), write=True)


async def confirm(tx: Tx, namespace_id: int) -> None:
    """Raise NamespaceNotFound unless the namespace exists."""
    if await namespaces.by_id(tx, namespace_id) is None:
        raise NamespaceNotFound
