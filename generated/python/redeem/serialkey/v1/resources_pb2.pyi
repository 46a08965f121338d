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

class CodeAlphabet(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CODE_ALPHABET_UNSPECIFIED: _ClassVar[CodeAlphabet]
    CODE_ALPHABET_BASE32: _ClassVar[CodeAlphabet]
    CODE_ALPHABET_DIGITS: _ClassVar[CodeAlphabet]
    CODE_ALPHABET_CONSONANTS_AND_DIGITS: _ClassVar[CodeAlphabet]
    CODE_ALPHABET_NO_LOOK_ALIKES: _ClassVar[CodeAlphabet]

class IssueJobStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ISSUE_JOB_STATUS_UNSPECIFIED: _ClassVar[IssueJobStatus]
    ISSUE_JOB_STATUS_PROCESSING: _ClassVar[IssueJobStatus]
    ISSUE_JOB_STATUS_COMPLETE: _ClassVar[IssueJobStatus]

class Availability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AVAILABILITY_UNSPECIFIED: _ClassVar[Availability]
    AVAILABILITY_ACTIVE: _ClassVar[Availability]
    AVAILABILITY_INACTIVE: _ClassVar[Availability]

class SerialKeyStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SERIAL_KEY_STATUS_UNSPECIFIED: _ClassVar[SerialKeyStatus]
    SERIAL_KEY_STATUS_ACTIVE: _ClassVar[SerialKeyStatus]
    SERIAL_KEY_STATUS_USED: _ClassVar[SerialKeyStatus]
    SERIAL_KEY_STATUS_INACTIVE: _ClassVar[SerialKeyStatus]
CODE_ALPHABET_UNSPECIFIED: CodeAlphabet
CODE_ALPHABET_BASE32: CodeAlphabet
CODE_ALPHABET_DIGITS: CodeAlphabet
CODE_ALPHABET_CONSONANTS_AND_DIGITS: CodeAlphabet
CODE_ALPHABET_NO_LOOK_ALIKES: CodeAlphabet
ISSUE_JOB_STATUS_UNSPECIFIED: IssueJobStatus
ISSUE_JOB_STATUS_PROCESSING: IssueJobStatus
ISSUE_JOB_STATUS_COMPLETE: IssueJobStatus
AVAILABILITY_UNSPECIFIED: Availability
AVAILABILITY_ACTIVE: Availability
AVAILABILITY_INACTIVE: Availability
SERIAL_KEY_STATUS_UNSPECIFIED: SerialKeyStatus
SERIAL_KEY_STATUS_ACTIVE: SerialKeyStatus
SERIAL_KEY_STATUS_USED: SerialKeyStatus
SERIAL_KEY_STATUS_INACTIVE: SerialKeyStatus

class Namespace(_message.Message):
    __slots__ = ("namespace_id", "name", "description", "transaction_setting", "transaction_setting_v2", "log_setting", "created_at", "updated_at", "revision", "guess_limit")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    GUESS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    log_setting: _common_pb2.LogSetting
    created_at: int
    updated_at: int
    revision: int
    guess_limit: GuessLimit
    def __init__(self, namespace_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., guess_limit: _Optional[_Union[GuessLimit, _Mapping]] = ...) -> None: ...

class GuessLimit(_message.Message):
    __slots__ = ("enabled", "burst", "per_minute", "alarm_per_minute")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    ALARM_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    burst: int
    per_minute: int
    alarm_per_minute: int
    def __init__(self, enabled: _Optional[bool] = ..., burst: _Optional[int] = ..., per_minute: _Optional[int] = ..., alarm_per_minute: _Optional[int] = ...) -> None: ...

class CodeFormat(_message.Message):
    __slots__ = ("alphabet", "length", "grouping", "prefix", "codes_per_campaign")
    ALPHABET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    GROUPING_FIELD_NUMBER: _ClassVar[int]
    PREFIX_FIELD_NUMBER: _ClassVar[int]
    CODES_PER_CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    alphabet: CodeAlphabet
    length: int
    grouping: _containers.RepeatedScalarFieldContainer[int]
    prefix: str
    codes_per_campaign: int
    def __init__(self, alphabet: _Optional[_Union[CodeAlphabet, str]] = ..., length: _Optional[int] = ..., grouping: _Optional[_Iterable[int]] = ..., prefix: _Optional[str] = ..., codes_per_campaign: _Optional[int] = ...) -> None: ...

class CampaignModel(_message.Message):
    __slots__ = ("campaign_id", "name", "metadata", "enable_campaign_code", "valid_from", "valid_until", "uses_per_user", "uses_total", "uses_per_key", "group", "code_format", "ignore_case")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ENABLE_CAMPAIGN_CODE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_USER_FIELD_NUMBER: _ClassVar[int]
    USES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_KEY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CODE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    IGNORE_CASE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    name: str
    metadata: str
    enable_campaign_code: bool
    valid_from: int
    valid_until: int
    uses_per_user: int
    uses_total: int
    uses_per_key: int
    group: str
    code_format: CodeFormat
    ignore_case: bool
    def __init__(self, campaign_id: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[str] = ..., enable_campaign_code: _Optional[bool] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., uses_per_user: _Optional[int] = ..., uses_total: _Optional[int] = ..., uses_per_key: _Optional[int] = ..., group: _Optional[str] = ..., code_format: _Optional[_Union[CodeFormat, _Mapping]] = ..., ignore_case: _Optional[bool] = ...) -> None: ...

class CampaignModelMaster(_message.Message):
    __slots__ = ("campaign_id", "name", "description", "metadata", "enable_campaign_code", "created_at", "updated_at", "revision", "valid_from", "valid_until", "uses_per_user", "uses_total", "uses_per_key", "group", "code_format", "ignore_case")
    CAMPAIGN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ENABLE_CAMPAIGN_CODE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_USER_FIELD_NUMBER: _ClassVar[int]
    USES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_KEY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CODE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    IGNORE_CASE_FIELD_NUMBER: _ClassVar[int]
    campaign_id: str
    name: str
    description: str
    metadata: str
    enable_campaign_code: bool
    created_at: int
    updated_at: int
    revision: int
    valid_from: int
    valid_until: int
    uses_per_user: int
    uses_total: int
    uses_per_key: int
    group: str
    code_format: CodeFormat
    ignore_case: bool
    def __init__(self, campaign_id: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., enable_campaign_code: _Optional[bool] = ..., created_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., uses_per_user: _Optional[int] = ..., uses_total: _Optional[int] = ..., uses_per_key: _Optional[int] = ..., group: _Optional[str] = ..., code_format: _Optional[_Union[CodeFormat, _Mapping]] = ..., ignore_case: _Optional[bool] = ...) -> None: ...

class CurrentCampaignMaster(_message.Message):
    __slots__ = ("namespace_id", "settings", "revision")
    NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_id: str
    settings: str
    revision: int
    def __init__(self, namespace_id: _Optional[str] = ..., settings: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class IssueJob(_message.Message):
    __slots__ = ("issue_job_id", "name", "metadata", "issued_count", "issue_request_count", "status", "created_at", "revision", "availability", "valid_from", "valid_until", "status_reason", "imported", "unused_deleted")
    ISSUE_JOB_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ISSUED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ISSUE_REQUEST_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    STATUS_REASON_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FIELD_NUMBER: _ClassVar[int]
    UNUSED_DELETED_FIELD_NUMBER: _ClassVar[int]
    issue_job_id: str
    name: str
    metadata: str
    issued_count: int
    issue_request_count: int
    status: IssueJobStatus
    created_at: int
    revision: int
    availability: Availability
    valid_from: int
    valid_until: int
    status_reason: str
    imported: bool
    unused_deleted: bool
    def __init__(self, issue_job_id: _Optional[str] = ..., name: _Optional[str] = ..., metadata: _Optional[str] = ..., issued_count: _Optional[int] = ..., issue_request_count: _Optional[int] = ..., status: _Optional[_Union[IssueJobStatus, str]] = ..., created_at: _Optional[int] = ..., revision: _Optional[int] = ..., availability: _Optional[_Union[Availability, str]] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., status_reason: _Optional[str] = ..., imported: _Optional[bool] = ..., unused_deleted: _Optional[bool] = ...) -> None: ...

class CampaignStatus(_message.Message):
    __slots__ = ("campaign_model_name", "availability", "status_reason", "valid_from", "valid_until", "issued_count", "updated_at", "revision", "counts")
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    STATUS_REASON_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    ISSUED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    campaign_model_name: str
    availability: Availability
    status_reason: str
    valid_from: int
    valid_until: int
    issued_count: int
    updated_at: int
    revision: int
    counts: CodeCounts
    def __init__(self, campaign_model_name: _Optional[str] = ..., availability: _Optional[_Union[Availability, str]] = ..., status_reason: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., issued_count: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., counts: _Optional[_Union[CodeCounts, _Mapping]] = ...) -> None: ...

class CodeCounts(_message.Message):
    __slots__ = ("issued", "imported", "used", "reverted", "remaining")
    ISSUED_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    REVERTED_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    issued: int
    imported: int
    used: int
    reverted: int
    remaining: int
    def __init__(self, issued: _Optional[int] = ..., imported: _Optional[int] = ..., used: _Optional[int] = ..., reverted: _Optional[int] = ..., remaining: _Optional[int] = ...) -> None: ...

class GuessBudget(_message.Message):
    __slots__ = ("user_id", "limited", "burst", "remaining", "next_guess_at")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    LIMITED_FIELD_NUMBER: _ClassVar[int]
    BURST_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    NEXT_GUESS_AT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    limited: bool
    burst: int
    remaining: int
    next_guess_at: int
    def __init__(self, user_id: _Optional[str] = ..., limited: _Optional[bool] = ..., burst: _Optional[int] = ..., remaining: _Optional[int] = ..., next_guess_at: _Optional[int] = ...) -> None: ...

class GuessAlarm(_message.Message):
    __slots__ = ("alarm_per_minute", "wrong_count", "refused_count", "under_attack", "reported_at")
    ALARM_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    WRONG_COUNT_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNDER_ATTACK_FIELD_NUMBER: _ClassVar[int]
    REPORTED_AT_FIELD_NUMBER: _ClassVar[int]
    alarm_per_minute: int
    wrong_count: int
    refused_count: int
    under_attack: bool
    reported_at: int
    def __init__(self, alarm_per_minute: _Optional[int] = ..., wrong_count: _Optional[int] = ..., refused_count: _Optional[int] = ..., under_attack: _Optional[bool] = ..., reported_at: _Optional[int] = ...) -> None: ...

class SerialKey(_message.Message):
    __slots__ = ("serial_key_id", "campaign_model_name", "code", "metadata", "status", "used_user_id", "created_at", "used_at", "updated_at", "revision", "status_reason", "owner_user_id")
    SERIAL_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USED_USER_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    USED_AT_FIELD_NUMBER: _ClassVar[int]
    UPDATED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATUS_REASON_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    serial_key_id: str
    campaign_model_name: str
    code: str
    metadata: str
    status: SerialKeyStatus
    used_user_id: str
    created_at: int
    used_at: int
    updated_at: int
    revision: int
    status_reason: str
    owner_user_id: str
    def __init__(self, serial_key_id: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., code: _Optional[str] = ..., metadata: _Optional[str] = ..., status: _Optional[_Union[SerialKeyStatus, str]] = ..., used_user_id: _Optional[str] = ..., created_at: _Optional[int] = ..., used_at: _Optional[int] = ..., updated_at: _Optional[int] = ..., revision: _Optional[int] = ..., status_reason: _Optional[str] = ..., owner_user_id: _Optional[str] = ...) -> None: ...
