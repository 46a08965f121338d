from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.exchange.v1 import resources_pb2 as _resources_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from redeem.transaction.v1 import resources_pb2 as _resources_pb2_1
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SkipType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SKIP_TYPE_UNSPECIFIED: _ClassVar[SkipType]
    SKIP_TYPE_COMPLETE: _ClassVar[SkipType]
    SKIP_TYPE_MINUTES: _ClassVar[SkipType]
    SKIP_TYPE_TOTAL_RATE: _ClassVar[SkipType]
    SKIP_TYPE_REMAIN_RATE: _ClassVar[SkipType]
SKIP_TYPE_UNSPECIFIED: SkipType
SKIP_TYPE_COMPLETE: SkipType
SKIP_TYPE_MINUTES: SkipType
SKIP_TYPE_TOTAL_RATE: SkipType
SKIP_TYPE_REMAIN_RATE: SkipType

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
    __slots__ = ("name", "description", "enable_await_exchange", "enable_direct_exchange", "transaction_setting", "transaction_setting_v2", "exchange_script", "incremental_exchange_script", "acquire_await_script", "log_setting", "queue_namespace_id", "key_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ENABLE_AWAIT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    ENABLE_DIRECT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_AWAIT_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    QUEUE_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    enable_await_exchange: bool
    enable_direct_exchange: bool
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    exchange_script: _common_pb2.ScriptSetting
    incremental_exchange_script: _common_pb2.ScriptSetting
    acquire_await_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    queue_namespace_id: str
    key_id: str
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., enable_await_exchange: _Optional[bool] = ..., enable_direct_exchange: _Optional[bool] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., incremental_exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., acquire_await_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., queue_namespace_id: _Optional[str] = ..., key_id: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("namespace_name", "description", "enable_await_exchange", "enable_direct_exchange", "transaction_setting", "transaction_setting_v2", "exchange_script", "incremental_exchange_script", "acquire_await_script", "log_setting", "queue_namespace_id", "key_id", "update_mask")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ENABLE_AWAIT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    ENABLE_DIRECT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_AWAIT_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    QUEUE_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    description: str
    enable_await_exchange: bool
    enable_direct_exchange: bool
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    exchange_script: _common_pb2.ScriptSetting
    incremental_exchange_script: _common_pb2.ScriptSetting
    acquire_await_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    queue_namespace_id: str
    key_id: str
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, namespace_name: _Optional[str] = ..., description: _Optional[str] = ..., enable_await_exchange: _Optional[bool] = ..., enable_direct_exchange: _Optional[bool] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., incremental_exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., acquire_await_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., queue_namespace_id: _Optional[str] = ..., key_id: _Optional[str] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

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

class DescribeRateModelsRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class DescribeRateModelsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.RateModel]
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.RateModel, _Mapping]]] = ...) -> None: ...

class GetRateModelRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class GetRateModelResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModel, _Mapping]] = ...) -> None: ...

class DescribeRateModelMastersRequest(_message.Message):
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

class DescribeRateModelMastersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.RateModelMaster]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.RateModelMaster, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "name", "description", "metadata", "timing_type", "lock_time", "acquire_actions", "verify_actions", "consume_actions", "await_reward")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    TIMING_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    AWAIT_REWARD_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    name: str
    description: str
    metadata: str
    timing_type: _resources_pb2.TimingType
    lock_time: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    verify_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    consume_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    await_reward: _resources_pb2.AwaitReward
    def __init__(self, namespace_name: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., timing_type: _Optional[_Union[_resources_pb2.TimingType, str]] = ..., lock_time: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., verify_actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., consume_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., await_reward: _Optional[_Union[_resources_pb2.AwaitReward, str]] = ...) -> None: ...

class CreateRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModelMaster, _Mapping]] = ...) -> None: ...

class GetRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class GetRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModelMaster, _Mapping]] = ...) -> None: ...

class UpdateRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "description", "metadata", "timing_type", "lock_time", "acquire_actions", "verify_actions", "consume_actions", "update_mask", "await_reward")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    TIMING_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    AWAIT_REWARD_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    description: str
    metadata: str
    timing_type: _resources_pb2.TimingType
    lock_time: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    verify_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    consume_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    update_mask: _field_mask_pb2.FieldMask
    await_reward: _resources_pb2.AwaitReward
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., timing_type: _Optional[_Union[_resources_pb2.TimingType, str]] = ..., lock_time: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., verify_actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., consume_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., await_reward: _Optional[_Union[_resources_pb2.AwaitReward, str]] = ...) -> None: ...

class UpdateRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModelMaster, _Mapping]] = ...) -> None: ...

class DeleteRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class DeleteRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModelMaster, _Mapping]] = ...) -> None: ...

class DescribeIncrementalRateModelsRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class DescribeIncrementalRateModelsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.IncrementalRateModel]
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.IncrementalRateModel, _Mapping]]] = ...) -> None: ...

class GetIncrementalRateModelRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class GetIncrementalRateModelResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModel, _Mapping]] = ...) -> None: ...

class DescribeIncrementalRateModelMastersRequest(_message.Message):
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

class DescribeIncrementalRateModelMastersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.IncrementalRateModelMaster]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.IncrementalRateModelMaster, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateIncrementalRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "name", "description", "metadata", "consume_action", "calculate_type", "base_value", "coefficient_value", "calculate_script_id", "exchange_count_id", "maximum_exchange_count", "acquire_actions")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTION_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    BASE_VALUE_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_VALUE_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_COUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_EXCHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    name: str
    description: str
    metadata: str
    consume_action: _common_pb2.ConsumeAction
    calculate_type: _resources_pb2.CalculateType
    base_value: int
    coefficient_value: int
    calculate_script_id: str
    exchange_count_id: str
    maximum_exchange_count: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    def __init__(self, namespace_name: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., consume_action: _Optional[_Union[_common_pb2.ConsumeAction, _Mapping]] = ..., calculate_type: _Optional[_Union[_resources_pb2.CalculateType, str]] = ..., base_value: _Optional[int] = ..., coefficient_value: _Optional[int] = ..., calculate_script_id: _Optional[str] = ..., exchange_count_id: _Optional[str] = ..., maximum_exchange_count: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ...) -> None: ...

class CreateIncrementalRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModelMaster, _Mapping]] = ...) -> None: ...

class GetIncrementalRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class GetIncrementalRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModelMaster, _Mapping]] = ...) -> None: ...

class UpdateIncrementalRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "description", "metadata", "consume_action", "calculate_type", "base_value", "coefficient_value", "calculate_script_id", "exchange_count_id", "maximum_exchange_count", "acquire_actions", "update_mask")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTION_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    BASE_VALUE_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_VALUE_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_COUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_EXCHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    description: str
    metadata: str
    consume_action: _common_pb2.ConsumeAction
    calculate_type: _resources_pb2.CalculateType
    base_value: int
    coefficient_value: int
    calculate_script_id: str
    exchange_count_id: str
    maximum_exchange_count: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    update_mask: _field_mask_pb2.FieldMask
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., consume_action: _Optional[_Union[_common_pb2.ConsumeAction, _Mapping]] = ..., calculate_type: _Optional[_Union[_resources_pb2.CalculateType, str]] = ..., base_value: _Optional[int] = ..., coefficient_value: _Optional[int] = ..., calculate_script_id: _Optional[str] = ..., exchange_count_id: _Optional[str] = ..., maximum_exchange_count: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class UpdateIncrementalRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModelMaster, _Mapping]] = ...) -> None: ...

class DeleteIncrementalRateModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ...) -> None: ...

class DeleteIncrementalRateModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModelMaster, _Mapping]] = ...) -> None: ...

class ExchangeRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "access_token", "count", "config", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    access_token: str
    count: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., access_token: _Optional[str] = ..., count: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class ExchangeResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class ExchangeByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "user_id", "count", "config", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    user_id: str
    count: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., user_id: _Optional[str] = ..., count: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class ExchangeByUserIdResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class ExchangeByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class ExchangeByStampSheetResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.RateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.RateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class IncrementalExchangeRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "access_token", "count", "config", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    access_token: str
    count: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., access_token: _Optional[str] = ..., count: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class IncrementalExchangeResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class IncrementalExchangeByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "rate_name", "user_id", "count", "config", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    rate_name: str
    user_id: str
    count: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., user_id: _Optional[str] = ..., count: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class IncrementalExchangeByUserIdResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class IncrementalExchangeByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class IncrementalExchangeByStampSheetResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IncrementalRateModel
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.IncrementalRateModel, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class ExportMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class ExportMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentRateMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentRateMaster, _Mapping]] = ...) -> None: ...

class GetCurrentRateMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetCurrentRateMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentRateMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentRateMaster, _Mapping]] = ...) -> None: ...

class PreUpdateCurrentRateMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class PreUpdateCurrentRateMasterResponse(_message.Message):
    __slots__ = ("upload_token", "upload_url")
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    upload_token: str
    upload_url: str
    def __init__(self, upload_token: _Optional[str] = ..., upload_url: _Optional[str] = ...) -> None: ...

class UpdateCurrentRateMasterRequest(_message.Message):
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

class UpdateCurrentRateMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentRateMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentRateMaster, _Mapping]] = ...) -> None: ...

