"""The data that the most expensive requests need.

Whatever has a name has the same one, so that requests made from the contract alone find it.
"""

import urllib.request
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.error import HTTPError

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from redeem.options.v1 import options_pb2
from redeemd.app.data_folder import ADMIN_KEY_FILE
from redeemd.contract import options

from bench.servers import Server
from bench.stalls import documents, texts
from bench.stalls.contract import NAME, Valid, methods

CALL_SECONDS_MAX = 60.0

_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),  # a server that was started again is another one
)
_ID = "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"
_COUNTER = {"namespaceName": NAME, "limitName": NAME, "counterName": NAME, "userId": NAME}
COMPONENTS = {"SerialKeyService": "Campaign", "LimitService": "Limit", "ExchangeService": "Rate"}
_EXAMPLES: dict[str, Any] = {
    **{
        f"UpdateCurrent{component}MasterRequest.settings": texts.write(documents.SETTINGS[service])
        for service, component in COMPONENTS.items()
    },
    "commit_hash": "0123456789abcdef",
    "service": "redeem.serialkey.v1.SerialKeyService",  # what GetOutcome is about
    "method": "UseByUserId",
    "namespace_name": NAME,
    "user_id": NAME,
    "transaction_id": _ID,
    "delivery_id": _ID,
    "base_value": 1,
    "coefficient_value": 1,
    "exchange_count_id": documents.INCREMENTAL_RATE["exchangeCountId"],
    "VerifyAction.action": "Gs2Limit:VerifyCounterByUserId",
    "VerifyAction.request": texts.write(_COUNTER | {"verifyType": "greaterEqual", "count": 0}),
    "ConsumeAction.action": "Gs2Limit:CountUpByUserId",
    "ConsumeAction.request": texts.write(_COUNTER),
    "AcquireAction.action": "Gs2Limit:CountDownByUserId",
    "AcquireAction.request": texts.write(_COUNTER),
}


def valid() -> Valid:
    """Return what makes valid requests to a prepared server."""
    transaction = texts.write(documents.transaction(Valid(_EXAMPLES)))
    return Valid(_EXAMPLES | {"transaction": transaction})


class World:
    """The connection of an administrator, who is a player, too."""

    def __init__(self, server: Server) -> None:
        key = (server.data / ADMIN_KEY_FILE).read_text(encoding="utf-8").strip()
        self._key = (("authorization", f"Bearer {key}"),)
        self.channel = grpc.insecure_channel(server.address, options=_OPTIONS)
        self._methods = {f"{it.containing_service.name}.{it.name}": it for it in methods()}
        self._token: str = self.call("AuthService.Login", user_id=NAME).token

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()

    def method(self, name: str) -> MethodDescriptor:
        """Return `Service.Method`."""
        return self._methods[name]

    def metadata(self, method: MethodDescriptor) -> Sequence[tuple[str, str]]:
        """Return the credentials that a method needs."""
        if options.policy(method).access == options_pb2.ACCESS_PLAYER:
            return (("x-access-token", self._token),)
        return self._key

    def call(self, name: str, /, **fields: Any) -> Any:
        """Call `Service.Method`. Raises grpc.RpcError."""
        [reply] = self.call_often(name, [fields])
        return reply

    def call_often(self, name: str, /, requests: Iterable[dict[str, Any]]) -> list[Any]:
        """Call a method with all requests at once; return its replies. Raises grpc.RpcError."""
        method = self._methods[name]
        reply = message_factory.GetMessageClass(method.output_type)
        call: Any = self.channel.unary_unary(f"/{method.containing_service.full_name}/{method.name}")
        sent = [
            call.future(encoded(method, **fields), metadata=self.metadata(method), timeout=CALL_SECONDS_MAX)
            for fields in requests
        ]
        return [reply.FromString(future.result()) for future in sent]

    def http(self, verb: str, url: str, data: bytes | None, encoding: str) -> str:
        """Send a request; read all of the response and return its status."""
        headers = {} if data is None else {"Content-Encoding": encoding}
        request = urllib.request.Request(url, data=data, method=verb, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=CALL_SECONDS_MAX) as response:
                while response.read(1 << 20):
                    pass
                return str(response.status)
        except HTTPError as error:
            return str(error.code)

    def prepare(self) -> None:
        """Make a namespace of each service, with its master data."""
        for service in COMPONENTS:
            fields = {"enable_await_exchange": True} if service == "ExchangeService" else {}
            self.call(f"{service}.CreateNamespace", name=NAME, **fields)
            self.put_in_force(service, documents.SETTINGS[service])

    def put_in_force(self, service: str, settings: dict[str, Any]) -> None:
        """Upload master data."""
        name = f"{service}.UpdateCurrent{COMPONENTS[service]}Master"
        self.call(name, namespace_name=NAME, settings=texts.write(settings))


def encoded(method: MethodDescriptor, **fields: Any) -> bytes:
    """Return the request of a method with these fields."""
    data: bytes = message_factory.GetMessageClass(method.input_type)(**fields).SerializeToString()
    return data
