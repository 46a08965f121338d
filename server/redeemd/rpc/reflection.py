"""Server reflection, v1 and v1alpha, that tells JSON names.

Descriptors in Python's generated code have no json_name, and tools like grpcurl then print proto names instead of the
documented ones. So reflection looks at a pool of its own, whose descriptors have them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection import aio as reflection_aio

V1ALPHA: str = reflection.SERVICE_NAME
# v1 has the messages of v1alpha, and grpcio-reflection does not offer it.
V1 = "grpc.reflection.v1.ServerReflection"


def servicer(names: Sequence[str]) -> Any:
    """Make the servicer of v1alpha, which serves v1 as well; `names` are the services to tell of."""
    known = descriptor_pool.Default()
    files = [known.FindFileContainingSymbol(name) for name in names]
    # Error details travel as Any, so no message of ours leads to them.
    return reflection_aio.ReflectionServicer([*names, V1], pool=_Pool([*files, error_details_pb2.DESCRIPTOR]))


class _Pool:
    """A descriptor pool whose fields have JSON names, and which finds methods as symbols."""

    def __init__(self, files: Iterable[FileDescriptor]) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        self._added: set[str] = set()
        for file in files:
            self._add(file)

    def _add(self, file: FileDescriptor) -> None:
        if file.name in self._added:
            return
        self._added.add(file.name)
        for dependency in file.dependencies:
            self._add(dependency)
        proto = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(proto)
        for message in proto.message_type:
            _name_fields(message)
        self._pool.Add(proto)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 -- the pool's name for it
        """Answer the file of a symbol. Raises KeyError."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            service = self._pool.FindServiceByName(symbol.rpartition(".")[0])
            service.FindMethodByName(symbol.rpartition(".")[2])
            return service.file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


def _name_fields(message: descriptor_pb2.DescriptorProto) -> None:
    for field in message.field:
        head, *rest = field.name.split("_")
        field.json_name = field.json_name or head + "".join(part[:1].upper() + part[1:] for part in rest)
    for nested in message.nested_type:
        _name_fields(nested)
