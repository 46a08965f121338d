from buf.validate import validate_pb2 as _validate_pb2
from redeem.auth.v1 import resources_pb2 as _resources_pb2
from redeem.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LoginProjectRequest(_message.Message):
    __slots__ = ("client_id", "client_secret")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SECRET_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    client_secret: str
    def __init__(self, client_id: _Optional[str] = ..., client_secret: _Optional[str] = ...) -> None: ...

class LoginProjectResponse(_message.Message):
    __slots__ = ("access_token", "token_type", "expires_in", "owner_id")
    ACCESS_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOKEN_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_IN_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    access_token: str
    token_type: str
    expires_in: int
    owner_id: str
    def __init__(self, access_token: _Optional[str] = ..., token_type: _Optional[str] = ..., expires_in: _Optional[int] = ..., owner_id: _Optional[str] = ...) -> None: ...

class LoginRequest(_message.Message):
    __slots__ = ("user_id", "time_offset", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset: int
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset: _Optional[int] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class LoginResponse(_message.Message):
    __slots__ = ("token", "user_id", "expire")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_FIELD_NUMBER: _ClassVar[int]
    token: str
    user_id: str
    expire: int
    def __init__(self, token: _Optional[str] = ..., user_id: _Optional[str] = ..., expire: _Optional[int] = ...) -> None: ...

class IssueTimeOffsetTokenByUserIdRequest(_message.Message):
    __slots__ = ("user_id", "time_offset", "time_offset_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSET_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    time_offset: int
    time_offset_token: str
    def __init__(self, user_id: _Optional[str] = ..., time_offset: _Optional[int] = ..., time_offset_token: _Optional[str] = ...) -> None: ...

class IssueTimeOffsetTokenByUserIdResponse(_message.Message):
    __slots__ = ("token", "user_id", "expire")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_FIELD_NUMBER: _ClassVar[int]
    token: str
    user_id: str
    expire: int
    def __init__(self, token: _Optional[str] = ..., user_id: _Optional[str] = ..., expire: _Optional[int] = ...) -> None: ...

class CreateKeyRequest(_message.Message):
    __slots__ = ("role", "namespace_names", "description")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_NAMES_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    role: _options_pb2.Role
    namespace_names: _containers.RepeatedScalarFieldContainer[str]
    description: str
    def __init__(self, role: _Optional[_Union[_options_pb2.Role, str]] = ..., namespace_names: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ...) -> None: ...

class CreateKeyResponse(_message.Message):
    __slots__ = ("item", "secret")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    SECRET_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Key
    secret: str
    def __init__(self, item: _Optional[_Union[_resources_pb2.Key, _Mapping]] = ..., secret: _Optional[str] = ...) -> None: ...

class ListKeysRequest(_message.Message):
    __slots__ = ("page_token", "limit")
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    page_token: str
    limit: int
    def __init__(self, page_token: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class ListKeysResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Key]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Key, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RevokeKeyRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    def __init__(self, key_id: _Optional[str] = ...) -> None: ...

class RevokeKeyResponse(_message.Message):
    __slots__ = ("item",)
    ITEM_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Key
    def __init__(self, item: _Optional[_Union[_resources_pb2.Key, _Mapping]] = ...) -> None: ...
