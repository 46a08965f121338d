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

class TimingType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMING_TYPE_UNSPECIFIED: _ClassVar[TimingType]
    TIMING_TYPE_IMMEDIATE: _ClassVar[TimingType]
    TIMING_TYPE_AWAIT: _ClassVar[TimingType]

class AwaitReward(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AWAIT_REWARD_UNSPECIFIED: _ClassVar[AwaitReward]
    AWAIT_REWARD_PROMISED: _ClassVar[AwaitReward]
    AWAIT_REWARD_CURRENT: _ClassVar[AwaitReward]

class CalculateType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CALCULATE_TYPE_UNSPECIFIED: _ClassVar[CalculateType]
    CALCULATE_TYPE_LINEAR: _ClassVar[CalculateType]
    CALCULATE_TYPE_POWER: _ClassVar[CalculateType]
    CALCULATE_TYPE_GS2_SCRIPT: _ClassVar[CalculateType]
TIMING_TYPE_UNSPECIFIED: TimingType
TIMING_TYPE_IMMEDIATE: TimingType
TIMING_TYPE_AWAIT: TimingType
AWAIT_REWARD_UNSPECIFIED: AwaitReward
AWAIT_REWARD_PROMISED: AwaitReward
AWAIT_REWARD_CURRENT: AwaitReward
CALCULATE_TYPE_UNSPECIFIED: CalculateType
CALCULATE_TYPE_LINEAR: CalculateType
CALCULATE_TYPE_POWER: CalculateType
CALCULATE_TYPE_GS2_SCRIPT: CalculateType

class Namespace(_message.Message):
    __slots__ = ("namespace_id", "name", "description", "enable_direct_exchange", "enable_await_exchange", "transaction_setting", "transaction_setting_v2", "exchange_script", "incremental_exchange_script", "acquire_await_script", "log_setting", "created_at", "updated_at", "queue_namespace_id", "key_id", "revision")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ENABLE_DIRECT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    ENABLE_AWAIT_EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_EXCHANGE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_AWAIT_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    QUEUE_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    name: str
    description: str
    enable_direct_exchange: bool
    enable_await_exchange: bool
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    exchange_script: _common_pb2.ScriptSetting
    incremental_exchange_script: _common_pb2.ScriptSetting
    acquire_await_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    created_at: int
    updated_at: int
    queue_namespace_id: str
    key_id: str
    revision: int
    def __init__(self, namespace_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., enable_direct_exchange: _Optional[bool] = ..., enable_await_exchange: _Optional[bool] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., incremental_exchange_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., acquire_await_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., queue_namespace_id: _Optional[str] = ..., key_id: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class RateModel(_message.Message):
    __slots__ = ("rate_model_id", "name", "metadata", "verify_actions", "consume_actions", "timing_type", "lock_time", "acquire_actions", "await_reward")
    RATE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    TIMING_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    AWAIT_REWARD_FIELD_NUMBER: _ClassVar[int]
    rate_model_id: str
    name: str
    metadata: str
    verify_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    consume_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    timing_type: TimingType
    lock_time: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    await_reward: AwaitReward
    def __init__(self, rate_model_id: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[str] = ..., verify_actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., consume_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., timing_type: _Optional[_Union[TimingType, str]] = ..., lock_time: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., await_reward: _Optional[_Union[AwaitReward, str]] = ...) -> None: ...

class RateModelMaster(_message.Message):
    __slots__ = ("rate_model_id", "name", "description", "metadata", "verify_actions", "consume_actions", "timing_type", "lock_time", "acquire_actions", "created_at", "updated_at", "revision", "await_reward")
    RATE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VERIFY_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    TIMING_TYPE_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AWAIT_REWARD_FIELD_NUMBER: _ClassVar[int]
    rate_model_id: str
    name: str
    description: str
    metadata: str
    verify_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.VerifyAction]
    consume_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.ConsumeAction]
    timing_type: TimingType
    lock_time: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    created_at: int
    updated_at: int
    revision: int
    await_reward: AwaitReward
    def __init__(self, rate_model_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., verify_actions: _Optional[_Iterable[_Union[_common_pb2.VerifyAction, _Mapping]]] = ..., consume_actions: _Optional[_Iterable[_Union[_common_pb2.ConsumeAction, _Mapping]]] = ..., timing_type: _Optional[_Union[TimingType, str]] = ..., lock_time: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., await_reward: _Optional[_Union[AwaitReward, str]] = ...) -> None: ...

