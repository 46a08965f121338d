"""The Exchange service's data about players: their awaits."""

import base64
from collections.abc import Mapping
from types import MappingProxyType
from typing import NotRequired, TypedDict, cast

from redeemd.contract.json_text import JsonObject
from redeemd.exchange.awaits import Await, AwaitPosition, Awaits
from redeemd.resources.namespaces import NamespaceKey
from redeemd.store.base import Tx


class _Value(TypedDict):
    key: str
    value: str


class _Payload(TypedDict):
    """The members of a payload that `restore` reads."""

    name: str
    rateName: str
    count: int
    skipSeconds: int
    lockSeconds: int
    config: list[_Value]
    exchangedAt: int
    createdAt: int
    revision: int
    promised: NotRequired[str]


class PlayersAwaits:
    """Implements redeemd.resources.user_data.UserData. A payload is a documented Await, its lock time and promise."""

    kind = "await"
    tables: Mapping[str, str] = MappingProxyType({"exchange_await": "user_id", "imported_await": "user_id"})

    def __init__(self, awaits: Awaits) -> None:
        self._awaits = awaits

    async def page(
        self, tx: Tx, namespace: NamespaceKey, user_id: str, *, after: str, limit: int
    ) -> list[tuple[str, JsonObject]]:
        """See UserData."""
        items = await self._awaits.page(
            tx, namespace.namespace_id, user_id, None, after=AwaitPosition.parse(after), limit=limit
        )
        return [(str(item.position), _payload(item)) for item in items]

    async def clean(self, tx: Tx, namespace: NamespaceKey, user_id: str, *, limit: int, now: int) -> int:
        """See UserData."""
        del now
        return await self._awaits.clean(tx, namespace.namespace_id, user_id, limit=limit)

    async def restore(self, tx: Tx, namespace: NamespaceKey, user_id: str, payload: JsonObject, *, now: int) -> str:
        """See UserData. An await that still exists is left unchanged; one that was acquired meanwhile is restored."""
        del now
        found = cast("_Payload", payload)  # its MAC shows that `page` returned it
        item = Await(
            name=found["name"],
            user_id=user_id,
            rate_name=found["rateName"],
            count=found["count"],
            skip_seconds=found["skipSeconds"],
            lock_seconds=found["lockSeconds"],
            config={each["key"]: each["value"] for each in found["config"]},
            exchanged_at=found["exchangedAt"],
            created_at=found["createdAt"],
            revision=found["revision"] + 1,
            promised=base64.b64decode(found["promised"]) if "promised" in found else None,
        )
        restored = await self._awaits.restore(tx, namespace.namespace_id, item)
        return "restored" if restored else "is there already"


def _payload(item: Await) -> JsonObject:
    payload: JsonObject = {
        "name": item.name,
        "userId": item.user_id,
        "rateName": item.rate_name,
        "count": item.count,
        "skipSeconds": item.skip_seconds,
        "lockSeconds": item.lock_seconds,
        "config": [{"key": key, "value": value} for key, value in item.config.items()],
        "acquirableAt": item.acquirable_at,
        "exchangedAt": item.exchanged_at,
        "createdAt": item.created_at,
        "revision": item.revision,
    }
    if item.promised is not None:
        payload["promised"] = base64.b64encode(item.promised).decode("ascii")
    return payload
