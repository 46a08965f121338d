"""Looks up namespaces by name, and the settings for logging calls in them."""

from dataclasses import dataclass

from google.protobuf.message import Message
from redeem.common.v1 import common_pb2

from redeemd.errors import NamespaceNotFound, StaleNamespace
from redeemd.resources.cache import RefreshingCache
from redeemd.resources.queries import QUERIES
from redeemd.store.base import Row, Store, StoreError, Tx

CACHE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class NamespaceKey:
    """The immutable parts of a namespace: an id that is never reused, and the salt of its codes' keys."""

    namespace_id: int
    name: str
    salt: bytes

    @classmethod
    def of(cls, row: Row) -> "NamespaceKey":
        """Return the namespace in a row."""
        return cls(row["namespace_id"], row["name"], row["salt"])


async def by_id(tx: Tx, namespace_id: int) -> NamespaceKey | None:
    """Look up a namespace of any service; None if it no longer exists."""
    row = await tx.one(QUERIES.namespace_by_id, namespace_id=namespace_id)
    return None if row is None else NamespaceKey.of(row)


class Namespaces:
    """The namespaces of one service.

    The results of `find` and `cached` may be stale: a transaction that uses them must verify that the namespace
    still exists, and raise StaleNamespace if it does not. The name is then removed from the cache and the call prepared
    again.
    """

    def __init__(self, store: Store, service: str) -> None:
        self._store = store
        self.service = service
        self._known: dict[str, NamespaceKey] = {}

    async def find(self, name: str) -> NamespaceKey:
        """Look up a namespace outside a transaction. Raises NamespaceNotFound."""
        known = self._known.get(name)
        if known is None:

            async def body(tx: Tx) -> NamespaceKey:
                return await self.require(tx, name)

            known = await self._store.run(body, write=False, autocommit=True)
            self.cache(known)
        return known

    def cached(self, name: str) -> NamespaceKey | None:
        """Return a namespace from the cache, or None."""
        return self._known.get(name)

    def cache(self, namespace: NamespaceKey) -> None:
        """Add a namespace to the cache, once it is known to be committed."""
        if len(self._known) >= CACHE_MAX:
            self._known.clear()
        self._known[namespace.name] = namespace

    async def require(self, tx: Tx, name: str) -> NamespaceKey:
        """Look up a namespace inside a transaction. Raises NamespaceNotFound."""
        row = await tx.one(QUERIES.namespace_by_name, service=self.service, name=name)
        if row is None:
            raise NamespaceNotFound
        return NamespaceKey.of(row)

    async def lock(self, tx: Tx, name: str) -> NamespaceKey:
        """Look up a namespace, and let nobody else delete it during the transaction. Raises NamespaceNotFound."""
        row = await tx.one(QUERIES.namespace_lock, service=self.service, name=name)
        if row is None:
            raise NamespaceNotFound
        return NamespaceKey.of(row)

    async def confirm(self, tx: Tx, namespace: NamespaceKey) -> None:
        """Raise StaleNamespace unless a namespace that was found outside the transaction still exists."""
        row = await tx.one(QUERIES.namespace_by_name, service=self.service, name=namespace.name)
        if row is None or row["namespace_id"] != namespace.namespace_id:
            raise StaleNamespace

    async def body(self, name: str) -> bytes | None:
        """Read the message of a namespace outside a transaction; None when there is no such namespace."""

        async def body(tx: Tx) -> bytes | None:
            row = await tx.one(QUERIES.namespace_body, service=self.service, name=name)
            return None if row is None else row["body"]

        return await self._store.run(body, write=False, autocommit=True)

    def forget(self, name: str) -> None:
        """Remove a name from the cache."""
        self._known.pop(name, None)


class LogSettings:
    """The log settings of one service's namespaces, cached (as is their absence) because every call needs them."""

    def __init__(self, namespaces: Namespaces, message: type[Message]) -> None:
        """`message` is the service's Namespace."""
        self._namespaces = namespaces
        self._message = message
        self._known: RefreshingCache[str, str | None] = RefreshingCache(self._read)

    async def find(self, name: str, *, now: int) -> str | None:
        """Return the logging namespace of a namespace; None if its calls are not logged or the store is unavailable."""
        try:
            return await self._known.find(name, now=now)
        except StoreError:
            return None

    async def _read(self, name: str) -> str | None:
        body = await self._namespaces.body(name)
        item = self._message() if body is None else self._message.FromString(body)
        if not item.HasField("log_setting"):
            return None
        setting: common_pb2.LogSetting = item.log_setting  # type: ignore[attr-defined]  # every Namespace has one
        return setting.logging_namespace_id

    def forget(self, name: str) -> None:
        """Remove the setting of a namespace that was created, changed or deleted from the cache."""
        self._known.forget(name)
