"""Visits the data that a service stores about a player, namespace by namespace, kind by kind, in pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from redeemd.contract.json_text import JsonObject
from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.queries import QUERIES
from redeemd.resources.user_data import UserData
from redeemd.store.base import STEP_ROWS, Tx

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


class Walk:
    """The data of one service."""

    def __init__(self, kinds: Sequence[UserData], service: str) -> None:
        self._kinds = kinds
        self._service = service

    async def page(self, tx: Tx, user_id: str, place: Place) -> Page | None:
        """Return the items of a player at a place, which may be none; None behind the last namespace."""
        namespace = await self._namespace_from(tx, place.namespace_name)
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
        namespace = await self._namespace_from(tx, place.namespace_name)
        if namespace is None:
            return 0, None
        at = place if namespace.name == place.namespace_name else Place(namespace.name)
        cleaned = await self._kinds[at.kind].clean(tx, namespace, user_id, limit=STEP_ROWS, now=now)
        return cleaned, at if cleaned == STEP_ROWS else self._following(at)

    def _following(self, place: Place) -> Place:
        if place.kind + 1 < len(self._kinds):
            return Place(place.namespace_name, place.kind + 1)
        return Place(place.namespace_name + " ")  # sorts after the name and before every other name

    async def _namespace_from(self, tx: Tx, name: str) -> NamespaceKey | None:
        row = await tx.one(QUERIES.namespace_from, service=self._service, name=name)
        return None if row is None else NamespaceKey.of(row)
