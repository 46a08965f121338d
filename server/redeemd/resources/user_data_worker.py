"""Erases and imports user data: jobs are rows that the housekeeping of any replica processes in steps."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import astuple
from enum import IntEnum

from redeemd.base.clock import Clock
from redeemd.contract import json_text
from redeemd.errors import Conflict, NamespaceNotFound, UploadNotFound
from redeemd.http.uploads import Upload, Uploads
from redeemd.resources.namespaces import Namespaces
from redeemd.resources.queries import QUERIES
from redeemd.resources.user_data import Line, Lines, UserData
from redeemd.resources.user_data_walk import Place, Walk
from redeemd.store.base import STEP_ROWS, Row, Store, StoreError, Tx, WriteConflict

REMEMBERED_SECONDS = 7 * 24 * 60 * 60
STEP_LINES = 200
STEP_NAMESPACES = 50
REPORT_LINES_MAX = 1000

DUMP, CLEAN, IMPORT = "dump", "clean", "import"
_KEY = ("service", "user_id", "kind", "token")


class Status(IntEnum):
    """The state of a job; numbers as in queries.sql."""

    RUNNING = 1
    DONE = 2


def upload_of(service: str, user_id: str) -> Upload:
    """Return the upload of a dump that is to be imported."""
    return Upload(0, f"{service}.import", user_id)


class UserDataWorker:
    """The jobs of one service, in the background."""

    def __init__(
        self,
        kinds: Sequence[UserData],
        *,
        store: Store,
        lines: Lines,
        namespaces: Namespaces,
        uploads: Uploads,
        clock: Clock,
    ) -> None:
        self._kinds = kinds
        self._store = store
        self._lines = lines
        self._namespaces = namespaces
        self._service = namespaces.service
        self._walk = Walk(kinds, namespaces.service)
        self._uploads = uploads
        self._clock = clock

    async def work(self) -> bool:
        """Do one step of a running job; return whether there was one."""
        job = await self._store.run(lambda tx: tx.one(QUERIES.user_data_job_next, service=self._service), write=False)
        if job is None:
            return False
        try:
            await (self._clean_step(job) if job["kind"] == CLEAN else self._import(job))
        except (Conflict, WriteConflict):
            return True  # another replica has done this step
        except StoreError:
            raise
        except Exception:
            await self._put_off(job)  # otherwise no other job would ever have its turn
            raise
        return True

    async def _put_off(self, job: Row) -> None:
        async def body(tx: Tx) -> None:
            await self._advance(tx, job, job["position"], Status.RUNNING)

        await self._store.run(body, write=True)

    async def _clean_step(self, job: Row) -> None:
        place = Place(*json.loads(job["position"])) if job["position"] else Place()

        async def body(tx: Tx) -> None:
            at = place
            following: Place | None = place
            for _ in range(STEP_NAMESPACES):
                cleaned, following = await self._walk.clean(tx, job["user_id"], at, now=self._clock.now_ms())
                if cleaned or following is None:
                    break
                at = following
            if following is None:
                await self._advance(tx, job, "", Status.DONE)
            else:
                await self._advance(tx, job, json.dumps(astuple(following)), Status.RUNNING)

        await self._store.run(body, write=True)

    async def _import(self, job: Row) -> None:
        """Process a whole import, because reading the upload again for every step would take longer."""
        try:
            upload = upload_of(self._service, job["user_id"])
            data = await self._uploads.read(upload, job["token"], taken=True, now=self._clock.now_ms())
        except UploadNotFound:  # the upload has expired: the job was started a week ago and never finished
            await self._store.run(lambda tx: self._advance(tx, job, job["position"], Status.DONE), write=True)
            return
        lines = await asyncio.to_thread(self._lines.parse, data, job["user_id"])
        at: Row = job
        for start in range(int(job["position"] or 0), max(len(lines), 1), STEP_LINES):
            step = lines[start : start + STEP_LINES]
            end = start + len(step)
            status = Status.DONE if end == len(lines) else Status.RUNNING

            async def body(
                tx: Tx, job: Row = at, step: list[Line] = step, end: int = end, status: Status = status
            ) -> Row:
                report = await self._restore(tx, job, step)
                return await self._advance(tx, job, str(end), status, report=report)

            at = await self._store.run(body, write=True)

    async def _restore(self, tx: Tx, job: Row, lines: Sequence[Line]) -> str:
        kinds = {kind.kind: kind for kind in self._kinds}
        report: str = job["report"]
        reported = report.count("\n")
        for line in lines:
            outcome = await self._restore_line(tx, kinds, job["user_id"], line)
            reported += 1
            if reported <= REPORT_LINES_MAX:
                report += json_text.write({"line": line.number, "outcome": outcome}) + "\n"
            elif reported == REPORT_LINES_MAX + 1:
                report += json_text.write({"outcome": "the outcomes of further lines are not reported"}) + "\n"
        return report

    async def _restore_line(self, tx: Tx, kinds: dict[str, UserData], user_id: str, line: Line) -> str:
        try:
            namespace = await self._namespaces.require(tx, line.namespace_name)
        except NamespaceNotFound:
            return "no such namespace"
        return await kinds[line.kind].restore(tx, namespace, user_id, line.payload, now=self._clock.now_ms())

    async def _advance(self, tx: Tx, job: Row, position: str, status: Status, *, report: str | None = None) -> Row:
        """Record the progress of a job and return its new state. Raises Conflict when another replica advanced it."""
        key = {column: job[column] for column in _KEY}
        report = job["report"] if report is None else report
        moved = await tx.run(
            QUERIES.user_data_job_advance,
            **key,
            job_id=job["job_id"],
            old_position=job["position"],
            position=position,
            status=status,
            report=report,
            now=self._clock.now_ms(),
        )
        if not moved:
            raise Conflict
        return {**key, "job_id": job["job_id"], "position": position, "report": report}

    async def forget(self) -> bool:
        """Delete expired jobs, a limited number at a time; return whether there were any."""
        old = self._clock.now_ms() - REMEMBERED_SECONDS * 1000

        async def body(tx: Tx) -> bool:
            return bool(await tx.run(QUERIES.user_data_job_forget, old=old, limit=STEP_ROWS))

        return await self._store.run(body, write=True)
