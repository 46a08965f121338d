"""The endpoints of an identity provider, which it describes itself (OpenID Connect Discovery 1.0)."""

import base64
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote_plus

import aiohttp
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from redeemd import __version__
from redeemd.config.identities import check_url
from redeemd.config.openid import OpenIdClient
from redeemd.http import replies
from redeemd.http.places import Places
from redeemd.http.refusal import Refused as Full

FRESH_SECONDS = 600
SECONDS_MAX = 5.0  # of one request
BYTES_MAX = 64 * 1024
_REQUESTS_MAX = 16  # at once
_REQUESTS_WAITING_MAX = 64
_OK = 200
_SERVER_ERROR = 500
_Url = Annotated[str, AfterValidator(check_url)]


class ProviderUnavailable(Exception):
    """The provider does not respond, or not as a provider does. The text is for the log."""


class ProviderRefused(Exception):
    """The provider refused a code, with this error of RFC 6749, section 5.2."""


class Metadata(BaseModel):
    """What a provider says of itself, as far as it is needed. Endpoints are safe URLs: see check_url."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    issuer: str
    authorization_endpoint: _Url
    token_endpoint: _Url
    end_session_endpoint: _Url | None = None
    states_issuer: bool = Field(False, alias="authorization_response_iss_parameter_supported")  # RFC 9207
    client_authentications: list[str] = Field(
        default=["client_secret_basic"], alias="token_endpoint_auth_methods_supported"
    )


class _Tokens(BaseModel):
    id_token: str


class _Error(BaseModel):
    error: str


class Provider:
    """The provider of a client. What it says of itself is used for FRESH_SECONDS, and while it cannot be fetched."""

    def __init__(self, client: OpenIdClient, now: Callable[[], int]) -> None:
        self._client = client
        self._now = now
        self._places = Places(_REQUESTS_MAX, waiting_max=_REQUESTS_WAITING_MAX, wait_seconds=SECONDS_MAX)
        self._metadata: Metadata | None = None
        self._fetched_at = 0

    async def metadata(self) -> Metadata:
        """Return what the provider says of itself. Raises ProviderUnavailable."""
        known = self._metadata
        if known is not None and 0 <= self._now() - self._fetched_at < FRESH_SECONDS * 1000:
            return known
        try:
            self._metadata = known = await self._fetch()
        except ProviderUnavailable:
            if known is None:
                raise
        self._fetched_at = self._now()
        return known

    async def _fetch(self) -> Metadata:
        url = f"{self._client.issuer.rstrip('/')}/.well-known/openid-configuration"
        status, body = await self._request("GET", url)
        if status != _OK:
            raise ProviderUnavailable(f"{url}: status {status}")
        try:
            found = Metadata.model_validate_json(body)
        except ValidationError as error:
            fields = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors() if problem["loc"]}))
            raise ProviderUnavailable(f"{url}: is not the metadata of a provider: {fields}") from None
        if found.issuer != self._client.issuer:
            raise ProviderUnavailable(f"{url}: is of another issuer")
        return found

    async def id_token(self, code: str, *, verifier: str, redirect_url: str) -> str:
        """Return the ID token for a code, not verified. Raises ProviderRefused or ProviderUnavailable."""
        metadata = await self.metadata()
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_url,
            "code_verifier": verifier,
        }
        headers, proof = self._authentication(metadata)
        status, body = await self._request("POST", metadata.token_endpoint, headers=headers, data=fields | proof)
        try:
            if _OK < status < _SERVER_ERROR:
                raise ProviderRefused(_Error.model_validate_json(body).error)
            if status == _OK:
                return _Tokens.model_validate_json(body).id_token
        except ValidationError:
            pass
        raise ProviderUnavailable(f"{metadata.token_endpoint}: status {status}, without an ID token or an error")

    def _authentication(self, metadata: Metadata) -> tuple[dict[str, str], dict[str, str]]:
        """Return the headers and the fields by which the client authenticates itself (RFC 6749, section 2.3.1)."""
        client_id = self._client.client_id
        if self._client.secret is None:
            return {}, {"client_id": client_id}
        secret, known = self._client.secret.get_secret_value(), metadata.client_authentications
        if "client_secret_post" in known and "client_secret_basic" not in known:
            return {}, {"client_id": client_id, "client_secret": secret}
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}

    async def _request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, data: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Return the status and the body of a response. Raises ProviderUnavailable."""
        own = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"redeemd/{__version__}"}
        try:
            async with (
                self._places.taken(),
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=SECONDS_MAX), auto_decompress=False
                ) as session,
                session.request(
                    method, url, headers=own | dict(headers or {}), data=data, allow_redirects=False
                ) as response,
            ):
                return response.status, await replies.read(response, BYTES_MAX)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, Full) as problem:
            raise ProviderUnavailable(f"{url}: {type(problem).__name__}") from None
