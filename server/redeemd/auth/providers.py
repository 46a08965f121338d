"""Tokens of identity providers: JSON Web Tokens (RFC 7519) with signatures of their published keys."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import jwt
from jwt.types import Options
from redeem.auth.v1 import requests_pb2

from redeemd.auth.jwks import KeySet, ProviderUnavailable
from redeemd.auth.roles import caller_of
from redeemd.auth.tokens import TOKEN_LENGTH_MAX
from redeemd.base.clock import Clock
from redeemd.config.identities import Identities
from redeemd.contract import validation
from redeemd.errors import CredentialInvalid, IdentityProviderUnavailable
from redeemd.rpc.call import Caller

LEEWAY_SECONDS = 30  # of clocks, for the times before which a token is not valid
SUBJECT_LENGTH_MAX = 256
KIND = "token of an identity provider"

_PARTS = 3
_TIME_MAX = 10**11  # seconds; thousands of years from now


@dataclass(frozen=True, slots=True)
class Verified:
    """The claims of a verified token, and its expiry in Unix milliseconds."""

    issuer: str
    claims: Mapping[str, object]
    expires_at: int


class Providers:
    """The identity providers of the configuration."""

    def __init__(self, identities: Identities, clock: Clock, known: Iterable[KeySet] = ()) -> None:
        """`known` are the keys of providers that were configured before, and may have been fetched."""
        self._settings = identities.issuers
        self._clock = clock
        fetched = {keys.source: keys for keys in known}
        self._keys = {
            name: fetched.get((settings.jwks_url, tuple(settings.algorithms)))
            or KeySet(settings.jwks_url, settings.algorithms, clock)
            for name, settings in self._settings.items()
        }
        self._roles = {
            name: {value: caller_of(grant, name="") for value, grant in settings.roles.items()}
            for name, settings in self._settings.items()
        }

    def replaced(self, identities: Identities) -> "Providers":
        """Return the providers of a new configuration; those that stay keep the keys that were fetched."""
        return Providers(identities, self._clock, self._keys.values())

    def issuer_of(self, text: str) -> str | None:
        """Return the configured issuer that a token claims, without verifying it; None for any other text."""
        parts = text.split(".")
        if len(parts) != _PARTS or len(text) > TOKEN_LENGTH_MAX or not self._settings:
            return None
        try:
            payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
            issuer = json.loads(payload)["iss"]
        except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
            return None
        return issuer if isinstance(issuer, str) and issuer in self._settings else None

    async def player(self, issuer: str, text: str, *, now: int) -> tuple[Caller, int]:
        """Return the player of a token and its expiry in Unix milliseconds.

        Raises CredentialInvalid, also for a token that names no player, or IdentityProviderUnavailable.
        """
        settings = self._settings[issuer]
        token = await self.verify(issuer, text, now=now)
        user_id = None if settings.player_claim is None else _claim(token.claims, settings.player_claim)
        if not isinstance(user_id, str) or not _is_user_id(user_id):
            raise CredentialInvalid(kind=KIND)
        names = settings.player_namespaces
        return Caller(user_id=user_id, namespace_names=None if names is None else frozenset(names)), token.expires_at

    async def project(self, issuer: str, text: str, *, now: int) -> tuple[Caller, int]:
        """Return the caller with a role that a token names, and its expiry in Unix milliseconds.

        Raises CredentialInvalid, also for a token without a role, or IdentityProviderUnavailable.
        """
        settings = self._settings[issuer]
        token = await self.verify(issuer, text, now=now)
        claim = None if settings.role_claim is None else _claim(token.claims, settings.role_claim)
        values = claim if isinstance(claim, list) else [claim]
        found = next((caller for value, caller in self._roles[issuer].items() if value in values), None)
        subject = token.claims.get("sub")
        if found is None or not isinstance(subject, str) or not _is_subject(subject):
            raise CredentialInvalid(kind=KIND)
        return replace(found, key_id=f"token:{issuer}#{subject}"), token.expires_at

    async def verify(self, issuer: str, text: str, *, now: int) -> Verified:
        """Return what a token says whose issuer is to be this one, whatever its claims make of its bearer.

        Raises CredentialInvalid, also for an issuer that is not configured, or IdentityProviderUnavailable.
        """
        if issuer not in self._settings:
            raise CredentialInvalid(kind=KIND)
        settings = self._settings[issuer]
        key = await self._key(issuer, text)
        # The clock is ours, not PyJWT's, so times are checked below.
        options: Options = {
            "require": ["exp", "aud", "iss"],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
            "verify_sub": False,
            "enforce_minimum_key_length": True,
        }
        try:
            claims: Mapping[str, object] = jwt.decode(
                text, key, algorithms=settings.algorithms, audience=settings.audiences, issuer=issuer, options=options
            )
            expires_at = _milliseconds(claims["exp"])
            begins = max((_milliseconds(claims[name]) for name in ("nbf", "iat") if name in claims), default=0)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise CredentialInvalid(kind=KIND) from None
        if expires_at <= now or begins > now + LEEWAY_SECONDS * 1000:
            raise CredentialInvalid(kind=KIND)
        return Verified(issuer, claims, expires_at)

    async def _key(self, issuer: str, text: str) -> jwt.PyJWK:
        """Return the key that a token says it is signed with. Raises what `player` raises."""
        try:
            header = jwt.get_unverified_header(text)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise CredentialInvalid(kind=KIND) from None
        # So that garbage lets nobody fetch keys.
        if header.get("alg") not in self._settings[issuer].algorithms:
            raise CredentialInvalid(kind=KIND)
        try:
            key = await self._keys[issuer].find(header.get("kid"))
        except ProviderUnavailable:
            raise IdentityProviderUnavailable from None
        if key is None:
            raise CredentialInvalid(kind=KIND)
        return key

    async def close(self) -> None:
        """Abandon what is being fetched."""
        for keys in self._keys.values():
            await keys.close()


def _claim(claims: Mapping[str, object], path: Sequence[str]) -> object:
    """Return the claim at a path; None if there is none."""
    value: object = claims
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_user_id(text: str) -> bool:
    try:
        return not validation.violations(requests_pb2.LoginRequest(user_id=text))
    except UnicodeEncodeError:  # JSON may hold half of a surrogate pair
        return False


def _is_subject(text: str) -> bool:
    """Return whether a subject can be part of the name of a caller, which people read in logs and events."""
    return 0 < len(text) <= SUBJECT_LENGTH_MAX and text.isprintable()


def _milliseconds(value: object) -> int:
    """Return a NumericDate in milliseconds. Raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _TIME_MAX:
        raise ValueError("not a time")
    return int(value * 1000)
