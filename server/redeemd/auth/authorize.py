"""Identifies the caller of each call and decides whether the call is allowed, before the request is used."""

from collections.abc import Mapping
from dataclasses import replace

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.auth import keys
from redeemd.auth.bearer import bearer_header, credential_in
from redeemd.auth.cached import CACHE_SECONDS, CredentialCache
from redeemd.auth.peers import Peers
from redeemd.auth.players import Players
from redeemd.auth.providers import KIND, Providers
from redeemd.auth.roles import code_access, require_role
from redeemd.auth.tokens import TIME_OFFSET_TOKEN_LENGTH_MAX, TOKEN_LENGTH_MAX, Tokens, Use
from redeemd.base.net import FORWARDING_HEADERS
from redeemd.config.identities import Identities
from redeemd.contract.options import MethodRule
from redeemd.errors import (
    CredentialInvalid,
    CredentialMissing,
    ForwardedCallRefused,
    NamespaceNotAllowed,
    TimeOffsetDisabled,
    ValidationFailed,
    Violation,
)
from redeemd.rpc.call import NOBODY, Caller
from redeemd.rpc.ports import Context, Metadata
from redeemd.store.base import Store, Tx

_KEY_PARTS, _TOKEN_PARTS = 2, 3
_ADMIN = Caller(role=options_pb2.ROLE_ADMIN, code_access=options_pb2.CODE_ACCESS_FULL)


class Authorizer:
    """Decides with the keys of the store, the tokens of this server, and the identities of the configuration.

    See redeemd.rpc.ports.AccessControl.

    Verified credentials are cached: see CredentialCache.
    """

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        *,
        enabled: bool,
        time_offsets: bool,
        peers: Peers | None = None,
        providers: Providers | None = None,
    ) -> None:
        """`peers` and `providers` are None if the configuration names no file of identities."""
        self._store = store
        self.tokens = tokens
        self._peers = peers if enabled else None
        self._providers = providers if enabled else None
        self._enabled = enabled
        self._time_offsets = time_offsets
        self._players = Players(tokens, self._providers, self.check_offset)
        self._projects = CredentialCache()

    def known(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller | None:
        """Return the caller that the metadata identifies; None if a key must be looked up, or the request has it.

        Raises a refusal of UNAUTHENTICATED or PERMISSION_DENIED.
        """
        if not self._enabled:
            _refuse_forwarded(metadata)
        if not rule.needs_key:
            text = self._players.text(rule, metadata)
            return self._players.known(text, now=now) if text else None
        if not self._enabled:
            return _ADMIN
        known = self._projects.find(bearer_header(metadata), now=now)
        if known is not None:
            require_role(known, rule)
        return known

    @property
    def knows_peers(self) -> bool:
        """Whether the peer of a connection may be a caller."""
        return self._peers is not None

    def peer(self, rule: MethodRule, context: Context) -> Caller | None:
        """Return the caller that the peer of a call is; None if it is none, or the call has another credential.

        Raises CredentialMissing, CredentialInvalid or RoleNotAllowed.
        """
        caller = None if self._peers is None else self._peers.caller(context)
        if caller is not None:
            require_role(caller, rule)
        return caller

    def must_check(self, rule: MethodRule, metadata: Metadata) -> bool:
        """Return whether `check` has to identify the caller of a call, because `known` did not."""
        return rule.needs_key or self._players.must_check(rule, metadata)

    async def check(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller:
        """Verify the credential of a call with the store or an identity provider, and return its caller.

        Raises CredentialMissing, CredentialInvalid, RoleNotAllowed or IdentityProviderUnavailable.
        """
        if not rule.needs_key:
            return await self._players.check(self._players.text(rule, metadata), now=now)
        header = bearer_header(metadata)
        cache = self._projects
        caller, good_until = await self._check_project(credential_in(header), now=now)
        cache.put(header, caller, now=now, good_until=good_until)
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
        if caller is None and self.must_check(rule, metadata):
            caller = await self.check(rule, metadata, now=now)
        return self.authorize(rule, caller, request, now=now)

    def _player_of(self, caller: Caller | None, request: Message, *, now: int) -> Caller:
        """Return the player of a request; its own token comes before that of the metadata."""
        text: str = request.access_token  # type: ignore[attr-defined]  # in every request of a player
        if text:
            _require_length(text, "access_token", TOKEN_LENGTH_MAX)
            return self._players.own(text, now=now)
        if caller is None:
            raise CredentialMissing(needs="an access token")
        return caller

    async def _check_project(self, text: str, *, now: int) -> tuple[Caller, int]:
        """Verify a key or a project token. Return the caller and the expiry of the result in Unix milliseconds."""
        parts = text.split(".")
        if len(parts) == _KEY_PARTS:
            return await self.check_key(*parts), now + CACHE_SECONDS * 1000
        issuer = None if self._providers is None else self._providers.issuer_of(text)
        if self._providers is not None and issuer is not None:
            return await self._providers.project(issuer, text, now=now)
        if len(parts) != _TOKEN_PARTS:
            raise CredentialInvalid(kind="key or project token")
        token = self.tokens.read("project token", text, now=now)
        return await self.check_key(token.subject, None), token.expires_at

    async def claims(self, issuer: str, text: str, *, now: int) -> tuple[Mapping[str, object], int]:
        """Return the claims of a token of an identity provider, and its expiry in Unix milliseconds.

        Raises CredentialInvalid or IdentityProviderUnavailable.
        """
        if self._providers is None:
            raise CredentialInvalid(kind=KIND)
        token = await self._providers.verify(issuer, text, now=now)
        return token.claims, token.expires_at

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
            code_access=code_access(key.role),
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

    async def close(self) -> None:
        """Abandon what is being fetched from identity providers."""
        if self._providers is not None:
            await self._providers.close()

    def forget(self) -> None:
        """Empty the cache of keys, after one was revoked. A check in progress does not fill the new one."""
        self._projects = CredentialCache()

    def use(self, identities: Identities) -> None:
        """Replace the identities of the configuration, for all calls that begin from now on."""
        if self._peers is not None:
            self._peers = Peers(identities)
        if self._providers is not None:
            self._providers = self._providers.replaced(identities)
            self._players = Players(self.tokens, self._providers, self.check_offset)
        self.forget()


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
    if not (rule.returns_token or rule.decides_namespaces):
        require_namespace(caller, None if rule.namespace_field is None else getattr(request, rule.namespace_field))


def require_namespace(caller: Caller, name: str | None) -> None:
    """Raise NamespaceNotAllowed unless the caller's key covers a namespace, or all namespaces for None."""
    if caller.namespace_names is not None and name not in caller.namespace_names:
        raise NamespaceNotAllowed
