"""Imports that go on while nobody waits for them. The database says how far each is: see redeemd.status.imports."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.base.tasks import Tasks
from redeemd.base.telemetry import Telemetry
from redeemd.console.calls import Methods, Refused, refusing
from redeemd.console.code_file import Problem, Read
from redeemd.console.import_notes import PROBLEMS_MAX, Notes, Report
from redeemd.errors import Internal, Overloaded
from redeemd.status.imports import FollowedImports, Run
from redeemd.store.base import StoreError

IMPORTS_MAX = 8  # of this process, each of which has a file in memory
OF_SESSION_MAX = 2
_RECORD_SECONDS = 1.0  # how often progress is recorded
_LAST_WORD_SECONDS = 1.0  # for which a server that stops tries to record that an import breaks off


class Requests(Protocol):
    """The requests of an import, made one by one; `done` is the number of codes of those that the method has taken."""

    done: int

    def __iter__(self) -> Iterator[pb.ImportSerialKeysRequest]: ...


@dataclass(frozen=True, slots=True)
class Job:
    """An import to be made.

    read       the file; its good codes are sent
    typed      what is kept of the form
    metadata   of the call, as that of whoever began the import
    """

    namespace: str
    campaign: str
    import_id: str
    read: Read
    typed: Mapping[str, str]
    requests: Requests
    metadata: Mapping[str, str]
    peer: str

    @property
    def total(self) -> int:
        """The number of codes that are sent."""
        return len(self.read.good.codes)

    def notes(self, report: Report | None = None) -> bytes:
        """Return what is kept of it."""
        return Notes(self.typed, self.read.local_count, report).packed()


class Imports:
    """The imports of this process."""

    def __init__(self, followed: FollowedImports, methods: Methods, tasks: Tasks, telemetry: Telemetry) -> None:
        """`tasks` are cancelled when the server stops."""
        self.followed = followed
        self._methods = methods
        self._tasks = tasks
        self._telemetry = telemetry
        self._places: Counter[str] = Counter()  # by session

    @contextlib.contextmanager
    def place(self, session: str) -> Iterator["Place"]:
        """Hold a place of a session, until the end or until the import that was begun in it ends. Raises Refused."""
        if self._places[session] >= OF_SESSION_MAX:
            raise Refused.from_error(Overloaded(scope="imports of this session"))
        if self._places.total() >= IMPORTS_MAX:
            raise Refused.from_error(Overloaded(scope="imports of this server"))
        self._places[session] += 1
        place = Place(self)
        try:
            yield place
        finally:
            if place.task is None:
                self._free(session)
            else:
                place.task.add_done_callback(lambda _: self._free(session))

    def _free(self, session: str) -> None:
        self._places[session] -= 1
        if not self._places[session]:
            del self._places[session]

    async def begin(self, job: Job) -> "asyncio.Task[None] | None":
        """Begin an import; None if it is under way or has ended. Raises Refused."""
        with refusing():
            run = await self.followed.begin(job.namespace, job.campaign, job.import_id, job.total, job.notes())
        return None if run is None else self._tasks.start(self._import(job, run))

    async def _import(self, job: Job, run: Run) -> None:
        recording = asyncio.create_task(self._record(job, run))
        try:
            await self._end(job, run, await self._report(job))
        except asyncio.CancelledError:
            await self._break_off(job, run)
            raise
        finally:
            recording.cancel()

    async def _report(self, job: Job) -> Report:
        try:
            reply = await self._methods.stream(job.requests, pb.ImportSerialKeysResponse, job.metadata, job.peer)
        except Refused as refused:
            return Report(refusal=refused)
        except Exception as defect:  # noqa: BLE001 -- the report says so
            self._telemetry.defect(defect)
            return Report(refusal=Refused.from_error(Internal()))
        return report_of(job.read, reply)

    async def _record(self, job: Job, run: Run) -> None:
        """Record progress, until cancelled."""
        while True:
            await asyncio.sleep(_RECORD_SECONDS)
            with contextlib.suppress(StoreError):  # it reports that itself
                await self.followed.advance(run, job.requests.done)

    async def _end(self, job: Job, run: Run, report: Report) -> None:
        """Record the report as soon as the store can."""
        notes = job.notes(report)
        while True:
            try:
                return await self.followed.end(run, job.requests.done, notes)
            except StoreError:
                await asyncio.sleep(_RECORD_SECONDS)

    async def _break_off(self, job: Job, run: Run) -> None:
        with contextlib.suppress(StoreError, TimeoutError):
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                await self.followed.break_off(run, job.requests.done)


class Place:
    """A place for an import."""

    def __init__(self, imports: Imports) -> None:
        self._imports = imports
        self.task: asyncio.Task[None] | None = None

    async def begin(self, job: Job) -> None:
        """Begin an import in it, unless it is under way or has ended. Raises Refused."""
        self.task = await self._imports.begin(job)


def report_of(read: Read, reply: pb.ImportSerialKeysResponse) -> Report:
    """Return the report of a reply to the good codes of a file, together with the problems of the others."""
    good = read.good
    found = [
        Problem(good.lines[each.position], good.column, good.codes[each.position], good.words[each.kind])
        for each in reply.problems
    ]
    count = read.local_count + sum(each.count for each in reply.problem_counts)
    return Report(reply.imported_count, reply.item.name, count, sorted([*read.local, *found])[:PROBLEMS_MAX])
