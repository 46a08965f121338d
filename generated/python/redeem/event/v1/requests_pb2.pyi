from buf.validate import validate_pb2 as _validate_pb2
from redeem.event.v1 import resources_pb2 as _resources_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Start(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    START_UNSPECIFIED: _ClassVar[Start]
    START_NOW: _ClassVar[Start]
    START_OLDEST: _ClassVar[Start]
START_UNSPECIFIED: Start
START_NOW: Start
START_OLDEST: Start

class WatchEventsRequest(_message.Message):
    __slots__ = ("services", "namespace_names", "kinds", "cursor", "start")
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    services: _containers.RepeatedScalarFieldContainer[str]
    namespace_names: _containers.RepeatedScalarFieldContainer[str]
    kinds: _containers.RepeatedScalarFieldContainer[_options_pb2.EventKind]
    cursor: str
    start: Start
    def __init__(self, services: _Optional[_Iterable[str]] = ..., namespace_names: _Optional[_Iterable[str]] = ..., kinds: _Optional[_Iterable[_Union[_options_pb2.EventKind, str]]] = ..., cursor: _Optional[str] = ..., start: _Optional[_Union[Start, str]] = ...) -> None: ...

class WatchEventsResponse(_message.Message):
    __slots__ = ("items", "next_cursor")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Event]
    next_cursor: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Event, _Mapping]]] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class DescribeWebhooksRequest(_message.Message):
    __slots__ = ("page_token", "limit")
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    limit: int
    def __init__(self, page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeWebhooksResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Webhook]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Webhook, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DescribeDeadLettersRequest(_message.Message):
    __slots__ = ("webhook_name", "page_token", "limit")
    WEBHOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    webhook_name: str
    page_token: str
    limit: int
    def __init__(self, webhook_name: _Optional[str] = ..., page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DescribeDeadLettersResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.DeadLetter]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.DeadLetter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetryWebhookRequest(_message.Message):
    __slots__ = ("webhook_name", "dead_letter_ids")
    WEBHOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTER_IDS_FIELD_NUMBER: _ClassVar[int]
    webhook_name: str
    dead_letter_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, webhook_name: _Optional[str] = ..., dead_letter_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RetryWebhookResponse(_message.Message):
    __slots__ = ("item", "dead_letters")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    DEAD_LETTERS_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Webhook
    dead_letters: int
    def __init__(self, item: _Optional[_Union[_resources_pb2.Webhook, _Mapping]] = ..., dead_letters: _Optional[int] = ...) -> None: ...

class ReplayWebhookRequest(_message.Message):
    __slots__ = ("webhook_name", "cursor", "at")
    WEBHOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    webhook_name: str
    cursor: str
    at: int
    def __init__(self, webhook_name: _Optional[str] = ..., cursor: _Optional[str] = ..., at: _Optional[int] = ...) -> None: ...

class ReplayWebhookResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Webhook
    def __init__(self, item: _Optional[_Union[_resources_pb2.Webhook, _Mapping]] = ...) -> None: ...
