"""Dumps, erases and restores the data that a service stores about a player, across all its namespaces.

A service declares its kinds of user data; the rest is the same for all services. A dump is generated while it is
downloaded. Erasing and importing are jobs: see redeemd.resources.user_data_worker.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from redeemd.base.clock import Clock
from redeemd.crypto.keyring import KeyRing
from redeemd.errors import UserDataJobNotFound, UserDataJobRunning
from redeemd.http.links import Content, Link, Links, link_end
from redeemd.http.uploads import Prepared, Uploads
from redeemd.resources.namespaces import Namespaces
from redeemd.resources.queries import QUERIES
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
from redeemd.rpc.call import Call, UserRequest
from redeemd.store.base import Row, Store, Tx

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
        name, kind = page.namespace_name, page.kind
        return "".join(self._lines.render(user_id, name, kind, payload) for payload in page.payloads), page.following
