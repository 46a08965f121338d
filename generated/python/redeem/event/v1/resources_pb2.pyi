from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WebhookState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEBHOOK_STATE_UNSPECIFIED: _ClassVar[WebhookState]
    WEBHOOK_STATE_ACTIVE: _ClassVar[WebhookState]
    WEBHOOK_STATE_GONE: _ClassVar[WebhookState]
WEBHOOK_STATE_UNSPECIFIED: WebhookState
WEBHOOK_STATE_ACTIVE: WebhookState
WEBHOOK_STATE_GONE: WebhookState

class Event(_message.Message):
    __slots__ = ("cursor", "kind", "at", "service", "namespace_name", "user_id", "method", "transaction_id", "actor", "issue", "redemption", "counting", "exchange", "switch", "delivery", "attack", "administration")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAME_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ISSUE_FIELD_NUMBER: _ClassVar[int]
    REDEMPTION_FIELD_NUMBER: _ClassVar[int]
    COUNTING_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_FIELD_NUMBER: _ClassVar[int]
    AWAIT_FIELD_NUMBER: _ClassVar[int]
    SWITCH_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    ATTACK_FIELD_NUMBER: _ClassVar[int]
    ADMINISTRATION_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    kind: _options_pb2.EventKind
    at: int
    service: str
    namespace_name: str
    user_id: str
    method: str
    transaction_id: str
    actor: str
    issue: Issue
    redemption: Redemption
    counting: Counting
    exchange: Exchange
    switch: Switch
    delivery: Delivery
    attack: Attack
    administration: Administration
    def __init__(self, cursor: _Optional[str] = ..., kind: _Optional[_Union[_options_pb2.EventKind, str]] = ..., at: _Optional[int] = ..., service: _Optional[str] = ..., namespace_name: _Optional[str] = ..., user_id: _Optional[str] = ..., method: _Optional[str] = ..., transaction_id: _Optional[str] = ..., actor: _Optional[str] = ..., issue: _Optional[_Union[Issue, _Mapping]] = ..., redemption: _Optional[_Union[Redemption, _Mapping]] = ..., counting: _Optional[_Union[Counting, _Mapping]] = ..., exchange: _Optional[_Union[Exchange, _Mapping]] = ..., switch: _Optional[_Union[Switch, _Mapping]] = ..., delivery: _Optional[_Union[Delivery, _Mapping]] = ..., attack: _Optional[_Union[Attack, _Mapping]] = ..., administration: _Optional[_Union[Administration, _Mapping]] = ..., **kwargs) -> None: ...

class Issue(_message.Message):
    __slots__ = ("campaign_model_name", "issue_job_name", "count", "imported", "code")
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    campaign_model_name: str
    issue_job_name: str
    count: int
    imported: bool
    code: str
    def __init__(self, campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., count: _Optional[int] = ..., imported: _Optional[bool] = ..., code: _Optional[str] = ...) -> None: ...

class Redemption(_message.Message):
    __slots__ = ("campaign_model_name", "campaign_code", "code", "revision")
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_CODE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    campaign_model_name: str
    campaign_code: bool
    code: str
    revision: int
    def __init__(self, campaign_model_name: _Optional[str] = ..., campaign_code: _Optional[bool] = ..., code: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class Counting(_message.Message):
    __slots__ = ("limit_name", "counter_name", "change", "count", "deleted", "revision")
    LIMIT_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNTER_NAME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    limit_name: str
    counter_name: str
    change: int
    count: int
    deleted: bool
    revision: int
    def __init__(self, limit_name: _Optional[str] = ..., counter_name: _Optional[str] = ..., change: _Optional[int] = ..., count: _Optional[int] = ..., deleted: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class Exchange(_message.Message):
    __slots__ = ("rate_name", "count", "incremental")
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_FIELD_NUMBER: _ClassVar[int]
    rate_name: str
    count: int
    incremental: bool
    def __init__(self, rate_name: _Optional[str] = ..., count: _Optional[int] = ..., incremental: _Optional[bool] = ...) -> None: ...

class Await(_message.Message):
    __slots__ = ("await_name", "rate_name", "count", "acquirable_at")
    AWAIT_NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    ACQUIRABLE_AT_FIELD_NUMBER: _ClassVar[int]
    await_name: str
    rate_name: str
    count: int
    acquirable_at: int
    def __init__(self, await_name: _Optional[str] = ..., rate_name: _Optional[str] = ..., count: _Optional[int] = ..., acquirable_at: _Optional[int] = ...) -> None: ...

class Switch(_message.Message):
    __slots__ = ("campaign_model_name", "issue_job_name", "code", "active", "reason", "valid_from", "valid_until", "revision")
    CAMPAIGN_MODEL_NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUE_JOB_NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    campaign_model_name: str
    issue_job_name: str
    code: str
    active: bool
    reason: str
    valid_from: int
    valid_until: int
    revision: int
    def __init__(self, campaign_model_name: _Optional[str] = ..., issue_job_name: _Optional[str] = ..., code: _Optional[str] = ..., active: _Optional[bool] = ..., reason: _Optional[str] = ..., valid_from: _Optional[int] = ..., valid_until: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery_id", "action", "attempts", "dead")
    DELIVERY_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    delivery_id: str
    action: str
    attempts: int
    dead: bool
    def __init__(self, delivery_id: _Optional[str] = ..., action: _Optional[str] = ..., attempts: _Optional[int] = ..., dead: _Optional[bool] = ...) -> None: ...

class Attack(_message.Message):
    __slots__ = ("guesses", "seconds")
    GUESSES_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    guesses: int
    seconds: int
    def __init__(self, guesses: _Optional[int] = ..., seconds: _Optional[int] = ...) -> None: ...

class Administration(_message.Message):
    __slots__ = ("resource_name",)
    RESOURCE_NAME_FIELD_NUMBER: _ClassVar[int]
    resource_name: str
    def __init__(self, resource_name: _Optional[str] = ...) -> None: ...

class Webhook(_message.Message):
    __slots__ = ("name", "state", "configured", "cursor", "oldest_at", "attempts", "next_attempt_at", "last_error", "delivered_at", "dead_letters", "gaps")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CONFIGURED_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    OLDEST_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_AT_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTERS_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: WebhookState
    configured: bool
    cursor: str
    oldest_at: int
    attempts: int
    next_attempt_at: int
    last_error: str
    delivered_at: int
    dead_letters: int
    gaps: int
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[WebhookState, str]] = ..., configured: _Optional[bool] = ..., cursor: _Optional[str] = ..., oldest_at: _Optional[int] = ..., attempts: _Optional[int] = ..., next_attempt_at: _Optional[int] = ..., last_error: _Optional[str] = ..., delivered_at: _Optional[int] = ..., dead_letters: _Optional[int] = ..., gaps: _Optional[int] = ...) -> None: ...

class DeadLetter(_message.Message):
    __slots__ = ("dead_letter_id", "event", "attempts", "last_error", "died_at", "retrying")
    DEAD_LETTER_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    DIED_AT_FIELD_NUMBER: _ClassVar[int]
    RETRYING_FIELD_NUMBER: _ClassVar[int]
    dead_letter_id: str
    event: Event
    attempts: int
    last_error: str
    died_at: int
    retrying: bool
    def __init__(self, dead_letter_id: _Optional[str] = ..., event: _Optional[_Union[Event, _Mapping]] = ..., attempts: _Optional[int] = ..., last_error: _Optional[str] = ..., died_at: _Optional[int] = ..., retrying: _Optional[bool] = ...) -> None: ...
