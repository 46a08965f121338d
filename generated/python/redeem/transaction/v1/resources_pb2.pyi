from buf.validate import validate_pb2 as _validate_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_PENDING: _ClassVar[DeliveryState]
    DELIVERY_STATE_DELIVERED: _ClassVar[DeliveryState]
    DELIVERY_STATE_DEAD: _ClassVar[DeliveryState]
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_PENDING: DeliveryState
DELIVERY_STATE_DELIVERED: DeliveryState
DELIVERY_STATE_DEAD: DeliveryState

class Transaction(_message.Message):
    __slots__ = ("transaction_id", "user_id", "verify_actions", "consume_actions", "acquire_actions")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    user_id: str
    verify_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    consume_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    def __init__(self, transaction_id: _Optional[str] = ..., user_id: _Optional[str] = ..., verify_actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., consume_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ...) -> None: ...

class TransactionResult(_message.Message):
    __slots__ = ("transaction_result_id", "user_id", "transaction_id", "verify_results", "consume_results", "acquire_results", "has_error", "created_at", "revision", "namespace_names", "needs_unlimited_key", "reverted_by", "scripts")
    TRANSACTION_RESULT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERIFY_RESULTS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_RESULTS_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_RESULTS_FIELD_NUMBER: _ClassVar[int]
    HAS_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    NEEDS_UNLIMITED_KEY_FIELD_NUMBER: _ClassVar[int]
    REVERTED_BY_FIELD_NUMBER: _ClassVar[int]
    SCRIPTS_FIELD_NUMBER: _ClassVar[int]
    transaction_result_id: str
    user_id: str
    transaction_id: str
    verify_results: _containers.RepeatedCompositeFieldContainer[VerifyActionResult]
    consume_results: _containers.RepeatedCompositeFieldContainer[ConsumeActionResult]
    acquire_results: _containers.RepeatedCompositeFieldContainer[AcquireActionResult]
    has_error: bool
    created_at: int
    revision: int
    namespace_names: _containers.RepeatedScalarFieldContainer[str]
    needs_unlimited_key: bool
    reverted_by: str
    scripts: _containers.RepeatedCompositeFieldContainer[ScriptRun]
    def __init__(self, transaction_result_id: _Optional[str] = ..., user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., verify_results: _Optional[_Iterable[_Union[VerifyActionResult, _Mapping]]] = ..., consume_results: _Optional[_Iterable[_Union[ConsumeActionResult, _Mapping]]] = ..., acquire_results: _Optional[_Iterable[_Union[AcquireActionResult, _Mapping]]] = ..., has_error: _Optional[bool] = ..., created_at: _Optional[int] = ..., revision: _Optional[int] = ..., namespace_names: _Optional[_Iterable[str]] = ..., needs_unlimited_key: _Optional[bool] = ..., reverted_by: _Optional[str] = ..., scripts: _Optional[_Iterable[_Union[ScriptRun, _Mapping]]] = ...) -> None: ...

class ScriptRun(_message.Message):
    __slots__ = ("script_id", "version")
    SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    script_id: str
    version: str
    def __init__(self, script_id: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class VerifyActionResult(_message.Message):
    __slots__ = ("action", "verify_request", "status_code", "verify_result")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    VERIFY_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    VERIFY_RESULT_FIELD_NUMBER: _ClassVar[int]
    action: str
    verify_request: str
    status_code: int
    verify_result: str
    def __init__(self, action: _Optional[str] = ..., verify_request: _Optional[str] = ..., status_code: _Optional[int] = ..., verify_result: _Optional[str] = ...) -> None: ...

class ConsumeActionResult(_message.Message):
    __slots__ = ("action", "consume_request", "status_code", "consume_result")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CONSUME_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    CONSUME_RESULT_FIELD_NUMBER: _ClassVar[int]
    action: str
    consume_request: str
    status_code: int
    consume_result: str
    def __init__(self, action: _Optional[str] = ..., consume_request: _Optional[str] = ..., status_code: _Optional[int] = ..., consume_result: _Optional[str] = ...) -> None: ...

class AcquireActionResult(_message.Message):
    __slots__ = ("action", "acquire_request", "status_code", "acquire_result")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_RESULT_FIELD_NUMBER: _ClassVar[int]
    action: str
    acquire_request: str
    status_code: int
    acquire_result: str
    def __init__(self, action: _Optional[str] = ..., acquire_request: _Optional[str] = ..., status_code: _Optional[int] = ..., acquire_result: _Optional[str] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "user_id", "action", "transaction_id", "state", "attempts", "next_attempt_at", "last_error", "created_at", "finished_at")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    user_id: str
    action: str
    transaction_id: str
    state: DeliveryState
    attempts: int
    next_attempt_at: int
    last_error: str
    created_at: int
    finished_at: int
    def __init__(self, delivery_id: _Optional[str] = ..., user_id: _Optional[str] = ..., action: _Optional[str] = ..., transaction_id: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., attempts: _Optional[int] = ..., next_attempt_at: _Optional[int] = ..., last_error: _Optional[str] = ..., created_at: _Optional[int] = ..., finished_at: _Optional[int] = ...) -> None: ...

class StampSheetResult(_message.Message):
    __slots__ = ("stamp_sheet_result_id", "user_id", "transaction_id", "verify_task_requests", "task_requests", "sheet_request", "verify_task_result_codes", "verify_task_results", "task_result_codes", "task_results", "sheet_result_code", "sheet_result", "next_transaction_id", "created_at", "revision", "namespace_names", "reverted_by")
    STAMP_SHEET_RESULT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TASK_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    TASK_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    SHEET_REQUEST_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TASK_RESULT_CODES_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TASK_RESULTS_FIELD_NUMBER: _ClassVar[int]
    TASK_RESULT_CODES_FIELD_NUMBER: _ClassVar[int]
    TASK_RESULTS_FIELD_NUMBER: _ClassVar[int]
    SHEET_RESULT_CODE_FIELD_NUMBER: _ClassVar[int]
    SHEET_RESULT_FIELD_NUMBER: _ClassVar[int]
    NEXT_TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    REVERTED_BY_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet_result_id: str
    user_id: str
    transaction_id: str
    verify_task_requests: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    task_requests: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    sheet_request: _common_pb2.AcquireAction
    verify_task_result_codes: _containers.RepeatedScalarFieldContainer[int]
    verify_task_results: _containers.RepeatedScalarFieldContainer[str]
    task_result_codes: _containers.RepeatedScalarFieldContainer[int]
    task_results: _containers.RepeatedScalarFieldContainer[str]
    sheet_result_code: int
    sheet_result: str
    next_transaction_id: str
    created_at: int
    revision: int
    namespace_names: _containers.RepeatedScalarFieldContainer[str]
    reverted_by: str
    def __init__(self, stamp_sheet_result_id: _Optional[str] = ..., user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., verify_task_requests: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., task_requests: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., sheet_request: _Optional[_Union[_common_pb2.AcquireAction, _Mapping]] = ..., verify_task_result_codes: _Optional[_Iterable[int]] = ..., verify_task_results: _Optional[_Iterable[str]] = ..., task_result_codes: _Optional[_Iterable[int]] = ..., task_results: _Optional[_Iterable[str]] = ..., sheet_result_code: _Optional[int] = ..., sheet_result: _Optional[str] = ..., next_transaction_id: _Optional[str] = ..., created_at: _Optional[int] = ..., revision: _Optional[int] = ..., namespace_names: _Optional[_Iterable[str]] = ..., reverted_by: _Optional[str] = ...) -> None: ...
