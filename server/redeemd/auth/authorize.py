"""Identifies the caller of each call and decides whether the call is allowed, before the request is used."""

import hashlib
from dataclasses import replace

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.auth import keys
from redeemd.auth.tokens import TIME_OFFSET_TOKEN_LENGTH_MAX, TOKEN_LENGTH_MAX, Tokens, Use
from redeemd.base.net import FORWARDING_HEADERS
from redeemd.contract.options import MethodRule, role_rule, spelling
from redeemd.errors import (
    CredentialInvalid,
    CredentialMissing,
    ForwardedCallRefused,
    NamespaceNotAllowed,
    RoleNotAllowed,
    TimeOffsetDisabled,
    ValidationFailed,
    Violation,
)
from redeemd.rpc.call import NOBODY, Caller
from redeemd.rpc.ports import Metadata
from redeemd.store.base import Store, Tx

CACHE_SECONDS = 60
CACHE_MAX = 10_000

_BEARER = "bearer "
_KEY_PARTS = 2
_ROLES = {role.number: role_rule(role) for role in options_pb2.Role.DESCRIPTOR.values}
_ADMIN = Caller(role=options_pb2.ROLE_ADMIN, code_access=options_pb2.CODE_ACCESS_FULL)


def allowed(role: options_pb2.Role, rule: MethodRule) -> bool:
    """Return whether a role may call a method; see RoleRule in the contract."""
    granted = _ROLES[role]
    if rule.codes and granted.codes == options_pb2.CODE_ACCESS_FULL and rule.writes:
        return True
    if rule.codes and (granted.codes == options_pb2.CODE_ACCESS_UNSPECIFIED or rule.writes):
        return False
    return rule.access in (granted.writes if rule.writes else granted.reads)


def require_role(caller: Caller, rule: MethodRule) -> None:
    """Raise RoleNotAllowed unless the caller's role may call a method."""
    if not allowed(caller.role, rule):
        raise RoleNotAllowed(role=_role_name(caller.role), access=_access_name(rule))


