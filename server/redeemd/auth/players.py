"""Identifies players by their tokens: those of this server, and those of identity providers."""

from collections.abc import Callable

from redeem.options.v1 import options_pb2

from redeemd.auth.bearer import credential_in
from redeemd.auth.cached import CredentialCache
from redeemd.auth.providers import Providers
from redeemd.auth.tokens import Tokens
from redeemd.contract.options import MethodRule
from redeemd.rpc.call import Caller
from redeemd.rpc.ports import Metadata


class Players:
    """The players whose tokens are valid. Tokens of identity providers are accepted in the metadata only."""

    def __init__(self, tokens: Tokens, providers: Providers | None, check_offset: Callable[[int], None]) -> None:
        """`check_offset` raises a refusal for the seconds of a time offset that is not allowed."""
        self._tokens = tokens
        self._providers = providers
        self._check_offset = check_offset
        self._own = CredentialCache()
        self._foreign = CredentialCache()

    def text(self, rule: MethodRule, metadata: Metadata) -> str:
        """Return the token of a player in the metadata: its own header, or a bearer token of an identity provider."""
        if rule.access != options_pb2.ACCESS_PLAYER:
            return ""
        text = metadata.get("x-access-token", "")
        if text or self._providers is None:
            return text
        bearer = credential_in(metadata.get("authorization", ""))
        return bearer if self._providers.issuer_of(bearer) is not None else ""

    def known(self, text: str, *, now: int) -> Caller | None:
        """Return the player of a token in the metadata; None if an identity provider has to verify it.

        Raises CredentialInvalid or TimeOffsetDisabled.
        """
        if self._providers is None:
            return self.own(text, now=now)
        found = self._own.find(text, now=now) or self._foreign.find(text, now=now)
        if found is None and self._providers.issuer_of(text) is None:
            return self.own(text, now=now)
        return found

    def must_check(self, rule: MethodRule, metadata: Metadata) -> bool:
        """Return whether an identity provider has to verify the token of a player that is not known."""
        return self._providers is not None and bool(self.text(rule, metadata))

    async def check(self, text: str, *, now: int) -> Caller:
        """Verify a token of an identity provider. Raises CredentialInvalid or IdentityProviderUnavailable."""
        assert self._providers is not None
        issuer = self._providers.issuer_of(text)
        assert issuer is not None, "any other token is known"
        caller, good_until = await self._providers.player(issuer, text, now=now)
        self._foreign.put(text, caller, now=now, good_until=good_until)
        return caller

    def own(self, text: str, *, now: int) -> Caller:
        """Return the player of a token of this server. Raises CredentialInvalid or TimeOffsetDisabled."""
        known = self._own.find(text, now=now)
        if known is not None:
            return known
        token = self._tokens.read("access token", text, now=now)
        self._check_offset(token.time_offset_seconds)
        caller = Caller(
            user_id=token.subject,
            namespace_names=token.namespace_names,
            time_offset_ms=token.time_offset_seconds * 1000,
        )
        self._own.put(text, caller, now=now, good_until=token.expires_at)
        return caller
