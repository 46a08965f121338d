from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import any_pb2 as _any_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from redeem.transaction.v1 import resources_pb2 as _resources_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
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

class RunTransactionRequest(_message.Message):
    __slots__ = ("user_id", "transaction", "time_offset_token", "duplication_avoider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    transaction: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, user_id: _Optional[str] = ..., transaction: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class RunTransactionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.TransactionResult, _Mapping]] = ...) -> None: ...

class GetTransactionResultRequest(_message.Message):
    __slots__ = ("access_token", "transaction_id")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    transaction_id: str
    def __init__(self, access_token: _Optional[str] = ..., transaction_id: _Optional[str] = ...) -> None: ...

class GetTransactionResultResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.TransactionResult, _Mapping]] = ...) -> None: ...

class GetTransactionResultByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "transaction_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    transaction_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class GetTransactionResultByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.TransactionResult, _Mapping]] = ...) -> None: ...

class RevertTransactionRequest(_message.Message):
    __slots__ = ("user_id", "transaction_id", "time_offset_token", "duplication_avoider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    transaction_id: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class RevertTransactionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.TransactionResult, _Mapping]] = ...) -> None: ...

class AndExpressionByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "actions", "time_offset_token", "duplication_avoider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, user_id: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class AndExpressionByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class OrExpressionByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "actions", "time_offset_token", "duplication_avoider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, user_id: _Optional[str] = ..., actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class OrExpressionByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class IfExpressionByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "condition", "true_actions", "false_actions", "multiply_value_specifying_quantity", "time_offset_token", "duplication_avoider")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    TRUE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    FALSE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    MULTIPLY_VALUE_SPECIFYING_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    condition: _common_pb2.VerifyAction
    true_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    false_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    multiply_value_specifying_quantity: bool
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, user_id: _Optional[str] = ..., condition: _Optional[_Union[_common_pb2.VerifyAction, _Mapping]] = ..., true_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., false_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., multiply_value_specifying_quantity: _Optional[bool] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class IfExpressionByUserIdResponse(_message.Message):
    __slots__ = ("item", "expression_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    EXPRESSION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.TransactionResult
    expression_result: bool
    def __init__(self, item: _Optional[_Union[_resources_pb2.TransactionResult, _Mapping]] = ..., expression_result: _Optional[bool] = ...) -> None: ...

class RunVerifyTaskRequest(_message.Message):
    __slots__ = ("verify_task", "key_id", "context_stack")
    VERIFY_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    verify_task: str
    key_id: str
    context_stack: str
    def __init__(self, verify_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class RunVerifyTaskResponse(_message.Message):
    __slots__ = ("context_stack", "status_code", "result")
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    context_stack: str
    status_code: int
    result: str
    def __init__(self, context_stack: _Optional[str] = ..., status_code: _Optional[int] = ..., result: _Optional[str] = ...) -> None: ...

class RunStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class RunStampTaskResponse(_message.Message):
    __slots__ = ("context_stack", "status_code", "result")
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    context_stack: str
    status_code: int
    result: str
    def __init__(self, context_stack: _Optional[str] = ..., status_code: _Optional[int] = ..., result: _Optional[str] = ...) -> None: ...

class RunStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class RunStampSheetResponse(_message.Message):
    __slots__ = ("status_code", "result")
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    status_code: int
    result: str
    def __init__(self, status_code: _Optional[int] = ..., result: _Optional[str] = ...) -> None: ...

class RunStampSheetExpressRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ...) -> None: ...

class RunStampSheetExpressResponse(_message.Message):
    __slots__ = ("verify_task_result_codes", "verify_task_results", "task_result_codes", "task_results", "sheet_result_code", "sheet_result")
    VERIFY_TASK_RESULT_CODES_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TASK_RESULTS_FIELD_NUMBER: _ClassVar[int]
    TASK_RESULT_CODES_FIELD_NUMBER: _ClassVar[int]
    TASK_RESULTS_FIELD_NUMBER: _ClassVar[int]
    SHEET_RESULT_CODE_FIELD_NUMBER: _ClassVar[int]
    SHEET_RESULT_FIELD_NUMBER: _ClassVar[int]
    verify_task_result_codes: _containers.RepeatedScalarFieldContainer[int]
    verify_task_results: _containers.RepeatedScalarFieldContainer[str]
    task_result_codes: _containers.RepeatedScalarFieldContainer[int]
    task_results: _containers.RepeatedScalarFieldContainer[str]
    sheet_result_code: int
    sheet_result: str
    def __init__(self, verify_task_result_codes: _Optional[_Iterable[int]] = ..., verify_task_results: _Optional[_Iterable[str]] = ..., task_result_codes: _Optional[_Iterable[int]] = ..., task_results: _Optional[_Iterable[str]] = ..., sheet_result_code: _Optional[int] = ..., sheet_result: _Optional[str] = ...) -> None: ...

class GetStampSheetResultRequest(_message.Message):
    __slots__ = ("access_token", "transaction_id")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    transaction_id: str
    def __init__(self, access_token: _Optional[str] = ..., transaction_id: _Optional[str] = ...) -> None: ...

class GetStampSheetResultResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.StampSheetResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.StampSheetResult, _Mapping]] = ...) -> None: ...

class GetStampSheetResultByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "transaction_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    transaction_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., transaction_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class GetStampSheetResultByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.StampSheetResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.StampSheetResult, _Mapping]] = ...) -> None: ...

class GetOutcomeRequest(_message.Message):
    __slots__ = ("service", "method", "namespace_name", "user_id", "key", "fence", "request")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    service: str
    method: str
    namespace_name: str
    user_id: str
    key: str
    fence: bool
    request: _any_pb2.Any
    def __init__(self, service: _Optional[str] = ..., method: _Optional[str] = ..., namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., key: _Optional[str] = ..., fence: _Optional[bool] = ..., request: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class GetOutcomeResponse(_message.Message):
    __slots__ = ("outcome", "answer")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    answer: _any_pb2.Any
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., answer: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class PreflightRequest(_message.Message):
    __slots__ = ("user_id", "transaction", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    transaction: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., transaction: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class ActionForecast(_message.Message):
    __slots__ = ("action_path", "action", "would_succeed", "status_code", "reason", "message", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ACTION_PATH_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    WOULD_SUCCEED_FIELD_NUMBER: _ClassVar[int]
    STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    action_path: str
    action: str
    would_succeed: bool
    status_code: int
    reason: str
    message: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, action_path: _Optional[str] = ..., action: _Optional[str] = ..., would_succeed: _Optional[bool] = ..., status_code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PreflightResponse(_message.Message):
    __slots__ = ("would_succeed", "items")
    WOULD_SUCCEED_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    would_succeed: bool
    items: _containers.RepeatedCompositeFieldContainer[ActionForecast]
    def __init__(self, would_succeed: _Optional[bool] = ..., items: _Optional[_Iterable[_Union[ActionForecast, _Mapping]]] = ...) -> None: ...

class DescribeDeliveriesRequest(_message.Message):
    __slots__ = ("user_id", "state", "page_token", "limit")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    state: _resources_pb2.DeliveryState
    page_token: str
    limit: int
    def __init__(self, user_id: _Optional[str] = ..., state: _Optional[_Union[_resources_pb2.DeliveryState, str]] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeDeliveriesResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Delivery]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Delivery, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetryDeliveryRequest(_message.Message):
    __slots__ = ("delivery_id", "duplication_avoider")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    duplication_avoider: str
    def __init__(self, delivery_id: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class RetryDeliveryResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Delivery
    def __init__(self, item: _Optional[_Union[_resources_pb2.Delivery, _Mapping]] = ...) -> None: ...

class DescribeActionsNotHereRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeActionsNotHereResponse(_message.Message):
    __slots__ = ("actions",)
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    actions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, actions: _Optional[_Iterable[str]] = ...) -> None: ...
