"""The RPCs that have the same name in every service: namespaces, version, user data."""

import secrets
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from redeemd import __version__
from redeemd.errors import NotServedYet
from redeemd.rpc import crud
from redeemd.rpc.bind import without_store
from redeemd.rpc.call import Call
from redeemd.rpc.namespaces import QUERIES, NamespaceKey, Namespaces
from redeemd.rpc.paging import Pager
from redeemd.rpc.resource import Grns, Resource, Scope

SALT_BYTES = 16

# What every service keeps per namespace; the keys say how a purge finds rows.
COMMON_TABLES = {
    "model": ("namespace_id", "kind", "name"),
    "model_master": ("namespace_id", "kind", "name"),
    "current_master": ("namespace_id",),
}


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What makes one service different from the next. `tables` are those keyed by namespace, with their keys."""

    service: str
    namespace: Resource
    tables: dict[str, tuple[str, ...]]


class CommonRpcs:
    """Base of the servicers. A service supplies its ServiceSpec."""

    def __init__(self, spec: ServiceSpec, *, namespaces: Namespaces, grns: Grns, pager: Pager) -> None:
        self.spec = spec
        self.namespaces = namespaces
        self.grns = grns
        self.pager = pager

    def _scope(self, *, salt: bytes = b"") -> Scope:
        return Scope({"service": self.spec.service}, extra=(("salt", salt),))

    async def namespace_of(self, call: Call[Any]) -> NamespaceKey:
        """Look up the namespace a call names. Raises NamespaceNotFound."""
        return await self.namespaces.require(call.tx, call.request.namespace_name)

    def forget_namespace(self, name: str) -> None:
        """Hear from rpc.bind that a namespace found outside a transaction was gone inside it."""
        self.namespaces.forget(name)

    async def DescribeNamespaces(self, call: Call[Any]) -> Message:
        """See the proto."""
        return await crud.describe(call, self.spec.namespace, self.grns, self._scope(), self.pager)

    async def CreateNamespace(self, call: Call[Any]) -> Message:
        """See the proto."""
        scope = self._scope(salt=secrets.token_bytes(SALT_BYTES))
        return await crud.create(call, self.spec.namespace, self.grns, scope)

    async def GetNamespaceStatus(self, call: Call[Any]) -> Message:
        """See the proto."""
        await self.namespace_of(call)
        return call.reply(status="ACTIVE")

    async def GetNamespace(self, call: Call[Any]) -> Message:
        """See the proto."""
        return await crud.get(call, self.spec.namespace, self.grns, self._scope())

    async def UpdateNamespace(self, call: Call[Any]) -> Message:
        """See the proto."""
        return await crud.update(call, self.spec.namespace, self.grns, self._scope())

    async def DeleteNamespace(self, call: Call[Any]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        reply = await crud.delete(call, self.spec.namespace, self.grns, self._scope())
        await call.tx.run(QUERIES.namespace_bury, namespace_id=namespace.namespace_id, now=call.server_now)
        call.after_commit(lambda: self.namespaces.forget(namespace.name))
        return reply

    @without_store
    async def GetServiceVersion(self, call: Call[Any]) -> Message:
        """See the proto."""
        return call.reply(item=__version__)

    async def DumpUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def CheckDumpUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def CleanUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def CheckCleanUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def PrepareImportUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def ImportUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")

    async def CheckImportUserDataByUserId(self, _call: Call[Any]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="user data")
