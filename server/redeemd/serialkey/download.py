"""The codes of a batch as a CSV file: UTF-8, a header line, one code per line (semantics 12.38, RFC 4180).

The file is never held in memory as a whole or written to disk: it is computed a page at a time while it is sent. Lines
of serial codes in the default format have a fixed length, so an interrupted download can resume at any offset. Of other
formats, only the codes that a spreadsheet may take for something else are quoted.
"""

from redeemd.base.cells import csv_lines
from redeemd.http.links import Content, Link
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey import batches, listing
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.codec.codes import PRINTED_LENGTH, mask
from redeemd.serialkey.codec.loading import load_bulk
from redeemd.serialkey.errors import IssueJobNotFound
from redeemd.store.base import Store, Tx

PURPOSE = "serialKey.codes"

_HEADER = b"code\n"
_LINE_BYTES = PRINTED_LENGTH + 1
_RENDERING = 2  # of this file: a download that another release began must not be continued
_MASKED = "masked"
_FULL = "full"


def subject(campaign_name: str, job_name: str, *, masked: bool) -> str:
    """Return the subject of a link to the codes of a batch."""
    return f"{campaign_name}/{job_name}/{_MASKED if masked else _FULL}"


class Downloads:
    """Opens the links that DownloadSerialCodes responds with."""

    def __init__(self, store: Store, codecs: Codecs) -> None:
        self._store = store
        self._codecs = codecs

    async def open(self, link: Link) -> Content | None:
        """See redeemd.http.links.Open."""
        campaign_name, job_name, shown = link.subject.split("/")

        async def body(tx: Tx) -> tuple[NamespaceKey, batches.IssueJob, int | None] | None:
            namespace = await namespaces.by_id(tx, link.namespace_id)
            if namespace is None:
                return None
            try:
                batch = await batches.find(tx, link.namespace_id, campaign_name, job_name)
            except IssueJobNotFound:
                return None
            return namespace, batch.job, await batches.download_bytes(tx, link.namespace_id, batch.job)

        found = await self._store.run(body, write=False)
        if found is None:
            return None
        namespace, job, imported_bytes = found
        return self._content(namespace, job, imported_bytes, masked=shown == _MASKED)

    def _content(
        self, namespace: NamespaceKey, job: batches.IssueJob, imported_bytes: int | None, *, masked: bool
    ) -> Content:
        codecs = self._codecs.of(namespace)

        async def read(line: int) -> tuple[bytes, int | None]:
            """Read from a line on; line 0 is the header."""
            start, count = max(line - 1, 0), listing.CHUNK_CODES

            async def body(tx: Tx) -> listing.Piece:
                return await listing.piece_of(tx, namespace, job, codecs, start=start, count=count)

            await load_bulk()
            piece = await self._store.run(body, write=False)
            if not job.trimmed and len(piece.codes) < min(count, job.count - start):
                raise IssueJobNotFound  # an imported batch that was deleted, or whose namespace is being purged
            lines = csv_lines(list(map(mask, piece.codes)) if masked else piece.codes)
            data = lines.encode() if line else _HEADER + lines.encode()
            return data, None if piece.next_start is None else piece.next_start + 1

        def seek(offset: int) -> tuple[int, int]:
            if job.imported or job.formatted or job.trimmed or offset < len(_HEADER):
                return 0, offset
            line, rest = divmod(offset - len(_HEADER), _LINE_BYTES)
            return line + 1, rest

        lines_bytes = imported_bytes if job.imported else job.count * _LINE_BYTES
        size = None if lines_bytes is None else len(_HEADER) + lines_bytes
        if job.formatted or job.trimmed or (job.imported and masked):
            size = None  # only used codes are left, or masking changes the length of characters that take several bytes
        return Content(
            media_type="text/csv",
            filename=f"{job.name}.csv",
            read=read,
            seek=seek,
            size=size,
            etag=f'"{job.name}-{_MASKED if masked else _FULL}{"-used" if job.trimmed else ""}-{_RENDERING}"',
        )
