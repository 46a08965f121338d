"""Fetches a file from a GitHub repository, with the contents API.

https://docs.github.com/en/rest/repos/contents, "Get repository content": GET /repos/{owner}/{repo}/contents/{path}?ref=
with the media type application/vnd.github.raw+json, which returns the raw contents of files up to 100 MB.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr
from redeem.common.v1 import common_pb2
from yarl import URL

from redeemd import __version__
from redeemd.base.trace import Trace, calling
from redeemd.errors import (
    CheckoutKeyNotFound,
    CheckoutRefused,
    CheckoutUnavailable,
    MasterDataInvalid,
    ValidationFailed,
    Violation,
)
from redeemd.http import replies

API_VERSION = "2022-11-28"
REDIRECTS_MAX = 3  # a renamed repository responds with one
SECONDS_MAX = 20.0
_SPAN_ATTRIBUTES = {"http.request.method": "GET"}  # the URL names a private repository

_REPOSITORY = re.compile(r"(?!\.\.?/)[A-Za-z0-9_.-]+/(?!\.\.?\Z)[A-Za-z0-9_.-]+")
_OK = 200
_SERVER_ERROR = 500
# Rate limit exceeded: 429, or 403 with a header that says so.
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_TOO_MANY = 429
_FORBIDDEN = 403


class GitHub:
    """Fetches files, with the API keys of the configuration by their ids."""

    def __init__(self, base_url: str, keys: Mapping[str, SecretStr]) -> None:
        self._base_url = base_url.rstrip("/")
        self._keys = keys

    def use(self, keys: Mapping[str, SecretStr]) -> None:
        """Use these API keys from now on."""
        self._keys = keys

    async def fetch(
        self, setting: common_pb2.GitHubCheckoutSetting, *, bytes_max: int, trace: Trace | None = None
    ) -> bytes:
        """Return the contents of a file.

        Raises CheckoutKeyNotFound, CheckoutRefused, CheckoutUnavailable, MasterDataInvalid if the file is too large, or
        ValidationFailed if the repository or the path is malformed.
        """
        key = self._keys.get(setting.api_key_id)
        if key is None:
            raise CheckoutKeyNotFound
        url = self._url(setting)
        headers = {
            "Accept": "application/vnd.github.raw+json",
            "Authorization": f"Bearer {key.get_secret_value()}",
            "User-Agent": f"redeemd/{__version__}",
            "X-GitHub-Api-Version": API_VERSION,
        }
        try:
            with calling(trace, "GET", _SPAN_ATTRIBUTES) as out:
                return await _get(url, headers | dict(out.headers), bytes_max)
        except (aiohttp.ClientError, TimeoutError, OSError):
            raise CheckoutUnavailable from None

    def _url(self, setting: common_pb2.GitHubCheckoutSetting) -> URL:
        problems = []
        if not _REPOSITORY.fullmatch(setting.repository_name):
            problems.append(Violation("checkout_setting.repository_name", "must be owner/name"))
        parts = setting.source_path.strip("/").split("/")
        if not all(part.strip() and part not in {".", ".."} for part in parts):
            problems.append(Violation("checkout_setting.source_path", "must be the path of a file in the repository"))
        if problems:
            raise ValidationFailed(violations=problems, component="currentMaster")
        path = "/".join(quote(part, safe="") for part in parts)
        reference = quote(_reference(setting), safe="")
        text = f"{self._base_url}/repos/{setting.repository_name}/contents/{path}?ref={reference}"
        return URL(text, encoded=True)


async def _get(url: URL, headers: Mapping[str, str], bytes_max: int) -> bytes:
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_MAX)) as session,
        session.get(url, headers=headers, max_redirects=REDIRECTS_MAX) as response,
    ):
        _check(response)
        return await _read(response, bytes_max)


def _reference(setting: common_pb2.GitHubCheckoutSetting) -> str:
    """Return the reference of the commit, in full: a branch and a tag may have the same short name."""
    if setting.reference_type == common_pb2.GIT_HUB_REFERENCE_TYPE_COMMIT_HASH:
        return setting.commit_hash
    if setting.reference_type == common_pb2.GIT_HUB_REFERENCE_TYPE_BRANCH:
        return f"refs/heads/{setting.branch_name}"
    return f"refs/tags/{setting.tag_name}"


def _check(response: aiohttp.ClientResponse) -> None:
    status = response.status
    exhausted = response.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in response.headers
    if status >= _SERVER_ERROR or status == _TOO_MANY or (status == _FORBIDDEN and exhausted):
        raise CheckoutUnavailable
    if status != _OK:
        raise CheckoutRefused(http_status=str(status))


async def _read(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    try:
        return await replies.read(response, bytes_max)
    except replies.TooLong:
        text = f"is longer than {bytes_max} bytes"
        raise MasterDataInvalid(violations=[Violation("settings", text, "tooLong")], error_type="tooLong") from None
