"""The RPCs that have the same name in every service: namespaces, version, user data."""

import functools
import secrets
from dataclasses import dataclass
from typing import Protocol

from google.protobuf.message import Message

from redeemd import __version__
from redeemd.http.uploads import Prepared
from redeemd.resources import crud, user_data_worker
from redeemd.resources.master_data import Document, ModelKind
from redeemd.resources.masters import (
    CheckOutRequest,
    Masters,
    PreUpload,
    Received,
    ReplaceRequest,
    UpdateMasterRequest,
)
from redeemd.resources.namespaces import LogSettings, NamespaceKey, Namespaces
from redeemd.resources.paging import Pager, PageRequest
from redeemd.resources.queries import QUERIES
from redeemd.resources.resource import Grns, Resource, Scope
from redeemd.resources.user_data_jobs import ImportRequest, UserDataJobs
from redeemd.rpc.call import Call, NamedRequest, NamespacedRequest, UserRequest
from redeemd.rpc.marks import prepared, without_store

SALT_BYTES = 16

# The tables in which every service stores rows per namespace, with the key columns by which a purge finds rows.
COMMON_TABLES = {
    "model": ("namespace_id", "kind", "name"),
    "model_master": ("namespace_id", "kind", "name"),
    "current_master": ("namespace_id",),
    "upload_chunk": ("namespace_id", "upload_id", "part", "number"),
    "upload": ("namespace_id", "upload_id"),
}


@dataclass(frozen=True, slots=True)
class ServiceDefinition:
    """The declarations of one service. `tables` are those keyed by namespace, with their key columns."""

    service: str
    namespace: Resource
    tables: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SharedServices:
    """The generic components of one service."""

    namespaces: Namespaces
    grns: Grns
    pager: Pager
    masters: Masters
    user_data: UserDataJobs


async def draw_master_upload(servicer: "CommonRpcs", call: Call[NamespacedRequest]) -> PreUpload:
    """Prepare PreUpdateCurrent...Master."""
    return await servicer.masters.draw_upload(call)


async def receive_master(servicer: "CommonRpcs", call: Call[UpdateMasterRequest]) -> Received:
    """Prepare UpdateCurrent...Master."""
    return await servicer.masters.receive(call)


async def check_out_master(servicer: "CommonRpcs", call: Call[CheckOutRequest]) -> Received:
    """Prepare UpdateCurrent...MasterFromGitHub."""
    return await servicer.masters.check_out(call)


class _UpdateNamespaceRequest(NamespacedRequest, crud.UpdateRequest, Protocol):
    """A request to change a namespace."""


