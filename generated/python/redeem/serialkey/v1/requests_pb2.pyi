from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from redeem.common.v1 import common_pb2 as _common_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from redeem.serialkey.v1 import resources_pb2 as _resources_pb2
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
    VERIFY_TYPE_ACTIVE: _ClassVar[VerifyType]
    VERIFY_TYPE_INACTIVE: _ClassVar[VerifyType]

class ImportProblemKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_PROBLEM_KIND_UNSPECIFIED: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_DUPLICATE: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_CONFLICT: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_SERIAL_KEY: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_CAMPAIGN_NAME: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_WHITE_SPACE: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_NO_CHARACTERS: _ClassVar[ImportProblemKind]
    IMPORT_PROBLEM_KIND_STATE: _ClassVar[ImportProblemKind]

class ImportMatch(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_MATCH_UNSPECIFIED: _ClassVar[ImportMatch]
    IMPORT_MATCH_FOLDED: _ClassVar[ImportMatch]
    IMPORT_MATCH_EXACT: _ClassVar[ImportMatch]

class RedemptionCountUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REDEMPTION_COUNT_UNIT_UNSPECIFIED: _ClassVar[RedemptionCountUnit]
    REDEMPTION_COUNT_UNIT_QUARTER_HOUR: _ClassVar[RedemptionCountUnit]
    REDEMPTION_COUNT_UNIT_HOUR: _ClassVar[RedemptionCountUnit]
    REDEMPTION_COUNT_UNIT_DAY: _ClassVar[RedemptionCountUnit]
    REDEMPTION_COUNT_UNIT_BATCH: _ClassVar[RedemptionCountUnit]
VERIFY_TYPE_UNSPECIFIED: VerifyType
VERIFY_TYPE_ACTIVE: VerifyType
VERIFY_TYPE_INACTIVE: VerifyType
IMPORT_PROBLEM_KIND_UNSPECIFIED: ImportProblemKind
IMPORT_PROBLEM_KIND_DUPLICATE: ImportProblemKind
IMPORT_PROBLEM_KIND_CONFLICT: ImportProblemKind
IMPORT_PROBLEM_KIND_SERIAL_KEY: ImportProblemKind
IMPORT_PROBLEM_KIND_CAMPAIGN_NAME: ImportProblemKind
IMPORT_PROBLEM_KIND_WHITE_SPACE: ImportProblemKind
IMPORT_PROBLEM_KIND_NO_CHARACTERS: ImportProblemKind
IMPORT_PROBLEM_KIND_STATE: ImportProblemKind
IMPORT_MATCH_UNSPECIFIED: ImportMatch
IMPORT_MATCH_FOLDED: ImportMatch
IMPORT_MATCH_EXACT: ImportMatch
REDEMPTION_COUNT_UNIT_UNSPECIFIED: RedemptionCountUnit
REDEMPTION_COUNT_UNIT_QUARTER_HOUR: RedemptionCountUnit
REDEMPTION_COUNT_UNIT_HOUR: RedemptionCountUnit
REDEMPTION_COUNT_UNIT_DAY: RedemptionCountUnit
REDEMPTION_COUNT_UNIT_BATCH: RedemptionCountUnit

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
    __slots__ = ("name", "description", "transaction_setting", "transaction_setting_v2", "log_setting", "guess_limit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    GUESS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    log_setting: _common_pb2.LogSetting
    guess_limit: _resources_pb2.GuessLimit
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., guess_limit: _Optional[_Union[_resources_pb2.GuessLimit, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("namespace_name", "description", "transaction_setting", "transaction_setting_v2", "log_setting", "update_mask", "guess_limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_SETTING_V2_FIELD_NUMBER: _ClassVar[int]
    LOG_SETTING_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    GUESS_LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    description: str
    transaction_setting: _common_pb2.TransactionSetting
    transaction_setting_v2: _common_pb2.TransactionSettingV2
    log_setting: _common_pb2.LogSetting
    update_mask: _field_mask_pb2.FieldMask
    guess_limit: _resources_pb2.GuessLimit
    def __init__(self, namespace_name: _Optional[str] = ..., description: _Optional[str] = ..., transaction_setting: _Optional[_Union[_common_pb2.TransactionSetting, _Mapping]] = ..., transaction_setting_v2: _Optional[_Union[_common_pb2.TransactionSettingV2, _Mapping]] = ..., log_setting: _Optional[_Union[_common_pb2.LogSetting, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., guess_limit: _Optional[_Union[_resources_pb2.GuessLimit, _Mapping]] = ...) -> None: ...

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

class DescribeIssueJobsRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "page_token", "limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    page_token: str
    limit: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeIssueJobsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.IssueJob]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.IssueJob, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetIssueJobRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ...) -> None: ...

class GetIssueJobResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class IssueRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "metadata", "issue_request_count", "valid_from", "valid_until")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ISSUE_REQUEST_COUNT_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    metadata: str
    issue_request_count: int
    valid_from: int
    valid_until: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., metadata: _Optional[str] = ..., issue_request_count: _Optional[int] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class IssueResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class DescribeSerialKeysRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "page_token", "limit")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    page_token: str
    limit: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeSerialKeysResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.SerialKey]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.SerialKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadSerialCodesRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ...) -> None: ...

class DownloadSerialCodesResponse(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class IssueOnceRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "metadata", "valid_from", "valid_until", "owner_user_id")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    OWNER_USER_ID_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    metadata: str
    valid_from: int
    valid_until: int
    owner_user_id: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., metadata: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., owner_user_id: _Optional[str] = ...) -> None: ...

class IssueOnceResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ...) -> None: ...

class GetSerialKeyRequest(_message.Message):
    __slots__ = ("namespace_name", "code")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    code: str
    def __init__(self, namespace_name: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class GetSerialKeyResponse(_message.Message):
    __slots__ = ("item", "campaign_model", "issue_job", "valid_from", "valid_until")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    issue_job: _resources_pb2.IssueJob
    valid_from: int
    valid_until: int
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ..., issue_job: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class VerifyCodeRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "code", "campaign_model_name", "verify_type", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TYPE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    code: str
    campaign_model_name: str
    verify_type: VerifyType
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., code: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., verify_type: _Optional[_Union[VerifyType, str]] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class VerifyCodeResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class VerifyCodeByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "code", "campaign_model_name", "verify_type", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    code: str
    campaign_model_name: str
    verify_type: VerifyType
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., code: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., verify_type: _Optional[_Union[VerifyType, str]] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class VerifyCodeByUserIdResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class UseRequest(_message.Message):
    __slots__ = ("namespace_name", "access_token", "code", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    access_token: str
    code: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., access_token: _Optional[str] = ..., code: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class UseResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class UseByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "code", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    code: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., code: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class UseByUserIdResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class RevertUseByUserIdRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "code", "time_offset_token", "duplication_avoider")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DUPLICATION_AVOIDER_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    code: str
    time_offset_token: str
    duplication_avoider: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., code: _Optional[str] = ..., time_offset_token: _Optional[str] = ..., duplication_avoider: _Optional[str] = ...) -> None: ...

class RevertUseByUserIdResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class UseByStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class UseByStampTaskResponse(_message.Message):
    __slots__ = ("item", "campaign_model", "new_context_stack")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    NEW_CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    new_context_stack: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ..., new_context_stack: _Optional[str] = ...) -> None: ...

class RevertUseByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class RevertUseByStampSheetResponse(_message.Message):
    __slots__ = ("item", "campaign_model")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class VerifyByStampTaskRequest(_message.Message):
    __slots__ = ("stamp_task", "key_id", "context_stack")
    STAMP_TASK_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_task: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_task: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class VerifyByStampTaskResponse(_message.Message):
    __slots__ = ("item", "campaign_model", "new_context_stack")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_FIELD_NUMBER: _ClassVar[int]
    NEW_CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    campaign_model: _resources_pb2.CampaignModel
    new_context_stack: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ..., campaign_model: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ..., new_context_stack: _Optional[str] = ...) -> None: ...

class IssueOnceByStampSheetRequest(_message.Message):
    __slots__ = ("stamp_sheet", "key_id", "context_stack")
    STAMP_SHEET_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_STACK_FIELD_NUMBER: _ClassVar[int]
    stamp_sheet: str
    key_id: str
    context_stack: str
    def __init__(self, stamp_sheet: _Optional[str] = ..., key_id: _Optional[str] = ..., context_stack: _Optional[str] = ...) -> None: ...

class IssueOnceByStampSheetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ...) -> None: ...

class DescribeCampaignModelsRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class DescribeCampaignModelsResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.CampaignModel]
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.CampaignModel, _Mapping]]] = ...) -> None: ...

class GetCampaignModelRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ...) -> None: ...

class GetCampaignModelResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignModel
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignModel, _Mapping]] = ...) -> None: ...

class DescribeCampaignModelMastersRequest(_message.Message):
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

class DescribeCampaignModelMastersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.CampaignModelMaster]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.CampaignModelMaster, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateCampaignModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "name", "description", "metadata", "enable_campaign_code", "valid_from", "valid_until", "uses_per_user", "uses_total", "uses_per_key", "group", "code_format", "ignore_case")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
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
    namespace_name: str
    name: str
    description: str
    metadata: str
    enable_campaign_code: bool
    valid_from: int
    valid_until: int
    uses_per_user: int
    uses_total: int
    uses_per_key: int
    group: str
    code_format: _resources_pb2.CodeFormat
    ignore_case: bool
    def __init__(self, namespace_name: _Optional[str] = ..., name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., enable_campaign_code: _Optional[bool] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., uses_per_user: _Optional[int] = ..., uses_total: _Optional[int] = ..., uses_per_key: _Optional[int] = ..., group: _Optional[str] = ..., code_format: _Optional[_Union[_resources_pb2.CodeFormat, _Mapping]] = ..., ignore_case: _Optional[bool] = ...) -> None: ...

class CreateCampaignModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignModelMaster, _Mapping]] = ...) -> None: ...

class GetCampaignModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ...) -> None: ...

class GetCampaignModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignModelMaster, _Mapping]] = ...) -> None: ...

class UpdateCampaignModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "description", "metadata", "enable_campaign_code", "update_mask", "valid_from", "valid_until", "uses_per_user", "uses_total", "uses_per_key", "group", "code_format", "ignore_case")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ENABLE_CAMPAIGN_CODE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_USER_FIELD_NUMBER: _ClassVar[int]
    USES_TOTAL_FIELD_NUMBER: _ClassVar[int]
    USES_PER_KEY_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    CODE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    IGNORE_CASE_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    description: str
    metadata: str
    enable_campaign_code: bool
    update_mask: _field_mask_pb2.FieldMask
    valid_from: int
    valid_until: int
    uses_per_user: int
    uses_total: int
    uses_per_key: int
    group: str
    code_format: _resources_pb2.CodeFormat
    ignore_case: bool
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[str] = ..., enable_campaign_code: _Optional[bool] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., uses_per_user: _Optional[int] = ..., uses_total: _Optional[int] = ..., uses_per_key: _Optional[int] = ..., group: _Optional[str] = ..., code_format: _Optional[_Union[_resources_pb2.CodeFormat, _Mapping]] = ..., ignore_case: _Optional[bool] = ...) -> None: ...

class UpdateCampaignModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignModelMaster, _Mapping]] = ...) -> None: ...

class DeleteCampaignModelMasterRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ...) -> None: ...

class DeleteCampaignModelMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignModelMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignModelMaster, _Mapping]] = ...) -> None: ...

class ExportMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class ExportMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentCampaignMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentCampaignMaster, _Mapping]] = ...) -> None: ...

class GetCurrentCampaignMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetCurrentCampaignMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentCampaignMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentCampaignMaster, _Mapping]] = ...) -> None: ...

class PreUpdateCurrentCampaignMasterRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class PreUpdateCurrentCampaignMasterResponse(_message.Message):
    __slots__ = ("upload_token", "upload_url")
    UPLOAD_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    upload_token: str
    upload_url: str
    def __init__(self, upload_token: _Optional[str] = ..., upload_url: _Optional[str] = ...) -> None: ...

class UpdateCurrentCampaignMasterRequest(_message.Message):
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

class UpdateCurrentCampaignMasterResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentCampaignMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentCampaignMaster, _Mapping]] = ...) -> None: ...

class UpdateCurrentCampaignMasterFromGitHubRequest(_message.Message):
    __slots__ = ("namespace_name", "checkout_setting", "expected_revision")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKOUT_SETTING_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_REVISION_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    checkout_setting: _common_pb2.GitHubCheckoutSetting
    expected_revision: int
    def __init__(self, namespace_name: _Optional[str] = ..., checkout_setting: _Optional[_Union[_common_pb2.GitHubCheckoutSetting, _Mapping]] = ..., expected_revision: _Optional[int] = ...) -> None: ...