class UpdateCurrentRateMasterFromGitHubRequest(_message.Message):
    __slots__ = ("namespace_name", "checkout_setting", "expected_revision")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKOUT_SETTING_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    checkout_setting: _common_pb2.GitHubCheckoutSetting
    expected_revision: int
    def __init__(self, namespace_name: _Optional[str] = ..., checkout_setting: _Optional[_Union[_common_pb2.GitHubCheckoutSetting, _Mapping]] = ..., expected_revision: _Optional[int] = ...) -> None: ...

class UpdateCurrentRateMasterFromGitHubResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentRateMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentRateMaster, _Mapping]] = ...) -> None: ...

class CreateAwaitByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "rate_name", "count", "config", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    rate_name: str
    count: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., rate_name: _Optional[str] = ..., count: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class CreateAwaitByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class DescribeAwaitsRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "rate_name", "page_token", "limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    rate_name: str
    page_token: str
    limit: int
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., rate_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeAwaitsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Await]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Await, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DescribeAwaitsByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "rate_name", "page_token", "limit", "time_offset_token")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    rate_name: str
    page_token: str
    limit: int
    time_offset_token: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., rate_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class DescribeAwaitsByUserIdResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Await]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Await, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetAwaitRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "await_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    await_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., await_name: _Optional[str] = ...) -> None: ...

class GetAwaitResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class GetAwaitByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "await_name", "time_offset_token")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    await_name: str
    time_offset_token: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., await_name: _Optional[str] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class GetAwaitByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class AcquireRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "await_name", "config", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    await_name: str
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., await_name: _Optional[str] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class AcquireResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class AcquireByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "await_name", "config", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    await_name: str
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., await_name: _Optional[str] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class AcquireByUserIdResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class AcquireForceByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "await_name", "config", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    await_name: str
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., await_name: _Optional[str] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class AcquireForceByUserIdResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class SkipByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "await_name", "skip_type", "minutes", "rate", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    SKIP_TYPE_FIELD_NUMBER: _ClassVar[int]
    MINUTES_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    await_name: str
    skip_type: SkipType
    minutes: int
    rate: float
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., await_name: _Optional[str] = ..., skip_type: _Optional[_Union[SkipType, str]] = ..., minutes: _Optional[int] = ..., rate: _Optional[float] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class SkipByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class DeleteAwaitRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "await_name", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    await_name: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., await_name: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class DeleteAwaitResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class DeleteAwaitByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "await_name", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    await_name: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., await_name: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class DeleteAwaitByUserIdResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class CreateAwaitByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class CreateAwaitByStampSheetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class AcquireForceByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class AcquireForceByStampSheetResponse(_message.Message):
    __slots__ = ("item", "transaction_id", "stamp_sheet", "stamp_sheet_encryption_key_id", "auto_run_stamp_sheet", "atomic_commit", "transaction", "transaction_result")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    STAMP_SHEET_ENCRYPTION_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    AUTO_RUN_STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_RESULT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    transaction_id: str
    stamp_sheet: str
    stamp_sheet_encryption_key_id: str
    auto_run_stamp_sheet: bool
    atomic_commit: bool
    transaction: str
    transaction_result: _resources_pb2_1.TransactionResult
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ..., transaction_id: _Optional[str] = ..., stamp_sheet: _Optional[str] = ..., stamp_sheet_encryption_key_id: _Optional[str] = ..., auto_run_stamp_sheet: _Optional[bool] = ..., atomic_commit: _Optional[bool] = ..., transaction: _Optional[str] = ..., transaction_result: _Optional[_Union[_resources_pb2_1.TransactionResult, _Mapping]] = ...) -> None: ...

class SkipByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class SkipByStampSheetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ...) -> None: ...

class DeleteAwaitByStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class DeleteAwaitByStampTaskResponse(_message.Message):
    __slots__ = ("item", "new_context_stack")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    NEW_CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Await
    new_context_stack: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.Await, _Mapping]] = ..., new_context_stack: _Optional[str] = ...) -> None: ...

class ImportAwaitsRequest(_message.Message):
    __slots__ = ("namespace_name", "items", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[ImportedAwait]
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[ImportedAwait, _Mapping]]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class ImportedAwait(_message.Message):
    __slots__ = ("user_id", "name", "rate_name", "count", "skip_seconds", "config", "exchanged_at", "acquirable_at")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    EXCHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRABLE_AT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    name: str
    rate_name: str
    count: int
    skip_seconds: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    exchanged_at: int
    acquirable_at: int
    def __init__(self, user_id: _Optional[str] = ..., name: _Optional[str] = ..., rate_name: _Optional[str] = ..., count: _Optional[int] = ..., skip_seconds: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., exchanged_at: _Optional[int] = ..., acquirable_at: _Optional[int] = ...) -> None: ...

class ImportAwaitsResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedScalarFieldContainer[_common_pb2.ImportOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[_common_pb2.ImportOutcome, str]]] = ...) -> None: ...
