"""The file of identities: which peers, and which tokens of identity providers, are which callers."""

import ipaddress
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from redeemd.config.json_file import FromJson
from redeemd.config.spiffe import check_spiffe_id

RoleName = Literal["admin", "issuer", "server", "read", "client"]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
SpiffeId = Annotated[str, AfterValidator(check_spiffe_id)]
NamespaceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$")]
Namespaces = Annotated[list[NamespaceName], Field(min_length=1, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=512)]
ClaimPath = Annotated[list[Name], Field(min_length=1, max_length=8)]

LOOPBACK = "loopback"
UNIX = "unix"


def check_url(text: str) -> str:
    """Return the URL of a part of an identity provider. Raises ValueError for one that others could answer."""
    if not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("must be a URL of ASCII characters")
    parts = urlsplit(text)
    if parts.username is not None or parts.fragment or not parts.hostname:
        raise ValueError("must be https://HOST/PATH")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("must be https://..., or http://... on a loopback address")
    return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Grant(FromJson):
    """The permissions of a caller."""

    role: RoleName = Field(description="`admin`, `issuer`, `server` or `read`, as for an API key.")
    namespaces: Namespaces | None = Field(None, description="The namespaces it is limited to; absent: all.")


class IssuerSettings(FromJson):
    """An identity provider whose tokens are accepted."""

    audiences: list[Name] = Field(
        min_length=1, max_length=20, description="Values of `aud`, of which a token must have one."
    )
    algorithms: list[Algorithm] = Field(
        min_length=1, description="Signature algorithms to accept: RS, PS or ES with 256, 384 or 512, or EdDSA."
    )
    jwks_url: Annotated[str, AfterValidator(check_url)] = Field(description="URL of the provider's JWK set.")
    player_claim: ClaimPath | None = Field(
        None, description='Path of the claim that is the user ID of a player, such as `["sub"]`; absent: no players.'
    )
    player_namespaces: Namespaces | None = Field(
        None, description="The namespaces that its players are limited to; absent: all."
    )
    role_claim: ClaimPath | None = Field(
        None, description="Path of the claim, a text or a list of texts, that `roles` refers to."
    )
    roles: Annotated[dict[Name, Grant], Field(max_length=100)] = Field(
        default_factory=dict,
        description="The role of a token by the value of its role claim; of several values, the first one here counts.",
    )

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.player_claim is None and self.role_claim is None:
            raise ValueError("must have playerClaim or roleClaim")
        if (self.role_claim is None) != (not self.roles):
            raise ValueError("roleClaim and roles must be given together")
        return self


class Identities(FromJson):
    """The file."""

    peers: Annotated[dict[SpiffeId, Grant], Field(max_length=1000)] = Field(
        default_factory=dict, description="Roles by the SPIFFE ID of a peer's certificate."
    )
    forwarders: Annotated[list[Literal["loopback", "unix"] | SpiffeId], Field(max_length=100)] = Field(
        default_factory=list,
        description=(
            "Proxies whose `x-forwarded-client-cert` is trusted: SPIFFE IDs, `loopback` for plaintext connections from "
            "this machine, `unix` for those to the Unix socket."
        ),
    )
    issuers: Annotated[dict[Name, IssuerSettings], Field(max_length=20)] = Field(
        default_factory=dict, description="Identity providers by the `iss` of their tokens."
    )

    @property
    def needs_certificates(self) -> bool:
        """Whether it names peers or proxies, and none of them can be identified without client certificates."""
        return bool(self.peers or self.forwarders) and not {LOOPBACK, UNIX}.intersection(self.forwarders)