class UpdateCurrentCampaignMasterFromGitHubResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CurrentCampaignMaster
    def __init__(self, item: _Optional[_Union[_resources_pb2.CurrentCampaignMaster, _Mapping]] = ...) -> None: ...

class IssueBatchRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "metadata", "count", "valid_from", "valid_until")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    metadata: str
    count: int
    valid_from: int
    valid_until: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., metadata: _Optional[str] = ..., count: _Optional[int] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class IssueBatchResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class StreamSerialKeysRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "cursor")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    cursor: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., cursor: _Optional[str] = ...) -> None: ...

class StreamSerialKeysResponse(_message.Message):
    __slots__ = ("codes", "states", "status", "total_count", "next_cursor")
    CODES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    codes: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedCompositeFieldContainer[SerialKeyState]
    status: _resources_pb2.SerialKeyStatus
    total_count: int
    next_cursor: str
    def __init__(self, codes: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[SerialKeyState, _Mapping]]] = ..., status: _Optional[_Union[_resources_pb2.SerialKeyStatus, str]] = ..., total_count: _Optional[int] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class SerialKeyState(_message.Message):
    __slots__ = ("index", "status", "used_user_id", "used_at")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USED_USER_ID_FIELD_NUMBER: _ClassVar[int]
    USED_AT_FIELD_NUMBER: _ClassVar[int]
    index: int
    status: _resources_pb2.SerialKeyStatus
    used_user_id: str
    used_at: int
    def __init__(self, index: _Optional[int] = ..., status: _Optional[_Union[_resources_pb2.SerialKeyStatus, str]] = ..., used_user_id: _Optional[str] = ..., used_at: _Optional[int] = ...) -> None: ...

class ImportSerialKeysRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "metadata", "last", "dry_run", "skip_problems", "match", "valid_from", "valid_until", "codes", "states")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    SKIP_PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    CODES_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    metadata: str
    last: bool
    dry_run: bool
    skip_problems: bool
    match: ImportMatch
    valid_from: int
    valid_until: int
    codes: _containers.RepeatedScalarFieldContainer[str]
    states: _containers.RepeatedCompositeFieldContainer[ImportedState]
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., metadata: _Optional[str] = ..., last: _Optional[bool] = ..., dry_run: _Optional[bool] = ..., skip_problems: _Optional[bool] = ..., match: _Optional[_Union[ImportMatch, str]] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., codes: _Optional[_Iterable[str]] = ..., states: _Optional[_Iterable[_Union[ImportedState, _Mapping]]] = ...) -> None: ...

class ImportedState(_message.Message):
    __slots__ = ("status", "used_user_id", "used_at", "metadata")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USED_USER_ID_FIELD_NUMBER: _ClassVar[int]
    USED_AT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    status: _resources_pb2.SerialKeyStatus
    used_user_id: str
    used_at: int
    metadata: str
    def __init__(self, status: _Optional[_Union[_resources_pb2.SerialKeyStatus, str]] = ..., used_user_id: _Optional[str] = ..., used_at: _Optional[int] = ..., metadata: _Optional[str] = ...) -> None: ...

class ImportSerialKeysResponse(_message.Message):
    __slots__ = ("item", "received_count", "imported_count", "problem_counts", "problems", "unchanged_count", "used_count")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_COUNTS_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    USED_COUNT_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    received_count: int
    imported_count: int
    problem_counts: _containers.RepeatedCompositeFieldContainer[ImportProblemCount]
    problems: _containers.RepeatedCompositeFieldContainer[ImportProblem]
    unchanged_count: int
    used_count: int
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ..., received_count: _Optional[int] = ..., imported_count: _Optional[int] = ..., problem_counts: _Optional[_Iterable[_Union[ImportProblemCount, _Mapping]]] = ..., problems: _Optional[_Iterable[_Union[ImportProblem, _Mapping]]] = ..., unchanged_count: _Optional[int] = ..., used_count: _Optional[int] = ...) -> None: ...

