"""Server reflection, v1 and v1alpha, with JSON names.

Descriptors in Python's generated code have no json_name, so tools like grpcurl would print proto names instead of the
documented names. Reflection therefore uses a descriptor pool of its own, whose descriptors have JSON names.
"""

import functools
from collections.abc import Iterable, Sequence

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.reflection import aio as reflection_aio

V1ALPHA: str = reflection.SERVICE_NAME
# v1 has the same messages as v1alpha; grpcio-reflection does not provide it.
V1 = "grpc.reflection.v1.ServerReflection"


def servicer(names: Sequence[str]) -> reflection_aio.ReflectionServicer:
    """Return the servicer of v1alpha, which serves v1 as well; `names` are the services to list."""
    return reflection_aio.ReflectionServicer([*names, V1], pool=_pool(tuple(names)))


@functools.cache
def _pool(names: tuple[str, ...]) -> "_Pool":
    known = descriptor_pool.Default()
    files = [known.FindFileContainingSymbol(name) for name in names]
    # Error details are sent as Any, so no message of redeemd refers to them.
    return _Pool([*files, error_details_pb2.DESCRIPTOR])


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

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802 -- the name in the pool's interface
        """Return the file of a symbol. Raises KeyError."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            service = self._pool.FindServiceByName(symbol.rpartition(".")[0])
            service.FindMethodByName(symbol.rpartition(".")[2])
            return service.file

    def __getattr__(self, name: str) -> object:
        attribute: object = getattr(self._pool, name)
        return attribute


def _name_fields(message: descriptor_pb2.DescriptorProto) -> None:
    for field in message.field:
        head, *rest = field.name.split("_")
        field.json_name = field.json_name or head + "".join(part[:1].upper() + part[1:] for part in rest)
    for nested in message.nested_type:
        _name_fields(nested)
