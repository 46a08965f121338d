"""The RPCs for a service's master data. Their names differ between services, their behaviour does not."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from google.protobuf.message import Message
from redeem.common.v1 import common_pb2

from redeemd.base.trace import Trace
from redeemd.errors import StaleNamespace, UploadNotFound, Violation
from redeemd.http.uploads import Prepared, Upload, Uploads
from redeemd.resources import master_data
from redeemd.resources.master_data import SETTINGS_LENGTH_MAX, CurrentDocument, Document, MasterData
from redeemd.resources.namespaces import NamespaceKey, Namespaces
from redeemd.resources.resource import Grns
from redeemd.rpc.call import Call, NamespacedRequest
from redeemd.store import locks

SETTINGS_BYTES_MAX = 4 * SETTINGS_LENGTH_MAX  # of UTF-8


class ReplaceRequest(NamespacedRequest, Protocol):
    """A request that replaces the master data."""

    expected_revision: int


class UpdateMasterRequest(ReplaceRequest, Protocol):
    """A request with a document, or with the token of an upload."""

    mode: common_pb2.MasterDataMode
    settings: str
    upload_token: str


class CheckOutRequest(ReplaceRequest, Protocol):
    """A request for a document from GitHub."""

    @property
    def checkout_setting(self) -> common_pb2.GitHubCheckoutSetting:
        """The file, and the key to fetch it with."""


class Checkout(Protocol):
    """The source from which documents are fetched."""

    async def fetch(
        self, setting: common_pb2.GitHubCheckoutSetting, *, bytes_max: int, trace: Trace | None = None
    ) -> bytes:
        """Return the content of a file of at most `bytes_max` bytes. Raises a ServiceError."""


@dataclass(frozen=True, slots=True)
class PreUpload:
    """An upload that pre_update is to record."""

    namespace: NamespaceKey
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Received:
    """A parsed document, with the namespace to which it was uploaded and the token of the upload, if it was."""

    document: Document
    uploaded_to: NamespaceKey | None = None
    upload_token: str = ""


class Masters:
    """Every way to read and replace the master data of one service."""

    def __init__(
        self, master: MasterData, *, namespaces: Namespaces, grns: Grns, uploads: Uploads, checkout: Checkout
    ) -> None:
        self._master = master
        self._namespaces = namespaces
        self._grns = grns
        self._uploads = uploads
        self._checkout = checkout

    async def export(self, call: Call[NamespacedRequest]) -> Message:
        """Respond with the drafts as a document."""
        namespace = await self._namespace(call)
        return self._reply(call, namespace, settings=await master_data.export(call.tx, namespace, self._master))

    async def current(self, call: Call[NamespacedRequest]) -> Message:
        """Respond with the document in effect."""
        namespace = await self._namespace(call)
        document = await master_data.current(call.tx, namespace)
        if document is None:
            raise self._master.not_found
        return self.reply(call, namespace, document)

    async def draw_upload(self, call: Call[NamespacedRequest]) -> PreUpload:
        """Prepare pre_update."""
        namespace = await self._namespaces.find(call.request.namespace_name)
        upload = self._upload(namespace)
        prepared = self._uploads.draw(upload, bytes_max=SETTINGS_BYTES_MAX, now=call.server_now)
        return PreUpload(namespace, prepared)

    async def pre_update(self, call: Call[NamespacedRequest], plan: PreUpload) -> Message:
        """Respond with the URL to which a document can be uploaded."""
        await self._namespaces.confirm(call.tx, plan.namespace)
        await self._uploads.prepare(call.tx, self._upload(plan.namespace), plan.prepared, now=call.server_now)
        return call.reply(upload_token=plan.prepared.token, upload_url=plan.prepared.url)

    async def receive(self, call: Call[UpdateMasterRequest]) -> Received:
        """Prepare `replace` with the document of the request, or with one that was uploaded before."""
        if call.request.mode != common_pb2.MASTER_DATA_MODE_PRE_UPLOAD:
            return Received(await self._parse(call.request.settings))
        namespace = await self._namespaces.find(call.request.namespace_name)
        upload = self._upload(namespace)
        try:
            data = await self._uploads.read(upload, call.request.upload_token, now=call.server_now)
        except UploadNotFound:
            # It may belong to a namespace that was recreated under this name on another replica.
            self._namespaces.forget(namespace.name)
            if await self._namespaces.find(namespace.name) != namespace:
                raise StaleNamespace from None
            raise
        return Received(await self._parse_bytes(data), namespace, call.request.upload_token)

    async def check_out(self, call: Call[CheckOutRequest]) -> Received:
        """Prepare `replace` with a document from GitHub."""
        await self._namespaces.find(call.request.namespace_name)
        data = await self._checkout.fetch(call.request.checkout_setting, bytes_max=SETTINGS_BYTES_MAX, trace=call.trace)
        return Received(await self._parse_bytes(data))

    async def _parse_bytes(self, data: bytes) -> Document:
        try:
            settings = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise master_data.invalid([Violation("settings", "is not UTF-8")]) from None
        return await self._parse(settings)

    async def _parse(self, settings: str) -> Document:
        # A document may be 5 MiB: parsing it in a thread keeps the event loop free.
        return await asyncio.to_thread(master_data.parse, settings, self._master)

    async def replace(self, call: Call[ReplaceRequest], received: Received) -> tuple[NamespaceKey, CurrentDocument]:
        """Apply a document as the current master data; return the namespace and the document.

        Raises MasterDataChanged.
        """
        if received.uploaded_to is None:
            namespace = await self._namespace(call)
            await call.tx.lock(locks.namespace(namespace.namespace_id))
        else:
            namespace = received.uploaded_to
            await call.tx.lock(locks.namespace(namespace.namespace_id))
            await self._namespaces.confirm(call.tx, namespace)
            upload = self._upload(namespace)
            await self._uploads.take(call.tx, upload, received.upload_token, now=call.server_now)
        document = received.document
        if call.message.HasField("expected_revision"):
            await master_data.require_revision(call.tx, namespace, call.request.expected_revision, document)
        revision = await master_data.replace(call.tx, namespace, self._master, document, now=call.server_now)
        return namespace, CurrentDocument(document.settings, revision)

    def reply(self, call: Call[object], namespace: NamespaceKey, document: CurrentDocument) -> Message:
        """Return a reply with the document in effect; the item is the service's Current...Master."""
        return self._reply(call, namespace, **document._asdict())

    def _reply(self, call: Call[object], namespace: NamespaceKey, **fields: object) -> Message:
        return call.reply(item={"namespace_id": self._grns.of(namespace.name), **fields})

    async def _namespace(self, call: Call[NamespacedRequest]) -> NamespaceKey:
        return await self._namespaces.require(call.tx, call.request.namespace_name)

    def _upload(self, namespace: NamespaceKey) -> Upload:
        return Upload(namespace.namespace_id, f"{self._namespaces.service}.master")
