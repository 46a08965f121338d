from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Key(_message.Message):
    __slots__ = ("key_id", "role", "namespace_names", "description", "created_at", "revoked_at")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    role: _options_pb2.Role
    namespace_names: _containers.RepeatedScalarFieldContainer[str]
    description: str
    created_at: int
    revoked_at: int
    def __init__(self, key_id: _Optional[str] = ..., role: _Optional[_Union[_options_pb2.Role, str]] = ..., namespace_names: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ..., created_at: _Optional[int] = ..., revoked_at: _Optional[int] = ...) -> None: ...
