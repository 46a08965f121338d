"""A protoc plugin for the Python gRPC stubs, which grpcio-tools generates but provides no plugin for."""

import contextlib
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from google.protobuf.compiler import plugin_pb2
from grpc_tools import protoc


def generate(request: plugin_pb2.CodeGeneratorRequest) -> plugin_pb2.CodeGeneratorResponse:
    """Return the stub files of the requested proto files that have services."""
    response = plugin_pb2.CodeGeneratorResponse(
        supported_features=plugin_pb2.CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
    )
    wanted = set(request.file_to_generate)
    with_services = [file.name for file in request.proto_file if file.service and file.name in wanted]
    with tempfile.TemporaryDirectory() as folder:
        protos = Path(folder, "all.binpb")
        protos.write_bytes(descriptor_pb2.FileDescriptorSet(file=request.proto_file).SerializeToString())
        flags = [f"--descriptor_set_in={protos}", f"--grpc_python_out={folder}"]
        with contextlib.redirect_stdout(sys.stderr):
            if protoc.main(["protoc", *flags, *with_services]) != 0:
                response.error = "grpc_tools.protoc failed"
        for path in sorted(Path(folder).rglob("*.py")):
            response.file.add(name=str(path.relative_to(folder)), content=path.read_text(encoding="utf-8"))
    return response


if __name__ == "__main__":
    asked = plugin_pb2.CodeGeneratorRequest.FromString(sys.stdin.buffer.read())
    sys.stdout.buffer.write(generate(asked).SerializeToString())
