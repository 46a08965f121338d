"""A protoc plugin for what the TypeScript client knows of methods: grpc-js/src/methods.ts."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2

_SERVICE_CONFIG = Path(__file__).with_name("package") / "grpc-js" / "service_config.json"
_READS = descriptor_pb2.MethodOptions.NO_SIDE_EFFECTS
_Message = descriptor_pb2.DescriptorProto
_HEAD = """\
/** Paths of the methods that write: of these, the `keyed` take an idempotency key. */
"""


def generate(request: plugin_pb2.CodeGeneratorRequest) -> plugin_pb2.CodeGeneratorResponse:
    """Return the file. Of the methods that write, those are retried that take a key, and batches, whose items do."""
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    retried = set(_retried())
    messages = {
        f".{file.package}.{message.name}": message for file in request.proto_file for message in file.message_type
    }
    writing = {
        path: messages[of.input_type] for path, of in _methods(request) if of.options.idempotency_level != _READS
    }
    batches = {path for path, asked in writing.items() if _is_batch(asked, messages)}
    keyed = [path for path in writing if path in retried and path not in batches]
    lists = {"writing": sorted(writing), "keyed": sorted(keyed)}
    lines = [
        f"export const {name}: ReadonlySet<string> = new Set({json.dumps(paths, indent=2)});\n"
        for name, paths in lists.items()
    ]
    response.file.add(name="grpc-js/src/methods.ts", content=_HEAD + "\n".join(lines))
    return response


def _retried() -> Iterator[str]:
    for config in json.loads(_SERVICE_CONFIG.read_text(encoding="utf-8"))["methodConfig"]:
        if "retryPolicy" in config:
            yield from (f"/{name['service']}/{name['method']}" for name in config["name"])


def _methods(
    request: plugin_pb2.CodeGeneratorRequest,
) -> Iterator[tuple[str, descriptor_pb2.MethodDescriptorProto]]:
    """Yield the methods of redeemd with their paths."""
    for file in request.proto_file:
        for service in file.service if file.package.startswith("redeem.") else ():
            yield from ((f"/{file.package}.{service.name}/{method.name}", method) for method in service.method)


def _is_batch(asked: _Message, messages: Mapping[str, _Message]) -> bool:
    """Return whether the items of a message have requests of their own."""
    items = [
        messages[field.type_name] for field in asked.field if field.name == "items" and field.type_name in messages
    ]
    return any(field.name == "request" for item in items for field in item.field)


if __name__ == "__main__":
    asked = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(generate(asked).SerializeToString())
