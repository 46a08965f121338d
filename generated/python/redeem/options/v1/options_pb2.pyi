from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVENT_KIND_UNSPECIFIED: _ClassVar[EventKind]
    EVENT_KIND_ISSUED: _ClassVar[EventKind]
    EVENT_KIND_REDEEMED: _ClassVar[EventKind]
    EVENT_KIND_REVERTED: _ClassVar[EventKind]
    EVENT_KIND_COUNTED: _ClassVar[EventKind]
    EVENT_KIND_EXCHANGED: _ClassVar[EventKind]
    EVENT_KIND_AWAIT_CREATED: _ClassVar[EventKind]
    EVENT_KIND_AWAIT_SKIPPED: _ClassVar[EventKind]
    EVENT_KIND_AWAIT_DELETED: _ClassVar[EventKind]
    EVENT_KIND_ACQUIRED: _ClassVar[EventKind]
    EVENT_KIND_SWITCHED: _ClassVar[EventKind]
    EVENT_KIND_DELIVERED: _ClassVar[EventKind]
    EVENT_KIND_UNDER_ATTACK: _ClassVar[EventKind]
    EVENT_KIND_ADMINISTERED: _ClassVar[EventKind]

class Access(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCESS_UNSPECIFIED: _ClassVar[Access]
    ACCESS_PUBLIC: _ClassVar[Access]
    ACCESS_PROJECT: _ClassVar[Access]
    ACCESS_ACT_AS: _ClassVar[Access]
    ACCESS_PLAYER: _ClassVar[Access]
    ACCESS_SIGNED: _ClassVar[Access]
    ACCESS_ADMIN: _ClassVar[Access]
    ACCESS_DELEGATED: _ClassVar[Access]

class CodeAccess(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODE_ACCESS_UNSPECIFIED: _ClassVar[CodeAccess]
    CODE_ACCESS_MASKED: _ClassVar[CodeAccess]
    CODE_ACCESS_FULL: _ClassVar[CodeAccess]

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_ADMIN: _ClassVar[Role]
    ROLE_ISSUER: _ClassVar[Role]
    ROLE_SERVER: _ClassVar[Role]
    ROLE_READ: _ClassVar[Role]
    ROLE_CLIENT: _ClassVar[Role]
EVENT_KIND_UNSPECIFIED: EventKind
EVENT_KIND_ISSUED: EventKind
EVENT_KIND_REDEEMED: EventKind
EVENT_KIND_REVERTED: EventKind
EVENT_KIND_COUNTED: EventKind
EVENT_KIND_EXCHANGED: EventKind
EVENT_KIND_AWAIT_CREATED: EventKind
EVENT_KIND_AWAIT_SKIPPED: EventKind
EVENT_KIND_AWAIT_DELETED: EventKind
EVENT_KIND_ACQUIRED: EventKind
EVENT_KIND_SWITCHED: EventKind
EVENT_KIND_DELIVERED: EventKind
EVENT_KIND_UNDER_ATTACK: EventKind
EVENT_KIND_ADMINISTERED: EventKind
ACCESS_UNSPECIFIED: Access
ACCESS_PUBLIC: Access
ACCESS_PROJECT: Access
ACCESS_ACT_AS: Access
ACCESS_PLAYER: Access
ACCESS_SIGNED: Access
ACCESS_ADMIN: Access
ACCESS_DELEGATED: Access
CODE_ACCESS_UNSPECIFIED: CodeAccess
CODE_ACCESS_MASKED: CodeAccess
CODE_ACCESS_FULL: CodeAccess
ROLE_UNSPECIFIED: Role
ROLE_ADMIN: Role
ROLE_ISSUER: Role
ROLE_SERVER: Role
ROLE_READ: Role
ROLE_CLIENT: Role
POLICY_FIELD_NUMBER: _ClassVar[int]
policy: _descriptor.FieldDescriptor
SECRET_FIELD_NUMBER: _ClassVar[int]
secret: _descriptor.FieldDescriptor
JSON_TEXT_FIELD_NUMBER: _ClassVar[int]
json_text: _descriptor.FieldDescriptor
ABSENCE_FIELD_NUMBER: _ClassVar[int]
absence: _descriptor.FieldDescriptor
DOCUMENTED_FIELD_NUMBER: _ClassVar[int]
documented: _descriptor.FieldDescriptor
RULE_FIELD_NUMBER: _ClassVar[int]
rule: _descriptor.FieldDescriptor

class Absence(_message.Message):
    __slots__ = ("value", "field", "values")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    value: str
    field: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, value: _Optional[str] = ..., field: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("access", "writes", "idempotent", "codes", "component", "dry_run", "decides_namespaces", "event", "request_bytes_max", "batch_of", "models")
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    WRITES_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    DECIDES_NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    BATCH_OF_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    access: Access
    writes: bool
    idempotent: bool
    codes: bool
    component: str
    dry_run: bool
    decides_namespaces: bool
    event: EventKind
    request_bytes_max: int
    batch_of: str
    models: bool
    def __init__(self, access: _Optional[_Union[Access, str]] = ..., writes: _Optional[bool] = ..., idempotent: _Optional[bool] = ..., codes: _Optional[bool] = ..., component: _Optional[str] = ..., dry_run: _Optional[bool] = ..., decides_namespaces: _Optional[bool] = ..., event: _Optional[_Union[EventKind, str]] = ..., request_bytes_max: _Optional[int] = ..., batch_of: _Optional[str] = ..., models: _Optional[bool] = ...) -> None: ...

class RoleRule(_message.Message):
    __slots__ = ("reads", "writes", "codes", "models")
    READS_FIELD_NUMBER: _ClassVar[int]
    WRITES_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    reads: _containers.RepeatedScalarFieldContainer[Access]
    writes: _containers.RepeatedScalarFieldContainer[Access]
    codes: CodeAccess
    models: bool
    def __init__(self, reads: _Optional[_Iterable[_Union[Access, str]]] = ..., writes: _Optional[_Iterable[_Union[Access, str]]] = ..., codes: _Optional[_Union[CodeAccess, str]] = ..., models: _Optional[bool] = ...) -> None: ...
