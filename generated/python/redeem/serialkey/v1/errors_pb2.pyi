from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_CAMPAIGN_MODEL_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CAMPAIGN_MODEL_MASTER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS: _ClassVar[ErrorReason]
    ERROR_REASON_CURRENT_CAMPAIGN_MASTER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ISSUE_JOB_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SERIAL_KEY_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CODE_STATUS_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_CAMPAIGN_MISMATCH: _ClassVar[ErrorReason]
    ERROR_REASON_NUMBERS_EXHAUSTED: _ClassVar[ErrorReason]
    ERROR_REASON_IMPORT_UNDER_WAY: _ClassVar[ErrorReason]
    ERROR_REASON_TOO_MANY_GUESSES: _ClassVar[ErrorReason]
    ERROR_REASON_ISSUE_JOB_USED: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_CAMPAIGN_MODEL_NOT_FOUND: ErrorReason
ERROR_REASON_CAMPAIGN_MODEL_MASTER_NOT_FOUND: ErrorReason
ERROR_REASON_CAMPAIGN_MODEL_MASTER_ALREADY_EXISTS: ErrorReason
ERROR_REASON_CURRENT_CAMPAIGN_MASTER_NOT_FOUND: ErrorReason
ERROR_REASON_ISSUE_JOB_NOT_FOUND: ErrorReason
ERROR_REASON_SERIAL_KEY_NOT_FOUND: ErrorReason
ERROR_REASON_CODE_NOT_FOUND: ErrorReason
ERROR_REASON_CODE_STATUS_INVALID: ErrorReason
ERROR_REASON_CAMPAIGN_MISMATCH: ErrorReason
ERROR_REASON_NUMBERS_EXHAUSTED: ErrorReason
ERROR_REASON_IMPORT_UNDER_WAY: ErrorReason
ERROR_REASON_TOO_MANY_GUESSES: ErrorReason
ERROR_REASON_ISSUE_JOB_USED: ErrorReason
