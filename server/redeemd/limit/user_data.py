"""The Limit service's data about players: their counters."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypedDict, cast

from redeemd.contract.json_text import JsonObject
from redeemd.limit import counting
from redeemd.limit.counters import CounterName, CounterPosition
from redeemd.resources.namespaces import NamespaceKey
from redeemd.store.base import Tx


class _Payload(TypedDict):
    """The members of a payload that `restore` reads."""

    limitName: str
    name: str
    count: int
    nextResetAt: int | None
    schedule: str
    createdAt: int


class Counters:
    """Implements redeemd.resources.user_data.UserData. A payload is a documented Counter with its schedule."""

    kind = "counter"
    tables: Mapping[str, str] = MappingProxyType({"counter": "user_id", "imported_counter": "user_id"})

    async def page(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, *, after: str, limit: int
    ) -> list[tuple[str, JsonObject]]:
        """See UserData."""
        rows = await counting.stored(
            tx, namespace.namespace_id, user_id, after=CounterPosition.parse(after), limit=limit
        )
        return [
            (
                str(CounterPosition.of(row)),
                {
                    "limitName": row["limit_name"],
                    "name": row["name"],
                    "userId": user_id,
                    "count": row["count"],
                    "nextResetAt": row["next_reset_at"],
                    "createdAt": row["created_at"],
                    "updatedAt": row["updated_at"],
                    "revision": row["revision"],
                    "schedule": row["schedule"],
                },
            )
            for row in rows
        ]

    async def clean(self, tx: Tx, namespace: NamespaceKey, user_id: str, *, limit: int, now: int) -> int:
        """See UserData."""
        del now
        return await counting.clean(tx, namespace.namespace_id, user_id, limit=limit)

    async def restore(self, tx: Tx, namespace: NamespaceKey, user_id: str, payload: JsonObject, *, now: int) -> str:
        """See UserData. Overwrites what the player has counted since."""
        found = cast("_Payload", payload)  # its MAC shows that `page` returned it
        await counting.restore(
            tx,
            CounterName(namespace.namespace_id, user_id, found["limitName"], found["name"]),
            count=found["count"],
            next_reset_at=found["nextResetAt"],
            schedule=found["schedule"],
            created_at=found["createdAt"],
            now=now,
        )
        return "restored"
