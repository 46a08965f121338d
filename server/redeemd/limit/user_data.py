"""The Limit service's data about players: their counters."""

from typing import Any

from redeemd.limit import counting
from redeemd.limit.counting import CounterName, CounterPosition
from redeemd.resources.namespaces import NamespaceKey
from redeemd.store.base import Tx


class Counters:
    """Implements redeemd.resources.user_data.UserData. A payload is a documented Counter with its schedule."""

    kind = "counter"

    async def page(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, *, after: str, limit: int
    ) -> list[tuple[str, dict[str, Any]]]:
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

    async def restore(self, tx: Tx, namespace: NamespaceKey, user_id: str, payload: dict[str, Any], *, now: int) -> str:
        """See UserData. Overwrites what the player has counted since."""
        await counting.restore(
            tx,
            CounterName(namespace.namespace_id, user_id, payload["limitName"], payload["name"]),
            count=payload["count"],
            next_reset_at=payload["nextResetAt"],
            schedule=payload["schedule"],
            created_at=payload["createdAt"],
            now=now,
        )
        return "restored"
