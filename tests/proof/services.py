"""How to call a server: stubs, requests by name, and what an error says."""

from dataclasses import dataclass

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.exchange.v1 import exchange_service_pb2_grpc
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import limit_service_pb2_grpc
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.serialkey.v1 import serialkey_service_pb2_grpc
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from redeem.transaction.v1 import transaction_service_pb2_grpc

from proof.batching import Batching

PAGE = 1000  # the most that a page can have

_SERVICES = {
    "auth": (auth_pb, auth_service_pb2_grpc.AuthServiceStub, "Auth"),
    "exchange": (exchange_pb, exchange_service_pb2_grpc.ExchangeServiceStub, "Exchange"),
    "limit": (limit_pb, limit_service_pb2_grpc.LimitServiceStub, "Limit"),
    "serialkey": (serialkey_pb, serialkey_service_pb2_grpc.SerialKeyServiceStub, "SerialKey"),
    "transaction": (transaction_pb, transaction_service_pb2_grpc.TransactionServiceStub, "Transaction"),
}
# What a connection that breaks all the time needs.
_OPTIONS = [
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 200),
    ("grpc.use_local_subchannel_pool", 1),  # a connection of its own for every channel
    ("grpc.max_receive_message_length", 21 * 1024 * 1024),
]


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method, by the short name of its service."""

    service: str
    method: str

    @property
    def service_name(self):
        """The full name of the service."""
        return f"redeem.{self.service}.v1.{_SERVICES[self.service][2]}Service"

    def request(self, **fields):
        """Make a request."""
        return getattr(_SERVICES[self.service][0], f"{self.method}Request")(**fields)

    def reply(self, data):
        """Read a reply."""
        return getattr(_SERVICES[self.service][0], f"{self.method}Response").FromString(data)


class Services:
    """The services behind an address, called with a key."""

    def __init__(self, address, key):
        self._channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
        self._stubs = {name: stub(self._channel) for name, (_, stub, _) in _SERVICES.items()}
        self._metadata = (("authorization", f"Bearer {key}"),)
        self._batching = Batching(self._stubs, self._metadata)

    async def send(self, rpc, request, *, seconds, metadata=()):
        """Call a method; wait for a connection if there is none. Raises grpc.aio.AioRpcError."""
        response = await self._batching.send(rpc, request, seconds)
        if response is not None:
            return response
        method = getattr(self._stubs[rpc.service], rpc.method)
        return await method(request, timeout=seconds, metadata=self._metadata + metadata, wait_for_ready=True)

    async def call(self, service, method, **fields):
        """Call a method by its name, with a generous deadline."""
        rpc = Rpc(service, method)
        return await self.send(rpc, rpc.request(**fields), seconds=30)

    async def close(self):
        """Close the connection."""
        await self._channel.close()


def error_info(error):
    """Return the reason and the metadata of a refusal by the service; None when something else failed."""
    try:
        status = rpc_status.from_call(error)
    except (ValueError, DecodeError):
        return None
    for detail in status.details if status is not None else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason, dict(info.metadata)
    return None
