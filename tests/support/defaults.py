"""Namespaces of the three services, called by the names of their RPCs."""

from typing import Any

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb

from support.exchanges import Exchanges

REQUESTS = {"serial_key": serialkey_pb, "exchange": exchange_pb, "limit": limit_pb}


class Worlds:
    """A namespace of each service, and calls in them as whoever a method is for."""

    def __init__(self, exchanges: Exchanges) -> None:
        self.exchanges = exchanges
        service = exchanges.service
        self.stubs = {"serial_key": service.serial_keys, "exchange": service.exchanges, "limit": service.limits}
        self.names = {
            "serial_key": exchanges.world.name,
            "exchange": exchanges.name,
            "limit": exchanges.limits.name,
        }

    async def call(self, service: str, rpc: str, **fields: Any) -> Any:
        """Call a method: in the namespace if it is in one, for alice if it is for a player."""
        request = getattr(REQUESTS[service], f"{rpc}Request")(**fields)
        known = request.DESCRIPTOR.fields_by_name
        if "namespace_name" in known:
            request.namespace_name = self.names[service]
        if "user_id" in known:
            request.user_id = "alice"
        if "access_token" in known:
            request.access_token = await self.exchanges.service.token("alice")
        return await getattr(self.stubs[service], rpc)(request, metadata=self.exchanges.service.admin)
