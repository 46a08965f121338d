"""The WebSocket side of the door: each message is a call, and gets one response, in any order."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiohttp import WSCloseCode, WSMsgType, web

from redeemd.base.tasks import Tasks
from redeemd.contract import json_text
from redeemd.contract.json_text import JsonObject
from redeemd.door import body, calls, requests
from redeemd.door.refusals import Answer, simple
from redeemd.door.target import Target
from redeemd.errors import RequestMalformed
from redeemd.http.peer import peer_of
from redeemd.rpc.runtime import REQUEST_ID

SOCKETS_MAX = 192
STRANGERS_MAX = 32  # sockets without a successful call yet
STRANGER_SECONDS = 15.0  # for that call
MESSAGE_BYTES_MAX = 256 * 1024  # read and parsed before its caller is identified
CALLS_MAX = 32  # of one socket; further messages wait in the network
HEARTBEAT_SECONDS = 30.0

_ENVELOPE = "x_gs2"
_ALIAS = "WithoutNamespace"

# The metadata entries of members.
_METADATA_MEMBERS = {
    "xGs2ProjectToken": "authorization",
    "xGs2AccessToken": "x-access-token",
    "xGs2RequestId": REQUEST_ID,
}
_DRY_RUN = "xGs2DryRun"
_FIELD_MEMBERS = {
    "xGs2DuplicationAvoider": "duplication_avoider",
    "xGs2TimeOffsetToken": "time_offset_token",
}


class _Message(NamedTuple):
    """A message: whom it calls, and the id of its response."""

    service: str
    function: str
    request_id: str
    members: JsonObject


class SocketDoor:
    """Serves WebSockets at the root of the HTTP server."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._functions = _functions(targets)
        self._open = 0
        self._strangers: dict[asyncio.Timeout, None] = {}  # oldest first

    def routes(self) -> list[web.RouteDef]:
        """Return the route of an HTTP server."""
        return [web.get("/", self.serve)]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a connection until it ends."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MESSAGE_BYTES_MAX, compress=False)
        if not socket.can_prepare(request):
            return _http(simple(404, "PATH_NOT_FOUND", "this path is for WebSockets"))
        if self._open >= SOCKETS_MAX:
            return _http(simple(503, "OVERLOADED", "too many WebSockets are open"))
        self._open += 1
        try:
            await socket.prepare(request)
            await self._serve(socket, peer_of(request))
        finally:
            self._open -= 1
        return socket

    async def _serve(self, socket: web.WebSocketResponse, peer: str) -> None:
        """Serve messages. Without a successful call, the connection is closed after some time, or for a newer one."""
        tasks, free = Tasks(), asyncio.Semaphore(CALLS_MAX)
        patience = asyncio.timeout(STRANGER_SECONDS)
        try:
            async with patience:
                self._welcome(patience)
                async for message in socket:
                    if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                        await free.acquire()
                        data = message.data.encode(errors="replace") if isinstance(message.data, str) else message.data
                        task = tasks.start(self._respond(socket, data, peer, patience))
                        task.add_done_callback(lambda _task: free.release())
        except TimeoutError:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no successful call")
        finally:
            self._strangers.pop(patience, None)
            await asyncio.gather(*tasks, return_exceptions=True)

    def _welcome(self, patience: asyncio.Timeout) -> None:
        """Count a connection as that of a stranger; if there are too many, close the oldest one."""
        if len(self._strangers) >= STRANGERS_MAX:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.reschedule(asyncio.get_running_loop().time())
        self._strangers[patience] = None

    def _know(self, patience: asyncio.Timeout) -> None:
        """Let a connection stay open, because a call on it succeeded."""
        if self._strangers.pop(patience, patience) is None and not patience.expired():
            patience.reschedule(None)

    async def _respond(self, socket: web.WebSocketResponse, data: bytes, peer: str, patience: asyncio.Timeout) -> None:
        """Execute a message and send its response, unless the connection has ended."""
        request_id, answer = await self._answer(data, peer)
        if answer.status == web.HTTPOk.status_code:
            self._know(patience)
        text = f'{{"requestId":{json_text.write(request_id)},"status":{answer.status},"body":{answer.text}}}'
        try:
            await socket.send_str(text)
        except ConnectionError:
            return

    async def _answer(self, data: bytes, peer: str) -> tuple[str, Answer]:
        try:
            message = _message(await body.parse(data))
        except RequestMalformed as malformed:
            return "", simple(400, malformed.reason, str(malformed))
        target = self._functions.get((message.service, message.function))
        if target is None:
            return message.request_id, simple(404, "FUNCTION_NOT_FOUND", "there is no such function of a service")

        async def read() -> bytes:
            return requests.build(target, message.members, _fields(message.members))

        return message.request_id, await calls.make(target, _metadata(message.members), peer, read)


def _functions(targets: Iterable[Target]) -> dict[tuple[str, str], Target]:
    """Return targets by their documented service and function."""
    found = {}
    for target in targets:
        name = target.name.removesuffix("Project")  # LoginProject is the log-in of the documented service identifier
        function = name[0].lower() + name[1:]
        for alias in ("", *([_ALIAS] if target.paths[1:] else [])):
            found[target.service, function + alias] = target
    return found


def _message(members: JsonObject) -> _Message:
    """Raises RequestMalformed for a message without a service or a function."""
    envelope = members.get(_ENVELOPE)
    if not isinstance(envelope, dict):
        raise RequestMalformed
    texts = _texts(envelope, {"service": "service", "function": "function", "requestId": "requestId"})
    return _Message(texts.get("service", ""), texts.get("function", ""), texts.get("requestId", ""), members)


def _metadata(members: JsonObject) -> dict[str, str]:
    metadata = _texts(members, _METADATA_MEMBERS)
    if "authorization" in metadata:
        metadata["authorization"] = f"Bearer {metadata['authorization']}"
    dry_run = members.get(_DRY_RUN)
    if dry_run is not None:  # text or not: a dry run must never become a call that is committed
        metadata["x-dry-run"] = str(dry_run).lower()
    return metadata


def _fields(members: JsonObject) -> dict[str, object]:
    """Return the fields that members of their own hold. What is no text is refused later: a lost key repeats a call."""
    return {name: members[member] for member, name in _FIELD_MEMBERS.items() if members.get(member) not in (None, "")}


def _texts(members: JsonObject, names: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of some members under other names; what is absent or no text is left out."""
    return {name: text for member, name in names.items() if isinstance(text := members.get(member), str) and text}


def _http(answer: Answer) -> web.Response:
    return web.Response(text=answer.text, status=answer.status, content_type="application/json")
