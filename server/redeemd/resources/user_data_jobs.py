"""Dumps, erases and restores the data that a service stores about a player, across all its namespaces.

A service declares its kinds of user data; the rest is the same for all services. A dump is generated while it is
downloaded. Erasing and importing are jobs: see redeemd.resources.user_data_worker.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
<<<<<<< HEAD
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Protocol
=======
from typing import Any
>>>>>>> eb3a19b (Split user data: the walk over namespaces, the jobs in the background, and the RPCs)

from redeemd.base.clock import Clock
from redeemd.crypto.keyring import KeyRing
from redeemd.errors import UserDataJobNotFound, UserDataJobRunning
from redeemd.http.links import Content, Link, Links, link_end
<<<<<<< HEAD
from redeemd.http.uploads import Prepared, Upload, Uploads
from redeemd.resources.namespaces import QUERIES, NamespaceKey, Namespaces
from redeemd.resources.user_data import Line, Lines, UserData
from redeemd.rpc.call import Call, UserRequest
from redeemd.store.base import BODY_ROWS_MAX, Row, Store, StoreError, Tx, WriteConflict
=======
from redeemd.http.uploads import Prepared, Uploads
from redeemd.resources.namespaces import QUERIES, Namespaces
from redeemd.resources.user_data import Lines, UserData
from redeemd.resources.user_data_walk import Place, Walk
from redeemd.resources.user_data_worker import (
    DUMP,
    IMPORT,
    REMEMBERED_SECONDS,
    Status,
    UserDataWorker,
    upload_of,
)
from redeemd.rpc.call import Call
from redeemd.store.base import Row, Store, Tx
>>>>>>> eb3a19b (Split user data: the walk over namespaces, the jobs in the background, and the RPCs)

IMPORT_BYTES_MAX = 64 * 1024 * 1024


class ImportRequest(UserRequest, Protocol):
    """A request about the import of an upload."""

    upload_token: str


class UserDataJobs:
    """The user data of one service."""

    def __init__(
        self,
        kinds: Sequence[UserData],
        *,
        store: Store,
        ring: KeyRing,
        namespaces: Namespaces,
        uploads: Uploads,
        links: Links,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        """`wake` wakes the housekeeping when there is something to do."""
        self._store = store
        self._lines = Lines(namespaces.service, frozenset(kind.kind for kind in kinds), ring)
        self._service = namespaces.service
        self._uploads = uploads
        self._links = links
        self._wake = wake
        self.dump_purpose = f"{self._service}.dump"
        self.report_purpose = f"{self._service}.import-report"
        self._walk = Walk(kinds, namespaces.service)
        worker = UserDataWorker(
            kinds,
            store=store,
            lines=self._lines,
            namespaces=namespaces,
            uploads=uploads,
            clock=clock,
        )
        self.chores = (worker.work, worker.forget)
        self.downloads = {self.dump_purpose: self.open_dump, self.report_purpose: self.open_report}

    # The RPCs

    async def start(self, call: Call[UserRequest], kind: str) -> None:
        """Start a dump, which is done at once, or a cleaning; it replaces an earlier job of the same kind."""
        status = Status.DONE if kind == DUMP else Status.RUNNING
        await self._put(call.tx, call.request.user_id, kind, "", status, now=call.server_now)
        call.after_commit(self._wake)

    async def _put(self, tx: Tx, user_id: str, kind: str, token: str, status: Status, *, now: int) -> None:
        await tx.run(
            QUERIES.user_data_job_put,
            service=self._service,
            user_id=user_id,
            kind=kind,
            token=token,
            job_id=secrets.token_hex(16),
            status=status,
            now=now,
        )

    async def check(self, call: Call[UserRequest], kind: str, token: str = "") -> Row:
        """Return a job that is done. Raises UserDataJobNotFound or UserDataJobRunning."""
        job = await call.tx.one(
            QUERIES.user_data_job_get, service=self._service, user_id=call.request.user_id, kind=kind, token=token
        )
        if job is None:
            raise UserDataJobNotFound(component=kind)
        if job["status"] != Status.DONE:
            raise UserDataJobRunning(component=kind)
        return job

    def url(self, call: Call[object], purpose: str, job: Row) -> str:
        """Return a signed URL for the output of a job. Raises FilesNotServed."""
        return self._links.url(Link("GET", purpose, 0, job["job_id"], 0, link_end(call.server_now)))

    def draw_upload(self, call: Call[UserRequest]) -> Prepared:
        """Prepare prepare_import. Raises FilesNotServed."""
        return self._uploads.draw(
            upload_of(self._service, call.request.user_id), bytes_max=IMPORT_BYTES_MAX, now=call.server_now
        )

    async def prepare_import(self, call: Call[UserRequest], prepared: Prepared) -> None:
        """Record that a dump may be uploaded."""
        upload = upload_of(self._service, call.request.user_id)
        await self._uploads.prepare(call.tx, upload, prepared, now=call.server_now)

    async def check_upload(self, call: Call[ImportRequest]) -> None:
        """Prepare start_import: read the upload and verify every line. Raises UploadNotFound or UserDataInvalid."""
        user_id, token = call.request.user_id, call.request.upload_token
        data = await self._uploads.read(upload_of(self._service, user_id), token, now=call.server_now)
        await asyncio.to_thread(self._lines.parse, data, user_id)

    async def start_import(self, call: Call[ImportRequest]) -> None:
        """Claim the upload and start the import. Raises UploadNotFound."""
        user_id, token = call.request.user_id, call.request.upload_token
        upload = upload_of(self._service, user_id)
        await self._uploads.take(call.tx, upload, token, keep_seconds=REMEMBERED_SECONDS, now=call.server_now)
        await self._put(call.tx, user_id, IMPORT, token, Status.RUNNING, now=call.server_now)
        call.after_commit(self._wake)

    # Downloads

    async def open_dump(self, link: Link) -> Content | None:
        """See redeemd.http.links.Open."""
        job = await self._job(link)
        if job is None:
            return None
        user_id: str = job["user_id"]

        async def read(place: Place) -> tuple[bytes, Place | None]:
            async def body(tx: Tx) -> tuple[str, Place | None]:
                return await self._dump_page(tx, user_id, place)

            text, following = await self._store.run(body, write=False)
            return text.encode(), following

        return Content("application/x-ndjson", f"{self._service}.jsonl", read, lambda _: (Place(), 0))

    async def open_report(self, link: Link) -> Content | None:
        """See redeemd.http.links.Open."""
        job = await self._job(link)
        if job is None:
            return None
        report: bytes = job["report"].encode()

        async def read(_place: int) -> tuple[bytes, None]:
            return report, None

        return Content("application/x-ndjson", "import.jsonl", read, lambda offset: (0, offset), size=len(report))

    async def _job(self, link: Link) -> Row | None:
        return await self._store.run(lambda tx: tx.one(QUERIES.user_data_job_by_id, job_id=link.subject), write=False)

    async def _dump_page(self, tx: Tx, user_id: str, place: Place) -> tuple[str, Place | None]:
        page = await self._walk.page(tx, user_id, place)
        if page is None:
            return "", None
<<<<<<< HEAD
        if namespace.name != place.namespace_name:
            place = _Place(namespace.name)
        kind = self._kinds[place.kind]
        found = await kind.page(tx, namespace, user_id, after=place.after, limit=PAGE_ROWS)
        text = "".join(self._lines.render(user_id, namespace.name, kind.kind, payload) for _, payload in found)
        if found:  # a page may end early, by its size
            return text, _Place(namespace.name, place.kind, found[-1][0])
        return text, self._following(place)

    def _following(self, place: _Place) -> _Place:
        if place.kind + 1 < len(self._kinds):
            return _Place(place.namespace_name, place.kind + 1)
        return _Place(place.namespace_name + " ")  # sorts after the name and before every other name

    async def _namespace_from(self, tx: Tx, name: str) -> NamespaceKey | None:
        row = await tx.one(QUERIES.namespace_from, service=self._service, name=name)
        return None if row is None else NamespaceKey.of(row)

    # Housekeeping

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
        place = _Place(*json.loads(job["position"])) if job["position"] else _Place()

        async def body(tx: Tx) -> None:
            at = place
            following: _Place | None = place
            for _ in range(STEP_NAMESPACES):
                cleaned, following = await self._clean_page(tx, job["user_id"], at)
                if cleaned or following is None:
                    break
                at = following
            if following is None:
                await self._advance(tx, job, "", Status.DONE)
            else:
                await self._advance(tx, job, json.dumps(astuple(following)), Status.RUNNING)

        await self._store.run(body, write=True)

    async def _clean_page(self, tx: Tx, user_id: str, place: _Place) -> tuple[int, _Place | None]:
        """Erase some items of one kind in one namespace; return how many, and where to continue."""
        namespace = await self._namespace_from(tx, place.namespace_name)
        if namespace is None:
            return 0, None
        at = place if namespace.name == place.namespace_name else _Place(namespace.name)
        kind = self._kinds[at.kind]
        cleaned = await kind.clean(tx, namespace, user_id, limit=PAGE_ROWS, now=self._clock.now_ms())
        return cleaned, at if cleaned == PAGE_ROWS else self._following(at)

    async def _import(self, job: Row) -> None:
        """Process a whole import, because reading the upload again for every step would take longer."""
        try:
            upload = self._upload(job["user_id"])
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
            return bool(await tx.run(QUERIES.user_data_job_forget, old=old, limit=BODY_ROWS_MAX))

        return await self._store.run(body, write=True)
=======
        name, kind = page.namespace_name, page.kind
        return "".join(self._lines.render(user_id, name, kind, payload) for payload in page.payloads), page.following
>>>>>>> eb3a19b (Split user data: the walk over namespaces, the jobs in the background, and the RPCs)
