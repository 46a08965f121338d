"""Where the name of a namespace leads."""

from dataclasses import dataclass

from redeemd.errors import NamespaceNotFound, StaleNamespace
from redeemd.store import sql
from redeemd.store.base import Store, Tx

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

    `find` remembers, so what uses its answer in a transaction has to make sure that the namespace is still there, and
    raises StaleNamespace when it is not; the name is then forgotten and the call prepared anew.
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

            known = await self._store.run(body, write=False)
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            self._known[name] = known
        return known

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

    def forget(self, name: str) -> None:
        """Look the name up again next time."""
        self._known.pop(name, None)
