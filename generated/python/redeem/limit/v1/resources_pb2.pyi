from buf.validate import validate_pb2 as _validate_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ResetType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESET_TYPE_UNSPECIFIED: _ClassVar[ResetType]
    RESET_TYPE_NOT_RESET: _ClassVar[ResetType]
    RESET_TYPE_DAILY: _ClassVar[ResetType]
    RESET_TYPE_WEEKLY: _ClassVar[ResetType]
    RESET_TYPE_MONTHLY: _ClassVar[ResetType]
    RESET_TYPE_DAYS: _ClassVar[ResetType]

class DayOfWeek(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DAY_OF_WEEK_UNSPECIFIED: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_SUNDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_MONDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_TUESDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_WEDNESDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_THURSDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_FRIDAY: _ClassVar[DayOfWeek]
    DAY_OF_WEEK_SATURDAY: _ClassVar[DayOfWeek]
RESET_TYPE_UNSPECIFIED: ResetType
RESET_TYPE_NOT_RESET: ResetType
RESET_TYPE_DAILY: ResetType
RESET_TYPE_WEEKLY: ResetType
RESET_TYPE_MONTHLY: ResetType
RESET_TYPE_DAYS: ResetType
DAY_OF_WEEK_UNSPECIFIED: DayOfWeek
DAY_OF_WEEK_SUNDAY: DayOfWeek
DAY_OF_WEEK_MONDAY: DayOfWeek
DAY_OF_WEEK_TUESDAY: DayOfWeek
DAY_OF_WEEK_WEDNESDAY: DayOfWeek
DAY_OF_WEEK_THURSDAY: DayOfWeek
DAY_OF_WEEK_FRIDAY: DayOfWeek
DAY_OF_WEEK_SATURDAY: DayOfWeek

class Namespace(_message.Message):
    __slots__ = ("namespace_id", "name", "description", "transaction_setting", "transaction_setting_v2", "count_up_script", "log_setting", "created_at", "updated_at", "revision")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    COUNT_UP_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    count_up_script: _common_pb2.ScriptSetting
    log_setting: _common_pb2.LogSetting
    created_at: int
    updated_at: int
    revision: int
    def __init__(self, namespace_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., count_up_script: _Optional[_Union[_common_pb2.ScriptSetting, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class LimitModel(_message.Message):
    __slots__ = ("limit_model_id", "name", "metadata", "reset_type", "reset_day_of_month", "reset_day_of_week", "reset_hour", "anchor_timestamp", "days", "reset_time_zone")
    LIMIT_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RESET_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_MONTH_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_WEEK_FIELD_NUMBER: _ClassVar[int]
    RESET_HOUR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    limit_model_id: str
    name: str
    metadata: str
    reset_type: ResetType
    reset_day_of_month: int
    reset_day_of_week: DayOfWeek
    reset_hour: int
    anchor_timestamp: int
    days: int
    reset_time_zone: str
    def __init__(self, limit_model_id: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[str] = ..., reset_type: _Optional[_Union[ResetType, str]] = ..., reset_day_of_month: _Optional[int] = ..., reset_day_of_week: _Optional[_Union[DayOfWeek, str]] = ..., reset_hour: _Optional[int] = ..., anchor_timestamp: _Optional[int] = ..., days: _Optional[int] = ..., reset_time_zone: _Optional[str] = ...) -> None: ...

class LimitModelMaster(_message.Message):
    __slots__ = ("limit_model_id", "name", "description", "metadata", "reset_type", "reset_day_of_month", "reset_day_of_week", "reset_hour", "anchor_timestamp", "days", "created_at", "updated_at", "revision", "reset_time_zone")
    LIMIT_MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RESET_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_MONTH_FIELD_NUMBER: _ClassVar[int]
    RESET_DAY_OF_WEEK_FIELD_NUMBER: _ClassVar[int]
    RESET_HOUR_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RESET_TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    limit_model_id: str
    name: str
    description: str
    metadata: str
    reset_type: ResetType
    reset_day_of_month: int
    reset_day_of_week: DayOfWeek
    reset_hour: int
    anchor_timestamp: int
    days: int
    created_at: int
    updated_at: int
    revision: int
    reset_time_zone: str
    def __init__(self, limit_model_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., reset_type: _Optional[_Union[ResetType, str]] = ..., reset_day_of_month: _Optional[int] = ..., reset_day_of_week: _Optional[_Union[DayOfWeek, str]] = ..., reset_hour: _Optional[int] = ..., anchor_timestamp: _Optional[int] = ..., days: _Optional[int] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., reset_time_zone: _Optional[str] = ...) -> None: ...

class CurrentLimitMaster(_message.Message):
    __slots__ = ("namespace_id", "settings", "revision")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    settings: str
    revision: int
    def __init__(self, namespace_id: _Optional[str] = ..., settings: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class Counter(_message.Message):
    __slots__ = ("counter_id", "limit_name", "name", "user_id", "count", "next_reset_at", "created_at", "updated_at", "revision")
    COUNTER_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_RESET_AT_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    counter_id: str
    limit_name: str
    name: str
    user_id: str
    count: int
    next_reset_at: int
    created_at: int
    updated_at: int
    revision: int
    def __init__(self, counter_id: _Optional[str] = ..., limit_name: _Optional[str] = ..., name: _Optional[str] = ..., user_id: _Optional[str] = ..., count: _Optional[int] = ..., next_reset_at: _Optional[int] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
