from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_METHOD_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TRANSACTION_RESULT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TRANSACTION_ALREADY_RUN: _ClassVar[ErrorReason]
    ERROR_REASON_TRANSACTION_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_EXPRESSION_FALSE: _ClassVar[ErrorReason]
    ERROR_REASON_SHEET_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_SHEET_EXPIRED: _ClassVar[ErrorReason]
    ERROR_REASON_SHEET_PART_ALREADY_RUN: _ClassVar[ErrorReason]
    ERROR_REASON_SHEET_OUT_OF_ORDER: _ClassVar[ErrorReason]
    ERROR_REASON_STAMP_SHEET_RESULT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_ACTION_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_HANDLER_UNAVAILABLE: _ClassVar[ErrorReason]
    ERROR_REASON_DELIVERY_NOT_FOUND: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_METHOD_NOT_FOUND: ErrorReason
ERROR_REASON_TRANSACTION_RESULT_NOT_FOUND: ErrorReason
ERROR_REASON_TRANSACTION_ALREADY_RUN: ErrorReason
ERROR_REASON_TRANSACTION_TOO_LARGE: ErrorReason
ERROR_REASON_EXPRESSION_FALSE: ErrorReason
ERROR_REASON_SHEET_INVALID: ErrorReason
ERROR_REASON_SHEET_EXPIRED: ErrorReason
ERROR_REASON_SHEET_PART_ALREADY_RUN: ErrorReason
ERROR_REASON_SHEET_OUT_OF_ORDER: ErrorReason
ERROR_REASON_STAMP_SHEET_RESULT_NOT_FOUND: ErrorReason
ERROR_REASON_ACTION_REFUSED: ErrorReason
ERROR_REASON_HANDLER_UNAVAILABLE: ErrorReason
ERROR_REASON_DELIVERY_NOT_FOUND: ErrorReason
