"""The Auth service. Methods in the order of the proto."""

from typing import Protocol

from google.protobuf.message import Message
from redeem.auth.v1 import requests_pb2 as pb
from redeem.auth.v1 import resources_pb2

from redeemd.auth import keys
from redeemd.auth.authorize import Authorizer
from redeemd.auth.tokens import (
    ACCESS_TOKEN_SECONDS,
    TIME_OFFSET_TOKEN_SECONDS,
    Token,
    Use,
)
from redeemd.errors import ValidationFailed, Violation
from redeemd.resources.paging import Pager, limit_of
from redeemd.rpc.call import Call, UserRequest
from redeemd.rpc.marks import prepared, without_store

TIME_OFFSET_SECONDS_MAX = 315_360_000


class _TokenRequest(UserRequest, Protocol):
    """A request for a token of a player."""

    time_offset: int
    time_offset_token: str


class AuthServicer:
    """See AuthService in the proto."""

    def __init__(self, authorizer: Authorizer, pager: Pager, *, owner_id: str, project_token_seconds: int) -> None:
        self._authorizer = authorizer
        self._project_token_seconds = project_token_seconds
        self._pager = pager
        self._owner_id = owner_id

    @without_store
    async def LoginProject(self, call: Call[pb.LoginProjectRequest]) -> Message:
        caller = await self._authorizer.check_key(call.request.client_id, call.request.client_secret)
        assert caller.key_id is not None
        token = Token(caller.key_id, call.server_now + self._project_token_seconds * 1000)
        return call.reply(
            access_token=self._authorizer.tokens.issue("project token", token),
            token_type="Bearer",  # noqa: S106 -- the documented word, not a secret
            expires_in=self._project_token_seconds,
            owner_id=self._owner_id,
        )

    @without_store
    async def Login(self, call: Call[pb.LoginRequest]) -> Message:
        return self._player_token(call, "access token", ACCESS_TOKEN_SECONDS)

    @without_store
    async def IssueTimeOffsetTokenByUserId(self, call: Call[pb.IssueTimeOffsetTokenByUserIdRequest]) -> Message:
        return self._player_token(call, "time offset token", TIME_OFFSET_TOKEN_SECONDS)

    def _player_token(self, call: Call[_TokenRequest], use: Use, lifetime_seconds: int) -> Message:
        request = call.request
        offset: int = request.time_offset
        if request.time_offset_token:
            offset += self._authorizer.time_offset(request.time_offset_token, request.user_id, now=call.server_now)
        if offset > TIME_OFFSET_SECONDS_MAX:
            text = f"with that of time_offset_token must be at most {TIME_OFFSET_SECONDS_MAX}"
            raise ValidationFailed(violations=[Violation("time_offset", text)])
        self._authorizer.check_offset(offset)
        token = Token(
            subject=request.user_id,
            expires_at=call.server_now + lifetime_seconds * 1000,
            time_offset_seconds=offset,
            namespace_names=call.caller.namespace_names,
        )
        text = self._authorizer.tokens.issue(use, token)
        return call.reply(token=text, user_id=request.user_id, expire=token.expires_at)

    async def _draw(self, _call: Call[object]) -> keys.NewKey:
        return keys.draw()

    @prepared(_draw)
    async def CreateKey(self, call: Call[pb.CreateKeyRequest], new: keys.NewKey) -> Message:
        key = await keys.create(
            call.tx,
            new,
            role=call.request.role,
            namespace_names=call.request.namespace_names,
            description=call.request.description,
            now=call.server_now,
        )
        return call.reply(item=_item(key), secret=new.secret)

    async def ListKeys(self, call: Call[pb.ListKeysRequest]) -> Message:
        limit = limit_of(call)
        found = await keys.page(call.tx, after=self._pager.cursor(call) or "", limit=limit + 1)
        return self._pager.reply(call, found, limit, lambda key: key.key_id, _item)

    async def RevokeKey(self, call: Call[pb.RevokeKeyRequest]) -> Message:
        revoked = await keys.revoke(call.tx, call.request.key_id, now=call.server_now)
        call.unchanged = not revoked.now
        call.after_commit(self._authorizer.forget)
        return call.reply(item=_item(revoked.key))


def _item(key: keys.Key) -> resources_pb2.Key:
    return resources_pb2.Key(
        key_id=key.key_id,
        role=key.role,
        namespace_names=sorted(key.namespace_names or ()),
        description=key.description or None,
        created_at=key.created_at,
        revoked_at=key.revoked_at,
    )
