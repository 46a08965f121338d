"""A protoc plugin for the types of the client's services: redeemd_client/services.pyi."""

import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

sys.path.insert(0, str(Path(__file__).parent / "package"))

from redeemd_client.services import attributes

_HEAD = """\
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
{imports}
from redeemd_client.aio import AsyncStreaming, AsyncUnary
from redeemd_client.sync import Streaming, Unary

def descriptor_of(package: str, service: str) -> ServiceDescriptor: ...
def method_of(full_name: str) -> MethodDescriptor: ...
"""


def generate(request: plugin_pb2.CodeGeneratorRequest) -> plugin_pb2.CodeGeneratorResponse:
    """Return the file. Its classes are those of services.py, with a property for each service and method."""
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    names = {f"redeem.{package}.v1.{service}": name for name, (package, service) in attributes().items()}
    services = {names[full_name]: service for full_name, service in _services(request) if full_name in names}
    modules = sorted({_module(it) for service in services.values() for m in service.method for it in _types(m)})
    lines = [_HEAD.format(imports="\n".join(f"import {module}" for module in modules))]
    for prefix in ("", "Async"):
        for service in services.values():
            lines += [f"class {prefix}{service.name}:", *(_method(method, prefix) for method in service.method), ""]
        lines.append(f"class {prefix}Services:")
        lines += [_property(name, f"{prefix}{service.name}") for name, service in services.items()]
        lines += ["    def make_method(self, method: MethodDescriptor) -> Any: ...", ""]
    response.file.add(name="redeemd_client/services.pyi", content="\n".join(lines))
    return response


def _services(request: plugin_pb2.CodeGeneratorRequest) -> Iterator[tuple[str, descriptor_pb2.ServiceDescriptorProto]]:
    for file in request.proto_file:
        for service in file.service:
            yield f"{file.package}.{service.name}", service


def _types(method: descriptor_pb2.MethodDescriptorProto) -> tuple[str, str]:
    return method.input_type, method.output_type


def _module(full_name: str) -> str:
    """Return the module of a request or a response."""
    return f"{full_name.removeprefix('.').rpartition('.')[0]}.requests_pb2"


def _method(method: descriptor_pb2.MethodDescriptorProto, prefix: str) -> str:
    request, response = (f"{_module(it)}.{it.rpartition('.')[2]}" for it in _types(method))
    kind = "Streaming" if method.server_streaming else "Unary"
    request = f"Iterable[{request}]" if method.client_streaming else request
    return _property(method.name, f"{prefix}{kind}[{request}, {response}]")


def _property(name: str, kind: str) -> str:
    return f"    @property\n    def {name}(self) -> {kind}: ..."


if __name__ == "__main__":
    asked = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(generate(asked).SerializeToString())
