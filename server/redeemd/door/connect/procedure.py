"""The properties of methods that the protocols need, computed once."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from redeem.options.v1 import options_pb2

from redeemd.contract import options
from redeemd.door.target import JSON_BYTES_MAX, JSON_BYTES_PER_BYTE, receivable
from redeemd.rpc.method import Handlers, RpcHandler

ENVELOPE_BYTES = 5  # before each message of a stream


@dataclass(frozen=True, slots=True)
class Procedure:
    """A method.

    handler    that of gRPC
    access     the kind of its callers
    bytes_max  how large a request may be
    streams    whether it streams its response
    """

    handler: RpcHandler
    access: options_pb2.Access
    request_type: type[Message]
    bytes_max: int
    streams: bool
    streams_request: bool
    verbs: tuple[str, ...]

    @classmethod
    def of(cls, method: MethodDescriptor, handlers: Handlers) -> "Procedure":
        """Return the properties of a method. `handlers` are those of gRPC, by /package.Service/Method."""
        policy = options.policy(method)
        safe = method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS and not method.server_streaming
        return cls(
            handler=handlers[path_of(method)],
            access=policy.access,
            request_type=GetMessageClass(method.input_type),
            bytes_max=options.request_bytes_max(policy),
            streams=method.server_streaming,
            streams_request=method.client_streaming,
            verbs=("GET", "POST") if safe else ("POST",),
        )

    def body_bytes_of(self, metadata: Mapping[str, str], *, json: bool) -> int:
        """Return how large a body may be; less if it is read before its caller is identified."""
        most = min(JSON_BYTES_MAX, JSON_BYTES_PER_BYTE * self.bytes_max) if json else self.bytes_max
        return receivable(self.access, metadata, most) + ENVELOPE_BYTES


def path_of(method: MethodDescriptor) -> str:
    """Return the path of a method, by gRPC and here: /package.Service/Method."""
    return f"/{method.containing_service.full_name}/{method.name}"
