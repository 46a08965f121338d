from buf.validate import validate_pb2 as _validate_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DoneTriggerTargetType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DONE_TRIGGER_TARGET_TYPE_UNSPECIFIED: _ClassVar[DoneTriggerTargetType]
    DONE_TRIGGER_TARGET_TYPE_NONE: _ClassVar[DoneTriggerTargetType]
    DONE_TRIGGER_TARGET_TYPE_GS2_SCRIPT: _ClassVar[DoneTriggerTargetType]
    DONE_TRIGGER_TARGET_TYPE_AWS: _ClassVar[DoneTriggerTargetType]

class GitHubReferenceType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GIT_HUB_REFERENCE_TYPE_UNSPECIFIED: _ClassVar[GitHubReferenceType]
    GIT_HUB_REFERENCE_TYPE_COMMIT_HASH: _ClassVar[GitHubReferenceType]
    GIT_HUB_REFERENCE_TYPE_BRANCH: _ClassVar[GitHubReferenceType]
    GIT_HUB_REFERENCE_TYPE_TAG: _ClassVar[GitHubReferenceType]

class MasterDataMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASTER_DATA_MODE_UNSPECIFIED: _ClassVar[MasterDataMode]
    MASTER_DATA_MODE_DIRECT: _ClassVar[MasterDataMode]
    MASTER_DATA_MODE_PRE_UPLOAD: _ClassVar[MasterDataMode]

class ImportOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMPORT_OUTCOME_UNSPECIFIED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_IMPORTED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_UNCHANGED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_PAST: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_CHANGED: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_CONFLICT: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_DUPLICATE: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_MODEL_NOT_FOUND: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_RESET_TIME: _ClassVar[ImportOutcome]
    IMPORT_OUTCOME_NOT_AWAITING: _ClassVar[ImportOutcome]
DONE_TRIGGER_TARGET_TYPE_UNSPECIFIED: DoneTriggerTargetType
DONE_TRIGGER_TARGET_TYPE_NONE: DoneTriggerTargetType
DONE_TRIGGER_TARGET_TYPE_GS2_SCRIPT: DoneTriggerTargetType
DONE_TRIGGER_TARGET_TYPE_AWS: DoneTriggerTargetType
GIT_HUB_REFERENCE_TYPE_UNSPECIFIED: GitHubReferenceType
GIT_HUB_REFERENCE_TYPE_COMMIT_HASH: GitHubReferenceType
GIT_HUB_REFERENCE_TYPE_BRANCH: GitHubReferenceType
GIT_HUB_REFERENCE_TYPE_TAG: GitHubReferenceType
MASTER_DATA_MODE_UNSPECIFIED: MasterDataMode
MASTER_DATA_MODE_DIRECT: MasterDataMode
MASTER_DATA_MODE_PRE_UPLOAD: MasterDataMode
IMPORT_OUTCOME_UNSPECIFIED: ImportOutcome
IMPORT_OUTCOME_IMPORTED: ImportOutcome
IMPORT_OUTCOME_UNCHANGED: ImportOutcome
IMPORT_OUTCOME_PAST: ImportOutcome
IMPORT_OUTCOME_CHANGED: ImportOutcome
IMPORT_OUTCOME_CONFLICT: ImportOutcome
IMPORT_OUTCOME_DUPLICATE: ImportOutcome
IMPORT_OUTCOME_MODEL_NOT_FOUND: ImportOutcome
IMPORT_OUTCOME_RESET_TIME: ImportOutcome
IMPORT_OUTCOME_NOT_AWAITING: ImportOutcome

class TransactionSetting(_message.Message):
    __slots__ = ("enable_auto_run", "enable_atomic_commit", "transaction_use_distributor", "commit_script_result_in_use_distributor", "acquire_action_use_job_queue", "enable_sequential_execution", "distributor_namespace_id", "key_id", "queue_namespace_id")
    ENABLE_AUTO_RUN_FIELD_NUMBER: _ClassVar[int]
    ENABLE_ATOMIC_COMMIT_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_USE_DISTRIBUTOR_FIELD_NUMBER: _ClassVar[int]
    COMMIT_SCRIPT_RESULT_IN_USE_DISTRIBUTOR_FIELD_NUMBER: _ClassVar[int]
    ACQUIRE_ACTION_USE_JOB_QUEUE_FIELD_NUMBER: _ClassVar[int]
    ENABLE_SEQUENTIAL_EXECUTION_FIELD_NUMBER: _ClassVar[int]
    DISTRIBUTOR_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    QUEUE_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    enable_auto_run: bool
    enable_atomic_commit: bool
    transaction_use_distributor: bool
    commit_script_result_in_use_distributor: bool
    acquire_action_use_job_queue: bool
    enable_sequential_execution: bool
    distributor_namespace_id: str
    key_id: str
    queue_namespace_id: str
    def __init__(self, enable_auto_run: _Optional[bool] = ..., enable_atomic_commit: _Optional[bool] = ..., transaction_use_distributor: _Optional[bool] = ..., commit_script_result_in_use_distributor: _Optional[bool] = ..., acquire_action_use_job_queue: _Optional[bool] = ..., enable_sequential_execution: _Optional[bool] = ..., distributor_namespace_id: _Optional[str] = ..., key_id: _Optional[str] = ..., queue_namespace_id: _Optional[str] = ...) -> None: ...

