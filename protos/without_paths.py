"""`python protos/without_paths.py FILE`: removes the paths of the JSON door from a descriptor set.

Envoy's transcoder would serve the methods under these paths, and no longer under /package.Service/Method. Its JSON is
that of protobuf, while redeemd itself serves these paths in the documented JSON.
"""

import sys
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

_IMPORTED = ("google/api/annotations.proto", "google/api/http.proto")


def without_paths(file: descriptor_pb2.FileDescriptorProto) -> descriptor_pb2.FileDescriptorProto:
    """Return a file without google.api.http."""
    kept = [name for name in file.dependency if name not in _IMPORTED]
    file.ClearField("dependency")
    file.dependency.extend(kept)
    for service in file.service:
        for method in service.method:
            method.options.ClearExtension(annotations_pb2.http)
    return file


def main() -> None:
    """Rewrite the file."""
    path = Path(sys.argv[1])
    files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())
    kept = [without_paths(file) for file in files.file if file.name not in _IMPORTED]
    path.write_bytes(descriptor_pb2.FileDescriptorSet(file=kept).SerializeToString())


if __name__ == "__main__":
    main()