class Authorizer:
    """Decides with the keys of the store and the tokens of this server. See redeemd.rpc.ports.AccessControl.

    Verified credentials are cached by their hash, because a check costs half a call: for CACHE_SECONDS, and never
    beyond their expiry.
    """

    def __init__(self, store: Store, tokens: Tokens, *, enabled: bool, time_offsets: bool) -> None:
        self._store = store
        self.tokens = tokens
        self._enabled = enabled
        self._time_offsets = time_offsets
        # Callers by the hash of their credential, with the time at which the entry expires.
        self._players: dict[bytes, tuple[Caller, int]] = {}
        self._projects: dict[bytes, tuple[Caller, int]] = {}

    def known(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller | None:
        """Return the caller that the metadata identifies; None if a key must be looked up or the request can tell.

        Raises a refusal of UNAUTHENTICATED or PERMISSION_DENIED.
        """
        if not self._enabled:
            _refuse_forwarded(metadata)
        if not rule.needs_key:
            text = metadata.get("x-access-token", "") if rule.access == options_pb2.ACCESS_PLAYER else ""
            return self._player(text, now=now) if text else None
        if not self._enabled:
            return _ADMIN
        known = self._projects.get(_digest(_bearer(metadata)))
        if known is None or known[1] <= now:
            return None
        require_role(known[0], rule)
        return known[0]

    async def check(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller:
        """Look up the key of a call in the store and return its caller.

        Raises CredentialMissing, CredentialInvalid or RoleNotAllowed.
        """
        header = _bearer(metadata)
        caller, good_until = await self._check_project(header[len(_BEARER) :].strip(), now=now)
        _remember(self._projects, _digest(header), caller, now=now, good_until=good_until)
        require_role(caller, rule)
        return caller

    def authorize(self, rule: MethodRule, caller: Caller | None, request: Message, *, now: int) -> Caller:
        """Decide about a request and return the caller, whom the request's token identifies if the metadata did not.

        Raises a refusal of UNAUTHENTICATED or PERMISSION_DENIED.
        """
        if rule.access == options_pb2.ACCESS_PUBLIC:
            return NOBODY
        if rule.access == options_pb2.ACCESS_PLAYER:
            caller = self._player_of(caller, request, now=now)
        assert caller is not None, "a key is in the metadata"
        _check_namespace(caller, rule, request)
        if rule.has_time_offset_token:
            caller = self._shift(caller, request, now=now)
        return caller

    async def caller(self, rule: MethodRule, request: Message, metadata: Metadata, *, now: int) -> Caller:
        """Return the caller of a received request. Raises what `known`, `check` and `authorize` raise."""
        caller = self.known(rule, metadata, now=now)
        if caller is None and rule.needs_key:
            caller = await self.check(rule, metadata, now=now)
        return self.authorize(rule, caller, request, now=now)

    def _player_of(self, caller: Caller | None, request: Message, *, now: int) -> Caller:
        """Return the player of a request; its own token comes before that of the metadata."""
        text: str = request.access_token  # type: ignore[attr-defined]  # in every request of a player
        if text:
            _require_length(text, "access_token", TOKEN_LENGTH_MAX)
            return self._player(text, now=now)
        if caller is None:
            raise CredentialMissing(needs="an access token")
        return caller

    def _player(self, text: str, *, now: int) -> Caller:
        digest = _digest(text)
        known = self._players.get(digest)
        if known is not None and known[1] > now:
            return known[0]
        token = self.tokens.read("access token", text, now=now)
        self.check_offset(token.time_offset_seconds)
        caller = Caller(
            user_id=token.subject,
            namespace_names=token.namespace_names,
            time_offset_ms=token.time_offset_seconds * 1000,
        )
        _remember(self._players, digest, caller, now=now, good_until=token.expires_at)
        return caller

    async def _check_project(self, text: str, *, now: int) -> tuple[Caller, int]:
        """Verify a key or a project token. Return the caller and the expiry of the result in Unix milliseconds."""
        parts = text.split(".")
        if len(parts) == _KEY_PARTS:
            return await self.check_key(*parts), now + CACHE_SECONDS * 1000
        token = self.tokens.read("project token", text, now=now)
        return await self.check_key(token.subject, None), token.expires_at

    async def check_key(self, key_id: str, secret: str | None) -> Caller:
        """Look up a key and verify its secret, unless it is None. Raises CredentialInvalid."""

        async def body(tx: Tx) -> tuple[keys.Key, bytes] | None:
            return await keys.find(tx, key_id)

        found = None if "\x00" in key_id else await self._store.run(body, write=False)
        if found is None or found[0].revoked_at is not None:
            raise CredentialInvalid(kind="key")
        key, secret_hash = found
        if secret is not None and not keys.opens(secret, secret_hash):
            raise CredentialInvalid(kind="key")
        return Caller(
            role=key.role,
            key_id=key.key_id,
            namespace_names=key.namespace_names,
            code_access=_ROLES[key.role].codes,
        )

    def _shift(self, caller: Caller, request: Message, *, now: int) -> Caller:
        """Apply a time offset token to a call for a player."""
        text: str = request.time_offset_token  # type: ignore[attr-defined]  # as the rule says
        if not text:
            return caller
        _require_length(text, "time_offset_token", TIME_OFFSET_TOKEN_LENGTH_MAX)
        user_id: str = request.user_id  # type: ignore[attr-defined]  # beside every time_offset_token
        seconds = self.time_offset(text, user_id, now=now)
        return replace(caller, time_offset_ms=seconds * 1000)

    def time_offset(self, text: str, user_id: str, *, now: int) -> int:
        """Return the seconds of a time offset token. Raises CredentialInvalid for a token of another player."""
        use: Use = "time offset token"
        token = self.tokens.read(use, text, now=now)
        if token.subject != user_id:
            raise CredentialInvalid(kind=use)
        self.check_offset(token.time_offset_seconds)
        return token.time_offset_seconds

    def check_offset(self, seconds: int) -> None:
        """Raise TimeOffsetDisabled for an offset that the configuration does not allow."""
        if seconds and not self._time_offsets:
            raise TimeOffsetDisabled

    def forget(self) -> None:
        """Empty the cache of keys, after one was revoked."""
        self._projects.clear()


def _bearer(metadata: Metadata) -> str:
    """Return the header that holds a key. Raises CredentialMissing."""
    header = metadata.get("authorization", "")
    if not isinstance(header, str) or not header[: len(_BEARER)].lower() == _BEARER:
        raise CredentialMissing(needs="a key: metadata `authorization: Bearer <key>`")
    return header


def _refuse_forwarded(metadata: Metadata) -> None:
    for header in FORWARDING_HEADERS:
        if header in metadata:
            raise ForwardedCallRefused(header=header)


def _require_length(text: str, field: str, length_max: int) -> None:
    """Raise ValidationFailed, instead of a refusal of the credential, for a token that is too long by the contract."""
    if len(text) > length_max:
        problem = f"must be at most {length_max} characters"
        raise ValidationFailed(violations=[Violation(field, problem, "tooLong")])


def _check_namespace(caller: Caller, rule: MethodRule, request: Message) -> None:
    if not (rule.answers_token or rule.decides_namespaces):
        require_namespace(caller, None if rule.namespace_field is None else getattr(request, rule.namespace_field))


def require_namespace(caller: Caller, name: str | None) -> None:
    """Raise NamespaceNotAllowed unless the caller's key covers a namespace, or all namespaces for None."""
    if caller.namespace_names is not None and name not in caller.namespace_names:
        raise NamespaceNotAllowed


def _remember(
    cache: dict[bytes, tuple[Caller, int]], digest: bytes, caller: Caller, *, now: int, good_until: int
) -> None:
    if len(cache) >= CACHE_MAX:
        del cache[next(iter(cache))]
    cache[digest] = caller, min(good_until, now + CACHE_SECONDS * 1000)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _role_name(role: options_pb2.Role) -> str:
    return spelling(options_pb2.Role.DESCRIPTOR, role)


def _access_name(rule: MethodRule) -> str:
    name: str = options_pb2.Access.Name(rule.access).removeprefix("ACCESS_").lower()
    return f"{name}, writing" if rule.writes else name
