"""Signed tokens: access tokens of players, project tokens, time offset tokens.

They are JSON Web Tokens (RFC 7519), signed with HS256 by a key derived from the master key that `kid` names. `aud`
states the use of a token, so no token is accepted as one of another kind.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from jwt.types import Options

from redeemd.crypto.keyring import KeyRing
from redeemd.errors import CredentialInvalid

Use = Literal["access token", "project token", "time offset token"]

ACCESS_TOKEN_SECONDS = 60 * 60
TIME_OFFSET_TOKEN_SECONDS = 60 * 60
TOKEN_LENGTH_MAX = 8192
TIME_OFFSET_TOKEN_LENGTH_MAX = 1024  # documented

_ISSUER = "redeemd"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class Token:
    """The content of a token. `expires_at` is in Unix milliseconds."""

    subject: str
    expires_at: int
    time_offset_seconds: int = 0
    namespace_names: frozenset[str] | None = None


class _Utf8(json.JSONEncoder):
    """Writes characters unescaped: with escapes, the token of a player with a long id would be too long."""

    def __init__(self, **options: Any) -> None:  # those of json.JSONEncoder
        super().__init__(**options | {"ensure_ascii": False})


class Tokens:
    """Issues tokens under the current key, and reads tokens under any key."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._keys: dict[str, bytes] = {}
        ring.follow(self._derive)

    def _derive(self) -> None:
        self._keys = self._ring.children("token/v1")

    def issue(self, use: Use, token: Token) -> str:
        """Sign a token."""
        claims: dict[str, object] = {
            "iss": _ISSUER,
            "aud": use,
            "sub": token.subject,
            "exp": token.expires_at // 1000,
        }
        if token.time_offset_seconds:
            claims["offset"] = token.time_offset_seconds
        if token.namespace_names is not None:
            claims["namespaces"] = sorted(token.namespace_names)
        key, headers = self._keys[self._ring.current], {"kid": self._ring.current}
        return jwt.encode(claims, key, algorithm=_ALGORITHM, headers=headers, json_encoder=_Utf8)

    def read(self, use: Use, text: str, *, now: int) -> Token:
        """Verify and read a token. Raises CredentialInvalid, whatever is wrong with it."""
        try:
            if len(text) > TOKEN_LENGTH_MAX:
                raise CredentialInvalid(kind=use)
            key = self._keys[jwt.get_unverified_header(text)["kid"]]
            # The clock is ours, not PyJWT's, so the expiry is checked below.
            options: Options = {"require": ["exp", "sub"], "verify_exp": False}
            claims: Mapping[str, Any] = jwt.decode(  # written by `issue`, as the signature shows
                text, key, algorithms=[_ALGORITHM], audience=use, issuer=_ISSUER, options=options
            )
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise CredentialInvalid(kind=use) from None
        token = Token(
            subject=claims["sub"],
            expires_at=claims["exp"] * 1000,
            time_offset_seconds=claims.get("offset", 0),
            namespace_names=frozenset(claims["namespaces"]) if "namespaces" in claims else None,
        )
        if token.expires_at <= now:
            raise CredentialInvalid(kind=use)
        return token
