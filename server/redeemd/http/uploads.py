"""Files that callers upload: prepared by one RPC, stored by a PUT, taken by another RPC; each step once.

They are kept in the store, so that any replica can serve each step, and encrypted, because they may contain codes. An
upload does not count until its last byte has arrived.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from enum import IntEnum

from redeemd.crypto.keyring import KeyRing
from redeemd.crypto.sealing import Box
from redeemd.errors import UploadNotFound
from redeemd.http.links import Link, Links, link_end
from redeemd.http.queries import QUERIES
from redeemd.store.base import Row, Store, StoreError, Tx

KEPT_SECONDS = 60 * 60  # how long a finished upload waits to be taken
CHUNK_BYTES = 256 * 1024
PURGED_CHUNKS = 8  # per step


class Status(IntEnum):
    """The state of an upload; numbers as in queries.sql."""

    PREPARED = 1
    STORED = 2
    TAKEN = 3


class AlreadyUploaded(Exception):
    """The URL has been used already."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The purpose of an upload. `namespace_id` is 0 if it belongs to none; `subject` means what its purpose defines."""

    namespace_id: int
    purpose: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared upload: the token names it, the URL receives it."""

    token: str
    url: str


class Uploads:
    """The uploads of all services."""

    def __init__(self, store: Store, ring: KeyRing, links: Links) -> None:
        self._store = store
        self._links = links
        self._box = Box(ring, "upload/v1")

    def draw(self, upload: Upload, *, bytes_max: int, now: int) -> Prepared:
        """Generate a token and sign a URL for it. Raises FilesNotServed."""
        token = secrets.token_hex(16)
        link = Link("PUT", upload.purpose, upload.namespace_id, token, bytes_max, link_end(now))
        return Prepared(token, self._links.url(link))

    async def prepare(self, tx: Tx, upload: Upload, prepared: Prepared, *, now: int) -> None:
        """Record that an upload may arrive."""
        await tx.run(
            QUERIES.upload_insert,
            namespace_id=upload.namespace_id,
            upload_id=prepared.token,
            purpose=upload.purpose,
            subject=upload.subject,
            expires_at=link_end(now),
        )

    async def check(self, link: Link) -> None:
        """Raise AlreadyUploaded or UploadNotFound if a PUT to this URL cannot succeed."""
        await self._store.run(lambda tx: _require_prepared(tx, link), write=False)

    async def put(self, link: Link, pieces: AsyncGenerator[bytes], *, now: int) -> None:
        """Store an upload while it arrives, and finish it at its end.

        Raises AlreadyUploaded, UploadNotFound, a StoreError or whatever `pieces` raises. The upload is then discarded,
        except that a StoreError may be raised after it was finished.
        """
        part = secrets.token_hex(8)
        try:
            await self._store_chunks(link, part, pieces)
            await self._finish(link, part, now=now)
        except StoreError:
            raise  # the upload may be finished; if not, the housekeeping removes the chunks
        except Exception:
            await self._abandon(link, part)
            raise

    async def _store_chunks(self, link: Link, part: str, pieces: AsyncGenerator[bytes]) -> None:
        pending = bytearray()
        numbers = itertools.count()
        async with aclosing(pieces) as arriving:
            async for piece in arriving:
                pending += piece
                while len(pending) >= CHUNK_BYTES:
                    await self._add_chunk(link, part, next(numbers), bytes(pending[:CHUNK_BYTES]))
                    del pending[:CHUNK_BYTES]
        if pending:
            await self._add_chunk(link, part, next(numbers), bytes(pending))

    async def _add_chunk(self, link: Link, part: str, number: int, data: bytes) -> None:
        sealed = self._box.seal(data, _place(link.subject, part, number))

        async def body(tx: Tx) -> None:
            await _require_prepared(tx, link)
            await tx.run(
                QUERIES.upload_chunk_insert,
                namespace_id=link.namespace_id,
                upload_id=link.subject,
                part=part,
                number=number,
                data=sealed,
            )

        await self._store.run(body, write=True)

    async def _finish(self, link: Link, part: str, *, now: int) -> None:
        async def body(tx: Tx) -> None:
            await _require_prepared(tx, link)
            finished = await tx.run(
                QUERIES.upload_finish,
                namespace_id=link.namespace_id,
                upload_id=link.subject,
                part=part,
                expires_at=now + KEPT_SECONDS * 1000,
            )
            if not finished:
                raise AlreadyUploaded

        await self._store.run(body, write=True)

    async def _abandon(self, link: Link, part: str) -> None:
        """Remove the chunks of a failed attempt. Otherwise attempts could fill the database until they expire."""

        async def body(tx: Tx) -> int:
            return await tx.run(
                QUERIES.upload_part_remove,
                namespace_id=link.namespace_id,
                upload_id=link.subject,
                part=part,
                limit=PURGED_CHUNKS,
            )

        with suppress(StoreError):  # then the housekeeping removes the chunks
            while await self._store.run(body, write=True):
                pass

    async def read(self, upload: Upload, token: str, *, taken: bool = False, now: int) -> bytes:
        """Return an uploaded file; with `taken`, one that was taken for the caller's work.

        Raises UploadNotFound if the upload does not exist, is in another state, or has another purpose.
        """

        async def body(tx: Tx) -> tuple[Row, Sequence[Row]]:
            row = await self._find(tx, upload, token, Status.TAKEN if taken else Status.STORED, now=now)
            chunks = await tx.all(
                QUERIES.upload_chunks, namespace_id=upload.namespace_id, upload_id=token, part=row["part"]
            )
            return row, chunks

        row, chunks = await self._store.run(body, write=False)
        return await asyncio.to_thread(self._join, token, row, chunks)

    async def take(self, tx: Tx, upload: Upload, token: str, *, keep_seconds: int = 0, now: int) -> None:
        """Take an upload, at most once, and keep it for `keep_seconds` of work on it. Raises UploadNotFound."""
        await self._find(tx, upload, token, Status.STORED, now=now)
        taken = await tx.run(
            QUERIES.upload_take,
            namespace_id=upload.namespace_id,
            upload_id=token,
            expires_at=now + keep_seconds * 1000,
        )
        if not taken:
            raise UploadNotFound

    async def _find(self, tx: Tx, upload: Upload, token: str, status: Status, *, now: int) -> Row:
        row = await tx.one(QUERIES.upload_get, namespace_id=upload.namespace_id, upload_id=token)
        if row is None or row["status"] != status or row["expires_at"] <= now:
            raise UploadNotFound
        if (row["purpose"], row["subject"]) != (upload.purpose, upload.subject):
            raise UploadNotFound
        return row

    def _join(self, token: str, row: Row, chunks: Sequence[Row]) -> bytes:
        return b"".join(self._box.open(chunk["data"], _place(token, row["part"], chunk["number"])) for chunk in chunks)


def _place(token: str, part: str, number: int) -> bytes:
    return f"{token}/{part}/{number}".encode()


async def _require_prepared(tx: Tx, link: Link) -> None:
    row = await tx.one(QUERIES.upload_get, namespace_id=link.namespace_id, upload_id=link.subject)
    if row is None:
        raise UploadNotFound
    if row["status"] != Status.PREPARED:
        raise AlreadyUploaded


async def purge(tx: Tx, *, now: int) -> bool:
    """Remove some data of expired uploads; return whether there was any."""
    row = await tx.one(QUERIES.upload_expired, now=now)
    if row is None:
        return False
    key = {"namespace_id": row["namespace_id"], "upload_id": row["upload_id"]}
    if not await tx.run(QUERIES.upload_chunk_remove, **key, limit=PURGED_CHUNKS):
        await tx.run(QUERIES.upload_remove, **key)
    return True
