from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ActionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_KIND_UNSPECIFIED: _ClassVar[ActionKind]
    ACTION_KIND_VERIFY: _ClassVar[ActionKind]
    ACTION_KIND_CONSUME: _ClassVar[ActionKind]
    ACTION_KIND_ACQUIRE: _ClassVar[ActionKind]
ACTION_KIND_UNSPECIFIED: ActionKind
ACTION_KIND_VERIFY: ActionKind
ACTION_KIND_CONSUME: ActionKind
ACTION_KIND_ACQUIRE: ActionKind

class ExecuteRequest(_message.Message):
    __slots__ = ("key", "kind", "action", "request", "user_id", "transaction_id", "created_at", "attempt")
    KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    key: str
    kind: ActionKind
    action: str
    request: str
    user_id: str
    transaction_id: str
    created_at: int
    attempt: int
    def __init__(self, key: _Optional[str] = ..., kind: _Optional[_Union[ActionKind, str]] = ..., action: _Optional[str] = ..., request: _Optional[str] = ..., user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., created_at: _Optional[int] = ..., attempt: _Optional[int] = ...) -> None: ...

class ExecuteResponse(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: str
    def __init__(self, result: _Optional[str] = ...) -> None: ...

class ExecuteBatchRequest(_message.Message):
    __slots__ = ("executions",)
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    executions: _containers.RepeatedCompositeFieldContainer[ExecuteRequest]
    def __init__(self, executions: _Optional[_Iterable[_Union[ExecuteRequest, _Mapping]]] = ...) -> None: ...

class ExecuteBatchResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[ExecutionOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[ExecutionOutcome, _Mapping]]] = ...) -> None: ...

class ExecutionOutcome(_message.Message):
    __slots__ = ("key", "code")
    KEY_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    key: str
    code: int
    def __init__(self, key: _Optional[str] = ..., code: _Optional[int] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("key", "action", "request", "user_id", "transaction_id", "attempt")
    KEY_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    key: str
    action: str
    request: str
    user_id: str
    transaction_id: str
    attempt: int
    def __init__(self, key: _Optional[str] = ..., action: _Optional[str] = ..., request: _Optional[str] = ..., user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., attempt: _Optional[int] = ...) -> None: ...

class CancelResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
