from google.api import annotations_pb2 as _annotations_pb2
from redeem.exchange.v1 import requests_pb2 as _requests_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