class TransactionSettingV2(_message.Message):
    __slots__ = ("distributor_namespace_id", "enable_parallel_execution")
    DISTRIBUTOR_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    ENABLE_PARALLEL_EXECUTION_FIELD_NUMBER: _ClassVar[int]
    distributor_namespace_id: str
    enable_parallel_execution: bool
    def __init__(self, distributor_namespace_id: _Optional[str] = ..., enable_parallel_execution: _Optional[bool] = ...) -> None: ...

class LogSetting(_message.Message):
    __slots__ = ("logging_namespace_id",)
    LOGGING_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    logging_namespace_id: str
    def __init__(self, logging_namespace_id: _Optional[str] = ...) -> None: ...

class ScriptSetting(_message.Message):
    __slots__ = ("trigger_script_id", "done_trigger_target_type", "done_trigger_script_id", "done_trigger_queue_namespace_id")
    TRIGGER_SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    DONE_TRIGGER_TARGET_TYPE_FIELD_NUMBER: _ClassVar[int]
    DONE_TRIGGER_SCRIPT_ID_FIELD_NUMBER: _ClassVar[int]
    DONE_TRIGGER_QUEUE_NAMESPACE_ID_FIELD_NUMBER: _ClassVar[int]
    trigger_script_id: str
    done_trigger_target_type: DoneTriggerTargetType
    done_trigger_script_id: str
    done_trigger_queue_namespace_id: str
    def __init__(self, trigger_script_id: _Optional[str] = ..., done_trigger_target_type: _Optional[_Union[DoneTriggerTargetType, str]] = ..., done_trigger_script_id: _Optional[str] = ..., done_trigger_queue_namespace_id: _Optional[str] = ...) -> None: ...

class GitHubCheckoutSetting(_message.Message):
    __slots__ = ("api_key_id", "repository_name", "source_path", "reference_type", "commit_hash", "branch_name", "tag_name")
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    REPOSITORY_NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PATH_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_TYPE_FIELD_NUMBER: _ClassVar[int]
    COMMIT_HASH_FIELD_NUMBER: _ClassVar[int]
    BRANCH_NAME_FIELD_NUMBER: _ClassVar[int]
    TAG_NAME_FIELD_NUMBER: _ClassVar[int]
    api_key_id: str
    repository_name: str
    source_path: str
    reference_type: GitHubReferenceType
    commit_hash: str
    branch_name: str
    tag_name: str
    def __init__(self, api_key_id: _Optional[str] = ..., repository_name: _Optional[str] = ..., source_path: _Optional[str] = ..., reference_type: _Optional[_Union[GitHubReferenceType, str]] = ..., commit_hash: _Optional[str] = ..., branch_name: _Optional[str] = ..., tag_name: _Optional[str] = ...) -> None: ...

class Config(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class VerifyAction(_message.Message):
    __slots__ = ("action", "request")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    action: str
    request: str
    def __init__(self, action: _Optional[str] = ..., request: _Optional[str] = ...) -> None: ...

class ConsumeAction(_message.Message):
    __slots__ = ("action", "request")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    action: str
    request: str
    def __init__(self, action: _Optional[str] = ..., request: _Optional[str] = ...) -> None: ...

class AcquireAction(_message.Message):
    __slots__ = ("action", "request")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    action: str
    request: str
    def __init__(self, action: _Optional[str] = ..., request: _Optional[str] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("code", "message", "reason", "metadata", "violations", "retry_after_ms")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    reason: str
    metadata: _containers.ScalarMap[str, str]
    violations: _containers.RepeatedCompositeFieldContainer[ItemViolation]
    retry_after_ms: int
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., violations: _Optional[_Iterable[_Union[ItemViolation, _Mapping]]] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class ItemViolation(_message.Message):
    __slots__ = ("field", "description", "reason")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    reason: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...
