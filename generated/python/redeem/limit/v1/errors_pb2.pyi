from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_LIMIT_MODEL_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LIMIT_MODEL_MASTER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_LIMIT_MODEL_MASTER_ALREADY_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_CURRENT_LIMIT_MASTER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_COUNTER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_COUNTER_OVERFLOW: _ClassVar[ErrorReason]
    ERROR_REASON_COUNTER_VERIFICATION_FAILED: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_LIMIT_MODEL_NOT_FOUND: ErrorReason
ERROR_REASON_LIMIT_MODEL_MASTER_NOT_FOUND: ErrorReason
ERROR_REASON_LIMIT_MODEL_MASTER_ALREADY_EXISTS: ErrorReason
ERROR_REASON_CURRENT_LIMIT_MASTER_NOT_FOUND: ErrorReason
ERROR_REASON_COUNTER_NOT_FOUND: ErrorReason
ERROR_REASON_COUNTER_OVERFLOW: ErrorReason
ERROR_REASON_COUNTER_VERIFICATION_FAILED: ErrorReason
