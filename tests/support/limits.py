"""A namespace of the Limit service, called through gRPC."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from redeem.limit.v1 import requests_pb2 as pb

VERSION = "2019-04-05"
DEFAULT = ({"name": "daily", "resetType": "daily", "resetHour": 0}, {"name": "ever", "resetType": "notReset"})
_numbers = itertools.count(1)


def document(*models):
    """Answer master data with these limits, given as dictionaries."""
    return json.dumps({"version": VERSION, "limitModels": models})


@dataclass
class Limits:
    """A namespace of a test's own."""

    service: Any
    name: str

    async def put_in_force(self, *models):
        """Upload master data with these limits."""
        await self.call("UpdateCurrentLimitMaster", settings=document(*models))

    async def call(self, rpc, headers=(), **fields):
        """Call a Limit method as the administrator, in this namespace."""
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, **fields)
        return await getattr(self.service.limits, rpc)(request, metadata=self.service.admin + tuple(headers))

    async def as_player(self, rpc, user_id, headers=(), **fields):
        """Call a Limit method with a player's token alone, in this namespace."""
        token = await self.service.token(user_id)
        request = getattr(pb, f"{rpc}Request")(namespace_name=self.name, access_token=token, **fields)
        return await getattr(self.service.limits, rpc)(request, metadata=tuple(headers))

    async def up(self, user_id="alice", counter="c", limit="daily", **fields):
        """Count up for a player; answer the counter."""
        names = {"user_id": user_id, "counter_name": counter, "limit_name": limit}
        return (await self.call("CountUpByUserId", **names, **fields)).item

    async def get(self, user_id="alice", counter="c", limit="daily", **fields):
        """Answer a player's counter."""
        names = {"user_id": user_id, "counter_name": counter, "limit_name": limit}
        return (await self.call("GetCounterByUserId", **names, **fields)).item


async def make_limits(service, *models):
    """Make a namespace with limits in force: `daily` at 0 o'clock and `ever`, if none are given."""
    limits = Limits(service, f"limits-{next(_numbers)}")
    await service.limits.CreateNamespace(pb.CreateNamespaceRequest(name=limits.name), metadata=service.admin)
    await limits.put_in_force(*(models or DEFAULT))
    return limits