class IncrementalRateModel(_message.Message):
    __slots__ = ("incremental_rate_model_id", "name", "metadata", "consume_action", "calculate_type", "base_value", "coefficient_value", "calculate_script_id", "exchange_count_id", "maximum_exchange_count", "acquire_actions")
    INCREMENTAL_RATE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONSUME_ACTION_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_TYPE_FIELD_NUMBER: _ClassVar[int]
    BASE_VALUE_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_VALUE_FIELD_NUMBER: _ClassVar[int]
    CALCULATE_SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_COUNT_ID_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_EXCHANGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTIONS_FIELD_NUMBER: _ClassVar[int]
    incremental_rate_model_id: str
    name: str
    metadata: str
    consume_action: _common_pb2.ConsumeAction
    calculate_type: CalculateType
    base_value: int
    coefficient_value: int
    calculate_script_id: str
    exchange_count_id: str
    maximum_exchange_count: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    def __init__(self, incremental_rate_model_id: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[str] = ..., consume_action: _Optional[_Union[_common_pb2.ConsumeAction, _Mapping]] = ..., calculate_type: _Optional[_Union[CalculateType, str]] = ..., base_value: _Optional[int] = ..., coefficient_value: _Optional[int] = ..., calculate_script_id: _Optional[str] = ..., exchange_count_id: _Optional[str] = ..., maximum_exchange_count: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ...) -> None: ...

class IncrementalRateModelMaster(_message.Message):
    __slots__ = ("incremental_rate_model_id", "name", "description", "metadata", "consume_action", "calculate_type", "base_value", "coefficient_value", "calculate_script_id", "exchange_count_id", "maximum_exchange_count", "acquire_actions", "created_at", "updated_at", "revision")
    INCREMENTAL_RATE_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
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
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    incremental_rate_model_id: str
    name: str
    description: str
    metadata: str
    consume_action: _common_pb2.ConsumeAction
    calculate_type: CalculateType
    base_value: int
    coefficient_value: int
    calculate_script_id: str
    exchange_count_id: str
    maximum_exchange_count: int
    acquire_actions: _containers.RepeatedCompositeFieldContainer[_common_pb2.AcquireAction]
    created_at: int
    updated_at: int
    revision: int
    def __init__(self, incremental_rate_model_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., consume_action: _Optional[_Union[_common_pb2.ConsumeAction, _Mapping]] = ..., calculate_type: _Optional[_Union[CalculateType, str]] = ..., base_value: _Optional[int] = ..., coefficient_value: _Optional[int] = ..., calculate_script_id: _Optional[str] = ..., exchange_count_id: _Optional[str] = ..., maximum_exchange_count: _Optional[int] = ..., acquire_actions: _Optional[_Iterable[_Union[_common_pb2.AcquireAction, _Mapping]]] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class CurrentRateMaster(_message.Message):
    __slots__ = ("namespace_id", "settings", "revision")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    settings: str
    revision: int
    def __init__(self, namespace_id: _Optional[str] = ..., settings: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class Await(_message.Message):
    __slots__ = ("await_id", "user_id", "rate_name", "name", "count", "skip_seconds", "config", "acquirable_at", "exchanged_at", "created_at", "revision")
    AWAIT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SKIP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    ACQUIRABLE_AT_FIELD_NUMBER: _ClassVar[int]
    EXCHANGED_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    await_id: str
    user_id: str
    rate_name: str
    name: str
    count: int
    skip_seconds: int
    config: _containers.RepeatedCompositeFieldContainer[_common_pb2.Config]
    acquirable_at: int
    exchanged_at: int
    created_at: int
    revision: int
    def __init__(self, await_id: _Optional[str] = ..., user_id: _Optional[str] = ..., rate_name: _Optional[str] = ..., name: _Optional[str] = ..., count: _Optional[int] = ..., skip_seconds: _Optional[int] = ..., config: _Optional[_Iterable[_Union[_common_pb2.Config, _Mapping]]] = ..., acquirable_at: _Optional[int] = ..., exchanged_at: _Optional[int] = ..., created_at: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class LogRate(_message.Message):
    __slots__ = ("base", "logs")
    BASE_FIELD_NUMBER: _ClassVar[int]
    LOGS_FIELD_NUMBER: _ClassVar[int]
    base: float
    logs: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, base: _Optional[float] = ..., logs: _Optional[_Iterable[float]] = ...) -> None: ...

class LogCost(_message.Message):
    __slots__ = ("base", "adds", "subs")
    BASE_FIELD_NUMBER: _ClassVar[int]
    ADDS_FIELD_NUMBER: _ClassVar[int]
    SUBS_FIELD_NUMBER: _ClassVar[int]
    base: float
    adds: _containers.RepeatedScalarFieldContainer[float]
    subs: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, base: _Optional[float] = ..., adds: _Optional[_Iterable[float]] = ..., subs: _Optional[_Iterable[float]] = ...) -> None: ...