class ImportProblemCount(_message.Message):
    __slots__ = ("kind", "count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: ImportProblemKind
    count: int
    def __init__(self, kind: _Optional[_Union[ImportProblemKind, str]] = ..., count: _Optional[int] = ...) -> None: ...

class ImportProblem(_message.Message):
    __slots__ = ("position", "kind", "status", "used_user_id", "used_at")
    POSITION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    USED_USER_ID_FIELD_NUMBER: _ClassVar[int]
    USED_AT_FIELD_NUMBER: _ClassVar[int]
    position: int
    kind: ImportProblemKind
    status: _resources_pb2.SerialKeyStatus
    used_user_id: str
    used_at: int
    def __init__(self, position: _Optional[int] = ..., kind: _Optional[_Union[ImportProblemKind, str]] = ..., status: _Optional[_Union[_resources_pb2.SerialKeyStatus, str]] = ..., used_user_id: _Optional[str] = ..., used_at: _Optional[int] = ...) -> None: ...

class SetIssueJobStatusRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "availability", "reason")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    availability: _resources_pb2.Availability
    reason: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., availability: _Optional[_Union[_resources_pb2.Availability, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class SetIssueJobStatusResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class SetIssueJobValidityRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "valid_from", "valid_until")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    valid_from: int
    valid_until: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class SetIssueJobValidityResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class DeleteIssueJobRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "unused_only")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    UNUSED_ONLY_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    unused_only: bool
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., unused_only: _Optional[bool] = ...) -> None: ...

class DeleteIssueJobResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class MoveIssueJobRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name", "to_campaign_model_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    TO_CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    to_campaign_model_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., to_campaign_model_name: _Optional[str] = ...) -> None: ...

class MoveIssueJobResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.IssueJob
    def __init__(self, item: _Optional[_Union[_resources_pb2.IssueJob, _Mapping]] = ...) -> None: ...

class SetSerialKeyStatusRequest(_message.Message):
    __slots__ = ("namespace_name", "code", "availability", "reason")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    code: str
    availability: _resources_pb2.Availability
    reason: str
    def __init__(self, namespace_name: _Optional[str] = ..., code: _Optional[str] = ..., availability: _Optional[_Union[_resources_pb2.Availability, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class SetSerialKeyStatusResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.SerialKey
    def __init__(self, item: _Optional[_Union[_resources_pb2.SerialKey, _Mapping]] = ...) -> None: ...

class SetCampaignStatusRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "availability", "reason")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    availability: _resources_pb2.Availability
    reason: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., availability: _Optional[_Union[_resources_pb2.Availability, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class SetCampaignStatusResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignStatus
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignStatus, _Mapping]] = ...) -> None: ...

class GetCampaignStatusRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "issue_job_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    issue_job_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ...) -> None: ...

class GetCampaignStatusResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.CampaignStatus
    def __init__(self, item: _Optional[_Union[_resources_pb2.CampaignStatus, _Mapping]] = ...) -> None: ...

class DescribeRedemptionsRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id", "campaign_model_name", "page_token", "limit", "issue_job_name", "used_from", "used_until")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    USED_FROM_FIELD_NUMBER: _ClassVar[int]
    USED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    campaign_model_name: str
    page_token: str
    limit: int
    issue_job_name: str
    used_from: int
    used_until: int
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ..., issue_job_name: _Optional[str] = ..., used_from: _Optional[int] = ..., used_until: _Optional[int] = ...) -> None: ...

class DescribeRedemptionsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.SerialKey]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.SerialKey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetGuessBudgetRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class GetGuessBudgetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.GuessBudget
    def __init__(self, item: _Optional[_Union[_resources_pb2.GuessBudget, _Mapping]] = ...) -> None: ...

class ResetGuessBudgetRequest(_message.Message):
    __slots__ = ("namespace_name", "user_id")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    user_id: str
    def __init__(self, namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ...) -> None: ...

class ResetGuessBudgetResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.GuessBudget
    def __init__(self, item: _Optional[_Union[_resources_pb2.GuessBudget, _Mapping]] = ...) -> None: ...

class GetGuessAlarmRequest(_message.Message):
    __slots__ = ("namespace_name",)
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    def __init__(self, namespace_name: _Optional[str] = ...) -> None: ...

class GetGuessAlarmResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.GuessAlarm
    def __init__(self, item: _Optional[_Union[_resources_pb2.GuessAlarm, _Mapping]] = ...) -> None: ...

class GetRedemptionCountsRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "unit", "used_from", "used_until", "page_token", "limit", "issue_job_name")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    USED_FROM_FIELD_NUMBER: _ClassVar[int]
    USED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    unit: RedemptionCountUnit
    used_from: int
    used_until: int
    page_token: str
    limit: int
    issue_job_name: str
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., unit: _Optional[_Union[RedemptionCountUnit, str]] = ..., used_from: _Optional[int] = ..., used_until: _Optional[int] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ..., issue_job_name: _Optional[str] = ...) -> None: ...

class GetRedemptionCountsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[RedemptionCount]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[RedemptionCount, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RedemptionCount(_message.Message):
    __slots__ = ("start_at", "issue_job_name", "counts")
    START_AT_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    start_at: int
    issue_job_name: str
    counts: _resources_pb2.CodeCounts
    def __init__(self, start_at: _Optional[int] = ..., issue_job_name: _Optional[str] = ..., counts: _Optional[_Union[_resources_pb2.CodeCounts, _Mapping]] = ...) -> None: ...

class BatchVerifyRequest(_message.Message):
    __slots__ = ("namespace_name", "items")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[VerifyItem]
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[VerifyItem, _Mapping]]] = ...) -> None: ...

class BatchVerifyResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[VerifyOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[VerifyOutcome, _Mapping]]] = ...) -> None: ...

class VerifyItem(_message.Message):
    __slots__ = ("id", "request")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    id: int
    request: VerifyCodeByUserIdRequest
    def __init__(self, id: _Optional[int] = ..., request: _Optional[_Union[VerifyCodeByUserIdRequest, _Mapping]] = ...) -> None: ...

class VerifyOutcome(_message.Message):
    __slots__ = ("id", "response", "error", "response_omitted")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_OMITTED_FIELD_NUMBER: _ClassVar[int]
    id: int
    response: VerifyCodeByUserIdResponse
    error: _common_pb2.ItemError
    response_omitted: bool
    def __init__(self, id: _Optional[int] = ..., response: _Optional[_Union[VerifyCodeByUserIdResponse, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ..., response_omitted: _Optional[bool] = ...) -> None: ...

class BatchUseRequest(_message.Message):
    __slots__ = ("namespace_name", "items")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[UseItem]
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[UseItem, _Mapping]]] = ...) -> None: ...

class BatchUseResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[UseOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[UseOutcome, _Mapping]]] = ...) -> None: ...

class UseItem(_message.Message):
    __slots__ = ("id", "request")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    id: int
    request: UseByUserIdRequest
    def __init__(self, id: _Optional[int] = ..., request: _Optional[_Union[UseByUserIdRequest, _Mapping]] = ...) -> None: ...

class UseOutcome(_message.Message):
    __slots__ = ("id", "response", "error", "response_omitted")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_OMITTED_FIELD_NUMBER: _ClassVar[int]
    id: int
    response: UseByUserIdResponse
    error: _common_pb2.ItemError
    response_omitted: bool
    def __init__(self, id: _Optional[int] = ..., response: _Optional[_Union[UseByUserIdResponse, _Mapping]] = ..., error: _Optional[_Union[_common_pb2.ItemError, _Mapping]] = ..., response_omitted: _Optional[bool] = ...) -> None: ...

class UseStreamRequest(_message.Message):
    __slots__ = ("namespace_name", "items")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    items: _containers.RepeatedCompositeFieldContainer[UseItem]
    def __init__(self, namespace_name: _Optional[str] = ..., items: _Optional[_Iterable[_Union[UseItem, _Mapping]]] = ...) -> None: ...

class UseStreamResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[UseOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[UseOutcome, _Mapping]]] = ...) -> None: ...

class IssueForUsersRequest(_message.Message):
    __slots__ = ("namespace_name", "campaign_model_name", "user_ids", "metadata", "valid_from", "valid_until")
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_IDS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    namespace_name: str
    campaign_model_name: str
    user_ids: _containers.RepeatedScalarFieldContainer[str]
    metadata: str
    valid_from: int
    valid_until: int
    def __init__(self, namespace_name: _Optional[str] = ..., campaign_model_name: _Optional[str] = ..., user_ids: _Optional[_Iterable[str]] = ..., metadata: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ...) -> None: ...

class IssueForUsersResponse(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.SerialKey]
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.SerialKey, _Mapping]]] = ...) -> None: ...
