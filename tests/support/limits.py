"""A namespace of the Limit service, called through gRPC."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from redeem.limit.v1 import requests_pb2 as pb

from support.service import Headers, Service

VERSION = "2019-04-05"
DEFAULT = ({"name": "daily", "resetType": "daily", "resetHour": 0}, {"name": "ever", "resetType": "notReset"})
_numbers = itertools.count(1)


def document(*models: Any) -> str:
    """Return master data with these limits, given as dictionaries."""
    return json.dumps({"version": VERSION, "limitModels": models})


@dataclass
class Limits:
    """A namespace of a test's own."""

    service: Any
    name: str

    async def put_in_force(self, *models: Any) -> None:
        """Upload master data with these limits."""
        await self.call("UpdateCurrentLimitMaster", settings=document(*models))

    async def call(self, rpc: str, headers: Headers = (), **fields: Any) -> Any:
        """Call a Limit method as the administrator, in this namespace."""
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, **fields)
        return await getattr(self.service.limits, rpc)(request, metadata=self.service.admin + tuple(headers))

    async def as_player(self, rpc: str, user_id: str, headers: Headers = (), **fields: Any) -> Any:
        """Call a Limit method with a player's token alone, in this namespace."""
        token = await self.service.token(user_id)
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, access_token=token, **fields)
        return await getattr(self.service.limits, rpc)(request, metadata=tuple(headers))

    async def up(self, user_id: str = "alice", counter: str = "c", limit: str = "daily", **fields: Any) -> Any:
        """Count up for a player; return the counter."""
        names: dict[str, Any] = {"user_id": user_id, "counter_name": counter, "limit_name": limit}
        return (await self.call("CountUpByUserId", **names, **fields)).item

    async def get(self, user_id: str = "alice", counter: str = "c", limit: str = "daily", **fields: Any) -> Any:
        """Return a player's counter."""
        names: dict[str, Any] = {"user_id": user_id, "counter_name": counter, "limit_name": limit}
        return (await self.call("GetCounterByUserId", **names, **fields)).item


async def make_limits(service: Service, *models: Any) -> Limits:
    """Make a namespace with limits in force: `daily` at 0 o'clock and `ever`, if none are given."""
    limits = Limits(service, f"limits-{next(_numbers)}")
    await service.limits.CreateNamespace(pb.CreateNamespaceRequest(name=limits.name), metadata=service.admin)
    await limits.put_in_force(*(models or DEFAULT))
    return limits
