"""Visits the data that a service stores about a player, namespace by namespace, kind by kind, in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from redeemd.contract.json_text import JsonObject
from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.user_data import UserData
from redeemd.store.base import STEP_ROWS, Tx
from redeemd.store.sql import Query, query

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A position: the next namespace at or after a name, the kind, and the position among items of the kind."""

    namespace_name: str = ""
    kind: int = 0
    after: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Items of one kind in one namespace. `following` is where the next page begins."""

    namespace_name: str
    kind: str
    payloads: Sequence[JsonObject]
    following: Place


def namespace_query(tables: Mapping[str, str]) -> Query:
    """Return the query for the first namespace with data of a player, in the order of names from a name on.

    `tables` maps tables to their columns of users. Most namespaces have no data of most players.
    """
    exists = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} t WHERE t.namespace_id = n.namespace_id AND t.{column} = :user_id)"  # noqa: S608 -- our names
        for table, column in tables.items()
    )
    return query(
        "namespace_with_data_of",
        f"SELECT namespace_id, name, salt FROM namespace n "  # noqa: S608 -- our names
        f"WHERE service = :service AND name >= :name AND ({exists}) ORDER BY name LIMIT 1",
    )


class Walk:
    """The data of one service."""

    def __init__(self, kinds: Sequence[UserData], service: str) -> None:
        self._kinds = kinds
        self._service = service
        self._namespace_with_data = namespace_query(
            {table: column for kind in kinds for table, column in kind.tables.items()}
        )

    async def page(self, tx: Tx, user_id: str, place: Place) -> Page | None:
        """Return the items of a player at a place, which may be none; None behind the last namespace."""
        namespace = await self._namespace_from(tx, user_id, place.namespace_name)
        if namespace is None:
            return None
        at = place if namespace.name == place.namespace_name else Place(namespace.name)
        kind = self._kinds[at.kind]
        found = await kind.page(tx, namespace, user_id, after=at.after, limit=PAGE_ROWS)
        # A page may end early, by its size: only an empty one is the last.
        following = Place(namespace.name, at.kind, found[-1][0]) if found else self._following(at)
        return Page(namespace.name, kind.kind, [payload for _, payload in found], following)

    async def clean(self, tx: Tx, user_id: str, place: Place, *, now: int) -> tuple[int, Place | None]:
        """Erase some items of one kind in one namespace; return how many, and where to continue."""
        namespace = await self._namespace_from(tx, user_id, place.namespace_name)
        if namespace is None:
            return 0, None
        at = place if namespace.name == place.namespace_name else Place(namespace.name)
        cleaned = await self._kinds[at.kind].clean(tx, namespace, user_id, limit=STEP_ROWS, now=now)
        return cleaned, at if cleaned == STEP_ROWS else self._following(at)

    def _following(self, place: Place) -> Place:
        if place.kind + 1 < len(self._kinds):
            return Place(place.namespace_name, place.kind + 1)
        return Place(place.namespace_name + " ")  # sorts after the name and before every other name

    async def _namespace_from(self, tx: Tx, user_id: str, name: str) -> NamespaceKey | None:
        row = await tx.one(self._namespace_with_data, service=self._service, user_id=user_id, name=name)
        return None if row is None else NamespaceKey.of(row)
