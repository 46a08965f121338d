"""Two replicas on PostgreSQL behind Envoy, with mutual TLS and SPIFFE IDs on every hop."""

import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from support.certificates import SERVER_NAME, Authority, Pair, channel
from support.envoy import SHIPPED, Config, Envoy, running, write
from support.identity_provider import IdentityProvider, providing
from support.replicas import SERVICE_CONFIG, Replicas
from support.service import HttpAnswer, Service

ISSUER = "https://login.studio.example/"
REDEEMD = "spiffe://studio.example/ns/redeemd/sa/redeemd"
GATEWAY = "spiffe://studio.example/ns/mesh/sa/gateway"
LOBBY = "spiffe://studio.example/ns/game/sa/lobby"
CONSOLE = "spiffe://studio.example/ns/ops/sa/console"
STRANGER = "spiffe://studio.example/ns/other/sa/other"
REPLICAS = 2
PUBLISHED = SERVICE_CONFIG.read_text()


class Mesh:
    """Replicas, and the Envoy in front of them, with the authority of all certificates and the identity provider."""

    def __init__(self, folder: Path, provider: IdentityProvider) -> None:
        self.folder = folder
        self.provider = provider
        self.authority = Authority(folder / "authority")
        self.own = self.authority.issue(SERVER_NAME, uris=[REDEEMD])
        self.replicas = Replicas(folder / "data", 2, *self._flags(), count=REPLICAS)
        self.envoy: Envoy = None  # type: ignore[assignment]  # set before anybody has it

    def _flags(self) -> list[str]:
        identities = json.loads((SHIPPED / "identities.json").read_text())
        identities["issuers"][ISSUER]["jwksUrl"] = f"{self.provider.url}/keys"
        file = self.folder / "identities.json"
        file.write_text(json.dumps(identities))
        flags = {
            "--tls-cert": self.own.certificate,
            "--tls-key": self.own.key,
            "--tls-client-ca": self.authority.ca,
            "--identities": file,
        }
        return [str(part) for pair in flags.items() for part in pair]

    def certificate(self, *uris: str) -> Pair:
        """Issue a certificate for URIs."""
        return self.authority.issue(SERVER_NAME, uris=uris)

    def channel(self, client: Pair | None, *, port: str = "mesh", service_config: str = PUBLISHED) -> Any:
        """Return a channel to a port of Envoy."""
        return channel(self.envoy.ports[port], self.authority.ca, client, service_config)

    async def post(
        self, path: str, *, token: str = "", headers: Mapping[str, str] | None = None, **options: Any
    ) -> HttpAnswer:
        """Send a request to the edge, with a token of the identity provider."""
        context = ssl.create_default_context(cafile=self.authority.ca)
        sent = {**(headers or {}), **({"authorization": f"Bearer {token}"} if token else {})}
        url = f"https://127.0.0.1:{self.envoy.ports['edge']}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, ssl=context, server_hostname=SERVER_NAME, headers=sent, **options) as response,
        ):
            return HttpAnswer(response.status, response.headers, await response.read())

    @contextlib.asynccontextmanager
    async def service(self, service_config: str = PUBLISHED) -> AsyncIterator[Service]:
        """Call through Envoy as the administrator, by key, and as players."""
        key = (self.replicas.folder / "admin.key").read_text().strip()
        nothing: Any = None  # what only a server in this process has
        async with self.channel(self.certificate(STRANGER), service_config=service_config) as opened:
            yield Service(nothing, nothing, nothing, nothing, opened, key, nothing)

    @contextlib.asynccontextmanager
    async def other_envoy(
        self, name: str, change: Callable[[Config], None], *, healthy: int = REPLICAS
    ) -> AsyncIterator[Envoy]:
        """Run one more Envoy, with a changed configuration; calls go through it during the block."""
        before = self.envoy
        try:
            async with self._envoy(name, change, healthy) as self.envoy:
                yield self.envoy
        finally:
            self.envoy = before

    @contextlib.asynccontextmanager
    async def _envoy(
        self, name: str, change: Callable[[Config], None] = lambda _: None, healthy: int = REPLICAS
    ) -> AsyncIterator[Envoy]:
        async with aiohttp.ClientSession() as session, session.get(f"{self.provider.url}/keys") as response:
            jwks = await response.read()
        envoy = write(
            self.folder / name,
            self.replicas.addresses,
            identity=self.certificate(GATEWAY),
            ca=self.authority.ca,
            jwks=jwks,
            change=change,
        )
        async with running(envoy, healthy):
            yield envoy


@contextlib.asynccontextmanager
async def meshed(folder: Path) -> AsyncIterator[Mesh]:
    """Run all of it."""
    async with providing() as provider:
        provider.issuer = ISSUER
        mesh = Mesh(folder, provider)
        async with mesh.replicas.running(), mesh._envoy("envoy") as mesh.envoy:
            yield mesh
