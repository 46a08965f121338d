"""The public keys of an identity provider: fetched when needed, cached, and used for a while when it is down."""

import asyncio
import json
from collections.abc import Mapping, Sequence

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from redeemd import __version__
from redeemd.base.clock import Clock
from redeemd.http import replies

FRESH_SECONDS = 600  # then keys are fetched again, in the background
STALE_SECONDS = 86_400  # how long keys are used while the provider is unavailable
PAUSE_SECONDS = 10  # between two attempts to fetch
FETCH_SECONDS_MAX = 5.0
BYTES_MAX = 256 * 1024
KEYS_MAX = 100
RSA_BITS_MIN = 2048

# A provider that publishes private keys by mistake must not make this server load, check and use them.
_PUBLIC_MEMBERS = ("kty", "kid", "n", "e", "crv", "x", "y")
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


class ProviderUnavailable(Exception):
    """The provider's keys could not be fetched, and there are none that may still be used."""


class KeySet:
    """The keys of one provider, by their id."""

    def __init__(self, url: str, algorithms: Sequence[str], clock: Clock) -> None:
        self._url = url
        self._algorithms = algorithms
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at: int | None = None  # Unix milliseconds
        self._tried_at: int | None = None
        self._fetching: asyncio.Task[None] | None = None

    @property
    def source(self) -> tuple[str, tuple[str, ...]]:
        """The URL of the keys, and the algorithms that they are for."""
        return self._url, tuple(self._algorithms)

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """Return a key, or None if the provider has none with this id. None as id: its only key, if it has just one.

        An unknown id lets the keys be fetched again, at most every PAUSE_SECONDS. Raises ProviderUnavailable.
        """
        age = self._age()
        if age is None or age >= STALE_SECONDS * 1000:
            await self._fetch()
            age = self._age()
            if age is None or age >= STALE_SECONDS * 1000:
                raise ProviderUnavailable
        elif self._get(key_id) is None:
            await self._fetch()
        elif age >= FRESH_SECONDS * 1000:
            self._begin()
        return self._get(key_id)

    def _get(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is not None:
            return self._keys.get(key_id)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    def _age(self) -> int | None:
        return None if self._fetched_at is None else self._clock.now_ms() - self._fetched_at

    async def _fetch(self) -> None:
        """Wait for an attempt to fetch the keys, unless the last one was a moment ago."""
        task = self._begin()
        if task is not None:
            await asyncio.shield(task)  # others may wait for it as well

    def _begin(self) -> "asyncio.Task[None] | None":
        """Begin an attempt to fetch the keys, or return the one in progress; None if the last one was a moment ago."""
        now = self._clock.now_ms()
        if self._fetching is None:
            if self._tried_at is not None and 0 <= now - self._tried_at < PAUSE_SECONDS * 1000:
                return None
            self._tried_at = now
            self._fetching = asyncio.create_task(self._attempt())
        return self._fetching

    async def _attempt(self) -> None:
        try:
            keys = parse(await self._get_text(), self._algorithms)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return  # the keys that are there stay in use
        finally:
            self._fetching = None
        self._keys = keys
        self._fetched_at = self._clock.now_ms()

    async def _get_text(self) -> bytes:
        """Return the body. Raises ValueError for one that is too long, or for another status than 200."""
        headers = {"Accept": "application/jwk-set+json, application/json", "User-Agent": f"redeemd/{__version__}"}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS_MAX)) as session,
            session.get(self._url, headers=headers, allow_redirects=False) as response,
        ):
            if response.status != 200:  # noqa: PLR2004 -- OK
                raise ValueError(f"status {response.status}")
            return await replies.read(response, BYTES_MAX)

    async def close(self) -> None:
        """Abandon an attempt in progress."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)


def parse(text: bytes, algorithms: Sequence[str]) -> dict[str | None, jwt.PyJWK]:
    """Parse a JWK set (RFC 7517): its usable keys for these algorithms, by id. Raises ValueError."""
    try:
        members = json.loads(text)["keys"]
    except (TypeError, KeyError, RecursionError):
        raise ValueError("not a JWK set") from None
    if not isinstance(members, list) or len(members) > KEYS_MAX:
        raise ValueError("not a JWK set of a supported size")
    found = (_key(member, algorithms) for member in members if isinstance(member, dict))
    return {key.key_id: key for key in found if key is not None}


def _key(member: Mapping[str, object], algorithms: Sequence[str]) -> jwt.PyJWK | None:
    """Return a key that verifies signatures with one of the algorithms; None for any other."""
    algorithm = _algorithm(member, algorithms)
    key_id = member.get("kid")
    if algorithm is None or member.get("use", "sig") != "sig" or not (key_id is None or isinstance(key_id, str)):
        return None
    try:
        key = jwt.PyJWK({name: member[name] for name in _PUBLIC_MEMBERS if name in member}, algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < RSA_BITS_MIN:
        return None
    return key


def _algorithm(member: Mapping[str, object], algorithms: Sequence[str]) -> str | None:
    """Return the algorithm of a key: its own, or the first of the accepted ones that its type can have."""
    kind, curve, own = member.get("kty"), member.get("crv"), member.get("alg")
    fitting: list[str] = []
    if kind == "RSA":
        fitting = [name for name in algorithms if name.startswith(("RS", "PS"))]
    elif kind == "EC":
        fitting = [name for name in algorithms if name == _CURVES.get(str(curve))]
    elif kind == "OKP":
        fitting = [name for name in algorithms if name == "EdDSA"]
    return next((name for name in fitting if own is None or name == own), None)