class CommonRpcs:
    """Base class of the servicers. A service supplies its ServiceDefinition."""

    def __init__(self, spec: ServiceDefinition, parts: SharedServices) -> None:
        self.spec = spec
        self.namespaces = parts.namespaces
        self.log_settings = LogSettings(parts.namespaces, spec.namespace.message)
        self.grns = parts.grns
        self.pager = parts.pager
        self.masters = parts.masters
        self.user_data = parts.user_data

    def _scope(self, *, salt: bytes = b"") -> Scope:
        return Scope({"service": self.spec.service}, extra=(("salt", salt),))

    async def namespace_of(self, call: Call[NamespacedRequest]) -> NamespaceKey:
        """Return the namespace that a call names. Raises NamespaceNotFound."""
        return await self.namespaces.require(call.tx, call.request.namespace_name)

    async def known_namespace(self, call: Call[NamespacedRequest]) -> NamespaceKey:
        """Return the namespace that a call names, from the cache if it is there. Raises NamespaceNotFound.

        Only for calls whose first statement raises StaleNamespace when the namespace no longer exists.
        """
        known = self.namespaces.cached(call.request.namespace_name)
        if known is None:
            known = await self.namespace_of(call)
            call.after_commit(functools.partial(self.namespaces.cache, known))
        return known

    async def drafts(self, call: Call[NamespacedRequest], kind: ModelKind) -> Scope:
        """Return the scope of the masters of a kind of model. Raises NamespaceNotFound."""
        namespace = await self.namespace_of(call)
        key: dict[str, str | int] = {"namespace_id": namespace.namespace_id, "kind": kind.kind}
        return Scope(key, namespace_name=namespace.name)

    async def put_in_force(self, call: Call[ReplaceRequest], received: Received) -> Message:
        """Apply a document as the current master data and return the reply. Raises MasterDataChanged."""
        namespace, current = await self.masters.replace(call, received)
        await self.follow_master(call, namespace, received.document)
        return self.masters.reply(call, namespace, current)

    async def follow_master(self, call: Call[NamespacedRequest], namespace: NamespaceKey, document: Document) -> None:
        """Update what depends on the service's master data after it changes; services override this."""

    def forget_namespace(self, name: str) -> None:
        """Remove a namespace from the cache; called by rpc.bind when it no longer exists inside a transaction."""
        self.namespaces.forget(name)

    def forget_settings(self, name: str) -> None:
        """Remove the settings of a namespace that was created, changed or deleted from the cache."""
        self.log_settings.forget(name)

    async def DescribeNamespaces(self, call: Call[PageRequest]) -> Message:
        return await crud.describe(call, self.spec.namespace, self.grns, self._scope(), self.pager)

    async def CreateNamespace(self, call: Call[NamedRequest]) -> Message:
        scope = self._scope(salt=secrets.token_bytes(SALT_BYTES))
        call.after_commit(lambda: self.forget_settings(call.request.name))
        return await crud.create(call, self.spec.namespace, self.grns, scope)

    async def GetNamespaceStatus(self, call: Call[NamespacedRequest]) -> Message:
        await self.namespace_of(call)
        return call.reply(status="ACTIVE")

    async def GetNamespace(self, call: Call[NamespacedRequest]) -> Message:
        return await crud.get(call, self.spec.namespace, self.grns, self._scope())

    async def UpdateNamespace(self, call: Call[_UpdateNamespaceRequest]) -> Message:
        call.after_commit(lambda: self.forget_settings(call.request.namespace_name))
        return await crud.update(call, self.spec.namespace, self.grns, self._scope())

    async def DeleteNamespace(self, call: Call[NamespacedRequest]) -> Message:
        # Another replica could delete it and create one of the same name before the next statement.
        namespace = await self.namespaces.lock(call.tx, call.request.namespace_name)
        reply = await crud.delete(call, self.spec.namespace, self.grns, self._scope())
        await call.tx.run(QUERIES.namespace_bury, namespace_id=namespace.namespace_id, now=call.server_now)
        call.after_commit(lambda: self.forget_settings(namespace.name))
        call.after_commit(lambda: self.namespaces.forget(namespace.name))
        return reply

    @without_store
    async def GetServiceVersion(self, call: Call[object]) -> Message:
        return call.reply(item=__version__)

    async def DumpUserDataByUserId(self, call: Call[UserRequest]) -> Message:
        await self.user_data.start(call, user_data_worker.DUMP)
        return call.reply()

    async def CheckDumpUserDataByUserId(self, call: Call[UserRequest]) -> Message:
        job = await self.user_data.check(call, user_data_worker.DUMP)
        return call.reply(url=self.user_data.url(call, self.user_data.dump_purpose, job))

    async def CleanUserDataByUserId(self, call: Call[UserRequest]) -> Message:
        await self.user_data.start(call, user_data_worker.CLEAN)
        return call.reply()

    async def CheckCleanUserDataByUserId(self, call: Call[UserRequest]) -> Message:
        await self.user_data.check(call, user_data_worker.CLEAN)
        return call.reply()

    async def _draw_upload(self, call: Call[UserRequest]) -> Prepared:
        return self.user_data.draw_upload(call)

    @prepared(_draw_upload)
    async def PrepareImportUserDataByUserId(self, call: Call[UserRequest], upload: Prepared) -> Message:
        await self.user_data.prepare_import(call, upload)
        return call.reply(upload_token=upload.token, upload_url=upload.url)

    async def _check_upload(self, call: Call[ImportRequest]) -> None:
        await self.user_data.check_upload(call)

    @prepared(_check_upload)
    async def ImportUserDataByUserId(self, call: Call[ImportRequest], _checked: None) -> Message:
        await self.user_data.start_import(call)
        return call.reply()

    async def CheckImportUserDataByUserId(self, call: Call[ImportRequest]) -> Message:
        job = await self.user_data.check(call, user_data_worker.IMPORT, call.request.upload_token)
        return call.reply(url=self.user_data.url(call, self.user_data.report_purpose, job))

    async def ExportMaster(self, call: Call[NamespacedRequest]) -> Message:
        return await self.masters.export(call)
