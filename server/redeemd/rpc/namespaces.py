"""Where the name of a namespace leads, and how calls in it are logged."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message

from redeemd.errors import NamespaceNotFound, StaleNamespace
from redeemd.rpc.remembered import Remembered
from redeemd.store import sql
from redeemd.store.base import Store, StoreError, Tx

QUERIES = sql.load("redeemd.rpc")

CACHE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class NamespaceKey:
    """What never changes about a namespace: a number that is never given again, and the salt of its codes' keys."""

    namespace_id: int
    name: str
    salt: bytes


class Namespaces:
    """The namespaces of one service.

    `find` and `remembered` may be behind: what uses their answer in a transaction has to make sure that the namespace
    is still there, and raises StaleNamespace when it is not; the name is then forgotten and the call prepared anew.
    """

    def __init__(self, store: Store, service: str) -> None:
        self._store = store
        self.service = service
        self._known: dict[str, NamespaceKey] = {}

    async def find(self, name: str) -> NamespaceKey:
        """Look a namespace up outside a transaction. Raises NamespaceNotFound."""
        known = self._known.get(name)
        if known is None:

            async def body(tx: Tx) -> NamespaceKey:
                return await self.require(tx, name)

            known = await self._store.run(body, write=False, autocommit=True)
            self.remember(known)
        return known

    def remembered(self, name: str) -> NamespaceKey | None:
        """Answer a namespace that was looked up before."""
        return self._known.get(name)

    def remember(self, namespace: NamespaceKey) -> None:
        """Note a namespace that was found and is committed."""
        if len(self._known) >= CACHE_MAX:
            self._known.clear()
        self._known[namespace.name] = namespace

    async def require(self, tx: Tx, name: str) -> NamespaceKey:
        """Look a namespace up inside a transaction. Raises NamespaceNotFound."""
        row = await tx.one(QUERIES.namespace_by_name, service=self.service, name=name)
        if row is None:
            raise NamespaceNotFound
        return NamespaceKey(row["namespace_id"], row["name"], row["salt"])

    async def confirm(self, tx: Tx, namespace: NamespaceKey) -> None:
        """Make sure that a namespace which was found outside the transaction is there. Raises StaleNamespace."""
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
        """Look the name up again next time."""
        self._known.pop(name, None)


class LogSettings:
    """The log settings of one service's namespaces. They are remembered, also that there is none: every call asks."""

    def __init__(self, namespaces: Namespaces, message: type[Message]) -> None:
        """`message` is the service's Namespace."""
        self._namespaces = namespaces
        self._message = message
        self._known: Remembered[str, str | None] = Remembered(self._read)

    async def find(self, name: str, *, now: int) -> str | None:
        """Answer the logging namespace of a namespace; None: its calls are not logged, or nobody can tell just now."""
        try:
            return await self._known.find(name, now=now)
        except StoreError:
            return None

    async def _read(self, name: str) -> str | None:
        body = await self._namespaces.body(name)
        item: Any = self._message() if body is None else self._message.FromString(body)
        return item.log_setting.logging_namespace_id if item.HasField("log_setting") else None

    def forget(self, name: str) -> None:
        """Hear that a namespace was made, changed or deleted."""
        self._known.forget(name)
