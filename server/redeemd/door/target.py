"""The properties of methods that the door needs, computed once."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from redeem.options.v1 import options_pb2

from redeemd.contract import options, paths
from redeemd.contract.paths import Path
from redeemd.rpc.method import Handlers, RpcHandler

# JSON may need several characters for a byte of the request: in a text of JSON, each quotation mark is escaped.
JSON_BYTES_PER_BYTE = 6
JSON_BYTES_MAX = 32 * 1024 * 1024
STRANGER_BYTES_MAX = 64 * 1024  # while nobody is identified

ABSENT = frozenset({"", "null"})  # texts that clients write, in a path or a query, for a value that they do not have


@dataclass(frozen=True, slots=True)
class Target:
    """A method that has paths.

    handler         that of gRPC
    name            of the RPC
    service         the documented name of its service: serialKey
    access          the kind of its callers
    json_bytes_max  how large the JSON of a request may be
    texts           the fields that can be given as text, by their names in the proto
    names           the names of fields in the proto by their documented names
    documented      the documented names of fields by those in the proto, where they differ
    """

    handler: RpcHandler
    name: str
    service: str
    paths: list[Path]
    access: options_pb2.Access
    request_type: type[Message]
    json_bytes_max: int
    texts: Mapping[str, FieldDescriptor]
    names: Mapping[str, str]
    documented: Mapping[str, str]

    @classmethod
    def of(cls, method: MethodDescriptor, handlers: Handlers) -> "Target":
        """Return the target of a method. `handlers` are those of gRPC, by /package.Service/Method."""
        fields = method.input_type.fields
        policy = options.policy(method)
        return cls(
            handler=handlers[f"/{method.containing_service.full_name}/{method.name}"],
            name=method.name,
            service=paths.label(method),
            paths=paths.of(method),
            request_type=GetMessageClass(method.input_type),
            access=policy.access,
            json_bytes_max=min(JSON_BYTES_MAX, JSON_BYTES_PER_BYTE * options.request_bytes_max(policy)),
            texts={field.name: field for field in fields if not field.is_repeated and field.message_type is None},
            names={field.json_name: field.name for field in fields},
            documented={field.name: field.json_name for field in fields if field.name != field.json_name},
        )

    def json_bytes_of(self, metadata: Mapping[str, str]) -> int:
        """Return how large the JSON of a request may be; less if it is read before its caller is identified."""
        return receivable(self.access, metadata, self.json_bytes_max)


def receivable(access: options_pb2.Access, metadata: Mapping[str, str], bytes_max: int) -> int:
    """Return how many of `bytes_max` bytes may be received from a caller: less if only the request identifies it."""
    if access == options_pb2.ACCESS_PLAYER:
        identified = "x-access-token" in metadata
    else:
        identified = access != options_pb2.ACCESS_PUBLIC
    return bytes_max if identified else min(bytes_max, STRANGER_BYTES_MAX)
