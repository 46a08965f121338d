"""Requests as the vendor's SDKs for Go and for C# write them, which no registry offers here.

From their sources: github.com/gs2io/gs2-golang-sdk 1.2.385 and github.com/gs2io/gs2-csharp-sdk 2026.4.3.
"""

import contextlib
import gzip
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import aiohttp

from support.door import FUNCTIONS, DoorReply, ask, path_of
from support.games import Outcome
from support.patience import WAIT_SECONDS
from support.service import Service

# What is a header over REST, and the member of a message over WebSockets. The latter also has the plain access token.
HEADERS = {
    "accessToken": ("X-GS2-ACCESS-TOKEN", "xGs2AccessToken"),
    "duplicationAvoider": ("X-GS2-DUPLICATION-AVOIDER", "xGs2DuplicationAvoider"),
    "timeOffsetToken": ("X-GS2-TIME-OFFSET-TOKEN", "timeOffsetToken"),
    "dryRun": ("X-GS2-DRY-RUN", "xGs2DryRun"),
}


class Go:
    """Writes values as they are, a line feed after each body, and canonical names of headers."""

    headers: ClassVar = {
        "Accept-Encoding": "gzip",
        "User-Agent": "Go-http-client/1.1",
        "Content-Type": "application/json",
    }

    @staticmethod
    def scalar(value: Any) -> Any:
        """Return what is written for a value."""
        return value

    @staticmethod
    def text(members: dict[str, Any]) -> str:
        """Return the JSON of an object."""
        return json.dumps(members, ensure_ascii=False)

    def body(self, members: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return the body of a request, and its headers."""
        return f"{self.text(members)}\n".encode(), {}

    @staticmethod
    def header(name: str) -> str:
        """Return the name of a header as it is written."""
        return name.title()


class CSharp:
    """Writes numbers and booleans of a request as text, and only ASCII; packs each body."""

    headers: ClassVar = {"Accept-Encoding": "gzip"}

    @staticmethod
    def scalar(value: Any) -> Any:
        """See Go. A message inside of the request has its values as they are."""
        if isinstance(value, float):
            return repr(value).upper()
        return value if isinstance(value, list | dict) else str(value)

    @staticmethod
    def text(members: dict[str, Any]) -> str:
        """See Go."""
        return json.dumps(members)

    def body(self, members: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """See Go."""
        packed = gzip.compress(self.text(members).encode())
        return packed, {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    @staticmethod
    def header(name: str) -> str:
        """See Go."""
        return name


SDKS: dict[str, Go | CSharp] = {"go": Go(), "csharp": CSharp()}


class Rest:
    """A session over REST."""

    def __init__(self, service: Service, sdk: Go | CSharp, connection: Any = None) -> None:
        """`connection` is for sessions over a WebSocket."""
        self._service = service
        self._sdk = sdk
        self._connection = connection
        self._numbers = itertools.count(10_001)
        self.project_token = ""

    async def log_in(self) -> None:
        """Log in with the halves of a key."""
        client_id, secret = self._service.key.split(".")
        found = await self.call("identifier", "login", client_id=client_id, client_secret=secret)
        assert not found.errors
        self.project_token = found.result["access_token"]

    async def call(self, service: str, function: str, **given: Any) -> Outcome:
        """See games.Session."""
        members = dict(given)
        apart = {name: str(members.pop(name)) for name in HEADERS if name in members}
        if "dryRun" in apart:
            apart["dryRun"] = apart["dryRun"].lower()
        reply = await self._send((service, function), members, apart)
        return Outcome(reply.body, []) if reply.status == 200 else Outcome({}, reply.errors)

    async def put_in_force(self, service: str, kind: str, namespace: str, document: str) -> Outcome:
        """Upload the document to a URL, without credentials. See games.Session."""
        at = {"namespaceName": namespace}
        prepared = (await self.call(service, f"preUpdateCurrent{kind}Master", **at)).result
        headers = {"Content-Type": "application/json"}
        await self._service.http("PUT", prepared["uploadUrl"], data=document, headers=headers)
        uploaded = {"mode": "preUpload", "uploadToken": prepared["uploadToken"]}
        return await self.call(service, f"updateCurrent{kind}Master", **uploaded, **at)

    async def _send(self, function: tuple[str, str], members: dict[str, Any], apart: dict[str, str]) -> DoorReply:
        """Send a request; `apart` has what is a header."""
        verb, path = path_of(FUNCTIONS[function], members)
        headers = {HEADERS[name][0]: text for name, text in apart.items()}
        if self.project_token:
            headers |= {"X-GS2-CLIENT-ID": "any", "Authorization": f"Bearer {self.project_token}"}
        headers = {self._sdk.header(name): text for name, text in headers.items()} | self._sdk.headers
        if verb in {"GET", "DELETE"}:
            query = {name: str(value) for name, value in members.items()}
            return await ask(self._service, verb, path, params=query, headers=headers)
        data, more = self._sdk.body({name: self._sdk.scalar(value) for name, value in members.items()})
        return await ask(self._service, verb, path, data=data, headers=headers | more)


class Socket(Rest):
    """A session over a WebSocket."""

    async def _send(self, function: tuple[str, str], members: dict[str, Any], apart: dict[str, str]) -> DoorReply:
        number = str(next(self._numbers))
        message = {name: self._sdk.scalar(value) for name, value in members.items()}
        message |= {HEADERS[name][1]: text for name, text in apart.items()}
        if "accessToken" in apart:
            message["accessToken"] = apart["accessToken"]
        if self.project_token:
            message |= {"xGs2ClientId": "any", "xGs2ProjectToken": self.project_token}
        envelope = dict(zip(("service", "function"), function, strict=True)) | {"component": "any", "requestId": number}
        message["x_gs2"] = envelope | {"contentType": "application/json"}
        await self._connection.send_str(self._sdk.text(message))
        response = json.loads(await self._connection.receive_str(timeout=WAIT_SECONDS))
        assert response["requestId"] == number
        return DoorReply(response["status"], response["body"])


@contextlib.asynccontextmanager
async def opened(service: Service, sdk: str, kind: type[Rest]) -> AsyncIterator[Rest]:
    """Open a session of an SDK, and log in."""
    url = f"http://127.0.0.1:{service.http_port}/"
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession())
        connection = await stack.enter_async_context(client.ws_connect(url)) if kind is Socket else None
        session = kind(service, SDKS[sdk], connection)
        await session.log_in()
        yield session
