"""A receiver of webhooks in this process, and what the test knows of it."""

import asyncio
import contextlib
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from redeem.event.v1 import requests_pb2 as pb

from support.service import Service

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Tests wait for none of it longer than they have to.
HURRIED = {"backoffSeconds": 0.02, "backoffSecondsMax": 0.05, "attemptsMax": 10_000, "plaintext": True}


@dataclass
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes
    status: int  # of the response; 0: there was none
    path: str = ""

    @property
    def message_id(self) -> str:
        """The id of the message."""
        return self.headers["webhook-id"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The CloudEvents of the message."""
        content = json.loads(self.body)
        return content if isinstance(content, list) else [content]


@dataclass
class Receiver:
    """Responds to the next requests as `script` says, then with 204.

    An entry is a status, `hang` for no response, `hold` for what the next entry says after `release`, `cut` for a
    connection that is closed, or a status and headers.
    """

    folder: Path
    port: int = 0
    scheme: str = "http"
    script: list[Any] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    at_once: Counter[str] = field(default_factory=Counter)  # by message, requests that are under way
    at_once_max: int = 0
    pause: float = 0.0  # before each response
    release: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def file(self, **settings: Any) -> Path:
        """Write a file with one webhook, `game`; return its path."""
        return self.files(game=settings)

    def files(self, **webhooks: dict[str, Any]) -> Path:
        """Write a file of webhooks; return its path."""
        self.folder.mkdir(exist_ok=True)
        secret = self.folder / "secret"
        secret.write_text(f"{SECRET}\n")
        base = {"url": f"{self.scheme}://localhost:{self.port}/events", "secretFile": str(secret), **HURRIED}
        path = self.folder / "webhooks.json"
        path.write_text(json.dumps({name: base | settings for name, settings in webhooks.items()}))
        return path

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Respond as the script says."""
        body = await request.read()
        key = request.headers.get("webhook-id", "")
        self.at_once[key] += 1
        self.at_once_max = max(self.at_once_max, self.at_once[key])
        try:
            how = self._next()
            headers = {name.lower(): value for name, value in request.headers.items()}
            received = Received(headers, body, 0, request.path)
            self.requests.append(received)
            if how == "hang":
                await self.closing.wait()
                how = "cut"
            if how == "hold":
                await self.release.wait()
                how = self._next()
            await asyncio.sleep(self.pause)
            if how == "cut":
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            received.status, extra = how if isinstance(how, tuple) else (how, {})
            return web.Response(status=received.status, headers=extra)
        finally:
            self.at_once[key] -= 1

    def _next(self) -> Any:
        return self.script.pop(0) if self.script else 204

    def accepted(self) -> list[dict[str, Any]]:
        """Return the CloudEvents of all messages with a 2xx response, in their order."""
        return [event for each in self.requests if 200 <= each.status < 300 for event in each.events]

    def users(self) -> list[str]:
        """Return the players of the accepted events."""
        return [event["data"]["userId"] for event in self.accepted()]


@contextlib.asynccontextmanager
async def receiving(folder: Path, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver; its files are in a folder."""
    receiver = Receiver(folder, scheme="http" if tls is None else "https")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)  # for held responses; 0 would mean without limit
    await runner.setup()
    try:
        site = web.TCPSite(runner, "localhost", 0, ssl_context=tls)
        await site.start()
        receiver.port = runner.addresses[0][1]
        yield receiver
    finally:
        receiver.closing.set()
        await runner.cleanup()


async def ask(service: Service, rpc: str, **fields: Any) -> Any:
    """Call a method of the Event service as the administrator, by name."""
    return await getattr(service.events, rpc)(getattr(pb, f"{rpc}Request")(**fields), metadata=service.admin)


async def webhook(service: Service, name: str = "game") -> Any:
    """Return a webhook as operators see it; None if it is not known yet."""
    items = (await ask(service, "DescribeWebhooks")).items
    return next((item for item in items if item.name == name), None)


async def caught_up(service: Service, name: str = "game") -> bool:
    """Return whether all events are acknowledged."""
    found = await webhook(service, name)
    return found is not None and not found.HasField("oldest_at")
