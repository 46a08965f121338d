from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import any_pb2 as _any_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_NOT_FOUND: _ClassVar[Outcome]
    OUTCOME_SUCCEEDED: _ClassVar[Outcome]
    OUTCOME_FENCED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_NOT_FOUND: Outcome
OUTCOME_SUCCEEDED: Outcome
OUTCOME_FENCED: Outcome

class GetOutcomeRequest(_message.Message):
    __slots__ = ("service", "method", "namespace_name", "user_id", "key", "fence")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    service: str
    method: str
    namespace_name: str
    user_id: str
    key: str
    fence: bool
    def __init__(self, service: _Optional[str] = ..., method: _Optional[str] = ..., namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., key: _Optional[str] = ..., fence: _Optional[bool] = ...) -> None: ...

class GetOutcomeResponse(_message.Message):
    __slots__ = ("outcome", "answer")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    answer: _any_pb2.Any
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., answer: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...
