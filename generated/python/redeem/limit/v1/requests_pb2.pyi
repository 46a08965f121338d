from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.limit.v1 import resources_pb2 as _resources_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VerifyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERIFY_TYPE_UNSPECIFIED: _ClassVar[VerifyType]
    VERIFY_TYPE_LESS: _ClassVar[VerifyType]
    VERIFY_TYPE_LESS_EQUAL: _ClassVar[VerifyType]
    VERIFY_TYPE_GREATER: _ClassVar[VerifyType]
    VERIFY_TYPE_GREATER_EQUAL: _ClassVar[VerifyType]
    VERIFY_TYPE_EQUAL: _ClassVar[VerifyType]
    VERIFY_TYPE_NOT_EQUAL: _ClassVar[VerifyType]
VERIFY_TYPE_UNSPECIFIED: VerifyType
VERIFY_TYPE_LESS: VerifyType
VERIFY_TYPE_LESS_EQUAL: VerifyType
VERIFY_TYPE_GREATER: VerifyType
VERIFY_TYPE_GREATER_EQUAL: VerifyType
VERIFY_TYPE_EQUAL: VerifyType
VERIFY_TYPE_NOT_EQUAL: VerifyType

class DescribeNamespacesRequest(_message.Message):
    __slots__ = ("name_prefix", "page_token", "limit")
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    name_prefix: str
    page_token: str
    limit: int
    def __init__(self, name_prefix: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeNamespacesResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Namespace]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Namespace, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateNamespaceRequest(_message.Message):
    __slots__ = ("name", "description", "transaction_setting", "transaction_setting_v2", "count_up_script", "log_setting")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    COUNT_UP_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    count_up_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., count_up_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ...) -> None: ...

class CreateNamespaceResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Namespace
    def __init__(self, item: _Optional[_Union[_resources_pb2.Namespace, _Mapping]] = ...) -> None: ...

class GetNamespaceStatusRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetNamespaceStatusResponse(_message.Message):
    __slots__ = ("status",)
    STATUS_FIELD_NUMBER: _ClassVar[int]
    status: str
    def __init__(self, status: _Optional[str] = ...) -> None: ...

class GetNamespaceRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetNamespaceResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Namespace
    def __init__(self, item: _Optional[_Union[_resources_pb2.Namespace, _Mapping]] = ...) -> None: ...

class UpdateNamespaceRequest(_message.Message):
    __slots__ = ("namespace_name", "description", "transaction_setting", "transaction_setting_v2", "count_up_script", "log_setting", "update_mask")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    COUNT_UP_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    count_up_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, namespace_name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., count_up_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateNamespaceResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Namespace
    def __init__(self, item: _Optional[_Union[_resources_pb2.Namespace, _Mapping]] = ...) -> None: ...

class DeleteNamespaceRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class DeleteNamespaceResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Namespace
    def __init__(self, item: _Optional[_Union[_resources_pb2.Namespace, _Mapping]] = ...) -> None: ...

class GetServiceVersionRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServiceVersionResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: str
    def __init__(self, item: _Optional[str] = ...) -> None: ...

class DumpUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class DumpUserDataByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckDumpUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class CheckDumpUserDataByUserIdResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class CleanUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class CleanUserDataByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckCleanUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class CheckCleanUserDataByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PrepareImportUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class PrepareImportUserDataByUserIdResponse(_message.Message):
    __slots__ = ("upload_token", "upload_url")
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    upload_token: str
    upload_url: str
    def __init__(self, upload_token: _Optional[str] = ..., upload_url: _Optional[str] = ...) -> None: ...

class ImportUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "upload_token", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    upload_token: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., upload_token: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class ImportUserDataByUserIdResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CheckImportUserDataByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "upload_token", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    upload_token: str
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., upload_token: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class CheckImportUserDataByUserIdResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class DescribeCountersRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "limit_name", "page_token", "limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    limit_name: str
    page_token: str
    limit: int
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., limit_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeCountersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Counter]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Counter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DescribeCountersByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "limit_name", "page_token", "limit", "time_offset_token")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    limit_name: str
    page_token: str
    limit: int
    time_offset_token: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class DescribeCountersByUserIdResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Counter]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Counter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetCounterRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "access_token", "counter_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    access_token: str
    counter_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., access_token: _Optional[str] = ..., counter_name: _Optional[str] = ...) -> None: ...

class GetCounterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class GetCounterByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "user_id", "counter_name", "time_offset_token")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    user_id: str
    counter_name: str
    time_offset_token: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., user_id: _Optional[str] = ..., counter_name: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class GetCounterByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class CountUpRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "counter_name", "access_token", "count_up_value", "max_value", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_UP_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_VALUE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    counter_name: str
    access_token: str
    count_up_value: int
    max_value: int
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., access_token: _Optional[str] = ..., count_up_value: _Optional[int] = ..., max_value: _Optional[int] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class CountUpResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class CountUpByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "counter_name", "user_id", "count_up_value", "max_value", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_UP_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    counter_name: str
    user_id: str
    count_up_value: int
    max_value: int
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., user_id: _Optional[str] = ..., count_up_value: _Optional[int] = ..., max_value: _Optional[int] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class CountUpByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class CountDownByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "counter_name", "user_id", "count_down_value", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_DOWN_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    counter_name: str
    user_id: str
    count_down_value: int
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., user_id: _Optional[str] = ..., count_down_value: _Optional[int] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class CountDownByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class DeleteCounterByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "user_id", "counter_name", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    user_id: str
    counter_name: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., user_id: _Optional[str] = ..., counter_name: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class DeleteCounterByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class VerifyCounterRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "limit_name", "counter_name", "verify_type", "count", "multiply_value_specifying_quantity", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLY_VALUE_SPECIFYING_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    limit_name: str
    counter_name: str
    verify_type: VerifyType
    count: int
    multiply_value_specifying_quantity: bool
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., verify_type: _Optional[_Union[VerifyType, str]] = ..., count: _Optional[int] = ..., multiply_value_specifying_quantity: _Optional[bool] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class VerifyCounterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class VerifyCounterByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "limit_name", "counter_name", "verify_type", "count", "multiply_value_specifying_quantity", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLY_VALUE_SPECIFYING_QUANTITY_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    limit_name: str
    counter_name: str
    verify_type: VerifyType
    count: int
    multiply_value_specifying_quantity: bool
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., verify_type: _Optional[_Union[VerifyType, str]] = ..., count: _Optional[int] = ..., multiply_value_specifying_quantity: _Optional[bool] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class VerifyCounterByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class CountUpByStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class CountUpByStampTaskResponse(_message.Message):
    __slots__ = ("item", "new_context_stack")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    NEW_CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    new_context_stack: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ..., new_context_stack: _Optional[str] = ...) -> None: ...

class CountDownByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class CountDownByStampSheetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class DeleteByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class DeleteByStampSheetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ...) -> None: ...

class VerifyCounterByStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class VerifyCounterByStampTaskResponse(_message.Message):
    __slots__ = ("item", "new_context_stack")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    NEW_CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Counter
    new_context_stack: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.Counter, _Mapping]] = ..., new_context_stack: _Optional[str] = ...) -> None: ...

class DescribeLimitModelMastersRequest(_message.Message):
    __slots__ = ("namespace_name", "name_prefix", "page_token", "limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    name_prefix: str
    page_token: str
    limit: int
    def __init__(self, namespace_name: _Optional[str] = ..., name_prefix: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeLimitModelMastersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.LimitModelMaster]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.LimitModelMaster, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateLimitModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "name", "description", "metadata", "reset_type", "reset_day_of_month", "reset_day_of_week", "reset_hour", "anchor_timestamp", "days", "reset_time_zone")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RESET_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_MONTH_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_WEEK_FIELD_NUMBER: _ClassVar[int]
    RESET_HOUR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    name: str
    description: str
    metadata: str
    reset_type: _resources_pb2.ResetType
    reset_day_of_month: int
    reset_day_of_week: _resources_pb2.DayOfWeek
    reset_hour: int
    anchor_timestamp: int
    days: int
    reset_time_zone: str
    def __init__(self, namespace_name: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., reset_type: _Optional[_Union[_resources_pb2.ResetType, str]] = ..., reset_day_of_month: _Optional[int] = ..., reset_day_of_week: _Optional[_Union[_resources_pb2.DayOfWeek, str]] = ..., reset_hour: _Optional[int] = ..., anchor_timestamp: _Optional[int] = ..., days: _Optional[int] = ..., reset_time_zone: _Optional[str] = ...) -> None: ...

class CreateLimitModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.LimitModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.LimitModelMaster, _Mapping]] = ...) -> None: ...

class GetLimitModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ...) -> None: ...

class GetLimitModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.LimitModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.LimitModelMaster, _Mapping]] = ...) -> None: ...

class UpdateLimitModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "description", "metadata", "reset_type", "reset_day_of_month", "reset_day_of_week", "reset_hour", "anchor_timestamp", "days", "update_mask", "reset_time_zone")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RESET_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_MONTH_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_WEEK_FIELD_NUMBER: _ClassVar[int]
    RESET_HOUR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    description: str
    metadata: str
    reset_type: _resources_pb2.ResetType
    reset_day_of_month: int
    reset_day_of_week: _resources_pb2.DayOfWeek
    reset_hour: int
    anchor_timestamp: int
    days: int
    update_mask: _field_mask_pb2.FieldMask
    reset_time_zone: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., reset_type: _Optional[_Union[_resources_pb2.ResetType, str]] = ..., reset_day_of_month: _Optional[int] = ..., reset_day_of_week: _Optional[_Union[_resources_pb2.DayOfWeek, str]] = ..., reset_hour: _Optional[int] = ..., anchor_timestamp: _Optional[int] = ..., days: _Optional[int] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., reset_time_zone: _Optional[str] = ...) -> None: ...

class UpdateLimitModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.LimitModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.LimitModelMaster, _Mapping]] = ...) -> None: ...

class DeleteLimitModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ...) -> None: ...

class DeleteLimitModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.LimitModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.LimitModelMaster, _Mapping]] = ...) -> None: ...

class ExportMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class ExportMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentLimitMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentLimitMaster, _Mapping]] = ...) -> None: ...

class GetCurrentLimitMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetCurrentLimitMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentLimitMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentLimitMaster, _Mapping]] = ...) -> None: ...

class PreUpdateCurrentLimitMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class PreUpdateCurrentLimitMasterResponse(_message.Message):
    __slots__ = ("upload_token", "upload_url")
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    upload_token: str
    upload_url: str
    def __init__(self, upload_token: _Optional[str] = ..., upload_url: _Optional[str] = ...) -> None: ...

class UpdateCurrentLimitMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "mode", "settings", "upload_token", "expected_revision")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    mode: _common_pb2.MasterDataMode
    settings: str
    upload_token: str
    expected_revision: int
    def __init__(self, namespace_name: _Optional[str] = ..., mode: _Optional[_Union[_common_pb2.MasterDataMode, str]] = ..., settings: _Optional[str] = ..., upload_token: _Optional[str] = ..., expected_revision: _Optional[int] = ...) -> None: ...

class UpdateCurrentLimitMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentLimitMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentLimitMaster, _Mapping]] = ...) -> None: ...

class UpdateCurrentLimitMasterFromGitHubRequest(_message.Message):
    __slots__ = ("namespace_name", "checkout_setting", "expected_revision")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKOUT_SETTING_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    checkout_setting: _common_pb2.GitHubCheckoutSetting
    expected_revision: int
    def __init__(self, namespace_name: _Optional[str] = ..., checkout_setting: _Optional[_Union[_common_pb2.GitHubCheckoutSetting, _Mapping]] = ..., expected_revision: _Optional[int] = ...) -> None: ...

class UpdateCurrentLimitMasterFromGitHubResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentLimitMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentLimitMaster, _Mapping]] = ...) -> None: ...

class DescribeLimitModelsRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class DescribeLimitModelsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.LimitModel]
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.LimitModel, _Mapping]]] = ...) -> None: ...

class GetLimitModelRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ...) -> None: ...

class GetLimitModelResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.LimitModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.LimitModel, _Mapping]] = ...) -> None: ...

class PreviewResetsRequest(_message.Message):
    __slots__ = ("namespace_name", "limit_name", "count", "after")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    limit_name: str
    count: int
    after: int
    def __init__(self, namespace_name: _Optional[str] = ..., limit_name: _Optional[str] = ..., count: _Optional[int] = ..., after: _Optional[int] = ...) -> None: ...

class PreviewResetsResponse(_message.Message):
    __slots__ = ("resets",)
    RESETS_FIELD_NUMBER: _ClassVar[int]
    resets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, resets: _Optional[_Iterable[int]] = ...) -> None: ...

class BatchCountUpRequest(_message.Message):
    __slots__ = ("namespace_name", "items")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[CountUpItem]
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[CountUpItem, _Mapping]]] = ...) -> None: ...

class BatchCountUpResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[CountUpOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[CountUpOutcome, _Mapping]]] = ...) -> None: ...

class CountUpItem(_message.Message):
    __slots__ = ("id", "request")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    id: int
    request: CountUpByUserIdRequest
    def __init__(self, id: _Optional[int] = ..., request: _Optional[_Union[CountUpByUserIdRequest, _Mapping]] = ...) -> None: ...

class CountUpOutcome(_message.Message):
    __slots__ = ("id", "response", "error", "response_omitted")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_OMITTED_FIELD_NUMBER: _ClassVar[int]
    id: int
    response: CountUpByUserIdResponse
    error: _common_pb2.ItemError
    response_omitted: bool
    def __init__(self, id: _Optional[int] = ..., response: _Optional[_Union[CountUpByUserIdResponse, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ..., response_omitted: _Optional[bool] = ...) -> None: ...

class ImportCountersRequest(_message.Message):
    __slots__ = ("namespace_name", "items", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[ImportedCounter]
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ImportedCounter, _Mapping]]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class ImportedCounter(_message.Message):
    __slots__ = ("user_id", "limit_name", "name", "count", "next_reset_at")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_RESET_AT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    limit_name: str
    name: str
    count: int
    next_reset_at: int
    def __init__(self, user_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., name: _Optional[str] = ..., count: _Optional[int] = ..., next_reset_at: _Optional[int] = ...) -> None: ...

class ImportCountersResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[_common_pb2.ImportOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[_common_pb2.ImportOutcome, str]]] = ...) -> None: ...
