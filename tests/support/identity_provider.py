"""An identity provider on this machine: publishes keys, signs tokens, and fails on request."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "redeemd"
LIFETIME_SECONDS = 600


class IdentityProvider:
    """A provider whose tokens are signed with the newest of its keys."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.url = ""
        self.issuer = ""
        self.fetched = 0  # how often its keys were
        self.body: bytes | None = None  # in place of its keys
        self.status = 200
        self.now: Callable[[], float] = time.time  # in seconds
        self._keys: dict[str, tuple[str, Any, dict[str, Any]]] = {}  # Any: private keys of all types, and JSON
        self.rotate()

    def rotate(self, algorithm: str = "ES256", *, keep: bool = False, publish_private: bool = False) -> None:
        """Replace its keys by a new one, or add that one. `publish_private`: with its private members."""
        key_id = f"key-{len(self._keys)}-{time.monotonic_ns()}"
        self._keys = {
            **(self._keys if keep else {}),
            key_id: (algorithm, *_generate(algorithm, private=publish_private)),
        }

    def token(self, *, header: Mapping[str, object] | None = None, **claims: object) -> str:
        """Sign a token; claims of None are left out."""
        key_id, (algorithm, key, _) = list(self._keys.items())[-1]
        now = int(self.now())
        usual = {"iss": self.issuer, "aud": AUDIENCE, "sub": "someone", "iat": now, "exp": now + LIFETIME_SECONDS}
        chosen = {name: value for name, value in (usual | claims).items() if value is not None}
        return jwt.encode(chosen, key, algorithm, headers={"kid": key_id, **(header or {})})

    async def keys(self, _request: web.Request) -> web.Response:
        """Respond with the JWK set."""
        self.fetched += 1
        members = [{**public, "kid": key_id, "use": "sig"} for key_id, (_, _, public) in self._keys.items()]
        body = json.dumps({"keys": members}).encode() if self.body is None else self.body
        return web.Response(body=body, status=self.status, content_type="application/json")

    def routes(self) -> list[web.RouteDef]:
        """Return what it serves."""
        return [web.get("/keys", self.keys)]

    def settings(self, **others: object) -> dict[str, object]:
        """Return how a server may be configured for it."""
        return {
            "audiences": [AUDIENCE],
            "algorithms": ["ES256"],
            "jwksUrl": f"{self.url}/keys",
            "playerClaim": ["sub"],
            "roleClaim": ["groups"],
            "roles": {"ops": {"role": "admin"}, "shop": {"role": "server", "namespaces": ["shop"]}},
        } | others

    def file(self, folder: Path, **others: object) -> Path:
        """Return a file of identities with this provider."""
        path = folder / "identities.json"
        path.write_text(json.dumps({"issuers": {self.issuer: self.settings(**others)}}))
        return path


# Any: the private keys of the three types have no common class; the other is JSON.
def _generate(algorithm: str, *, private: bool = False) -> tuple[Any, dict[str, Any]]:
    if algorithm == "ES256":
        curve = ec.generate_private_key(ec.SECP256R1())
        return curve, ECAlgorithm.to_jwk(curve if private else curve.public_key(), as_dict=True)
    if algorithm == "EdDSA":
        edwards = ed25519.Ed25519PrivateKey.generate()
        return edwards, OKPAlgorithm.to_jwk(edwards if private else edwards.public_key(), as_dict=True)
    large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return large, RSAAlgorithm.to_jwk(large if private else large.public_key(), as_dict=True)


@contextlib.asynccontextmanager
async def providing() -> AsyncIterator[IdentityProvider]:
    """Run a provider."""
    provider = IdentityProvider()
    async with serving(provider):
        yield provider


@contextlib.asynccontextmanager
async def serving(provider: IdentityProvider) -> AsyncIterator[None]:
    """Run this provider."""
    application = web.Application()
    application.add_routes(provider.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        provider.url = f"http://{provider.host}:{runner.addresses[0][1]}"
        provider.issuer = f"{provider.url}/"
        yield
    finally:
        await runner.cleanup()
