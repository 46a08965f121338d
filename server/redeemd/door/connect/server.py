"""Serves calls of web pages by path: /package.Service/Method."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from redeemd.door import headers as header_fields
from redeemd.door.connect import endings, forms, messages, patience
from redeemd.door.connect.forms import Form, Protocol
from redeemd.door.connect.procedure import Procedure, path_of
from redeemd.door.cross_origin import CrossOrigin
from redeemd.door.refusals import METHOD_NOT_ALLOWED, NO_PATH, REQUEST_MALFORMED, Unreachable
from redeemd.errors import ServiceError
from redeemd.http.limits import HttpLimits
from redeemd.http.peer import peer_of
from redeemd.rpc.direct import DirectCall
from redeemd.rpc.method import Handlers
from redeemd.rpc.refusals import DOMAIN
from redeemd.rpc.runtime import REQUEST_ID

_METADATA = ("authorization", "idempotency-key", "x-access-token", "x-dry-run", REQUEST_ID, "traceparent", "tracestate")
_METADATA_HEADERS = {name: name for name in _METADATA}
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_MESSAGE = 0  # the flags of an envelope
_CODES = {404: code_pb2.UNIMPLEMENTED, 405: code_pb2.UNIMPLEMENTED}
_DEADLINE = status_pb2.Status(code=code_pb2.DEADLINE_EXCEEDED, message="the deadline of the call has passed")
_NOT_SERVED = endings.refused(
    code_pb2.UNIMPLEMENTED,
    "this method streams its request, which web pages cannot; call it by gRPC",
    error_details_pb2.ErrorInfo(reason=METHOD_NOT_ALLOWED.reason, domain=DOMAIN),
)


class ConnectDoor:
    """Serves the methods of services."""

    def __init__(
        self, services: Iterable[ServiceDescriptor], handlers: Handlers, pages: CrossOrigin, limits: HttpLimits
    ) -> None:
        """`handlers` are those of gRPC, by /package.Service/Method."""
        described = {service.full_name: service.methods for service in services}
        self._services = sorted(described)
        self._procedures = {
            path_of(method): Procedure.of(method, handlers) for methods in described.values() for method in methods
        }
        self._pages = pages
        self._limits = limits

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of an HTTP server."""
        return [web.route("*", f"/{service}/{{method}}", self.serve) for service in self._services]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve a request."""
        allowed = self._pages.headers(request)
        if request.method == "OPTIONS" and allowed:
            return web.Response(status=204, headers=allowed)
        headers = _HEADERS | allowed
        procedure = self._procedures.get(request.rel_url.raw_path)
        if procedure is None:
            return _refused(NO_PATH, headers)
        if request.method not in procedure.verbs:
            return _refused(METHOD_NOT_ALLOWED, headers | {"Allow": ", ".join(procedure.verbs)})
        form = _form(request, procedure)
        if form is None:
            accepted = ", ".join(forms.accepted(streams=procedure.streams))
            return _refused(REQUEST_MALFORMED._replace(status=415), headers | {"Accept-Post": accepted})
        try:
            metadata = header_fields.read(request, _METADATA_HEADERS)
            seconds = patience.seconds_of(request.headers)
        except ServiceError:
            return _refused(REQUEST_MALFORMED, headers)
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        return await _Exchange(request, procedure, form, headers, self._limits).serve(metadata, deadline)


def _form(request: web.Request, procedure: Procedure) -> Form | None:
    if request.method == "GET":
        return forms.of_query(request.query.get("encoding", ""))
    return forms.of_type(request.content_type, streams=procedure.streams)


def _refused(why: Unreachable, headers: Mapping[str, str]) -> web.Response:
    """Return the response to a request that reaches no method."""
    info = error_details_pb2.ErrorInfo(reason=why.reason, domain=DOMAIN)
    status = endings.refused(_CODES.get(why.status, code_pb2.INVALID_ARGUMENT), why.message, info)
    text = endings.error_text(status)
    return web.Response(text=text, status=why.status, content_type="application/json", headers=headers)


class _Exchange:
    """A request, and its response."""

    def __init__(
        self, request: web.Request, procedure: Procedure, form: Form, headers: Mapping[str, str], limits: HttpLimits
    ) -> None:
        self._request = request
        self._procedure = procedure
        self._form = form
        self._headers = dict(headers)
        self._limits = limits
        self._response: web.StreamResponse | None = None

    async def serve(self, metadata: Mapping[str, str], deadline: float | None) -> web.StreamResponse:
        """Make the call, and respond."""
        request, procedure = self._request, self._procedure
        bytes_max = procedure.body_bytes_of(metadata, json=self._form.json)

        async def read() -> bytes:
            return await messages.read(request, self._form, procedure.request_type, self._limits, bytes_max)

        call = DirectCall(metadata, peer_of(request), read, write=self._write, deadline=deadline)
        serving: Callable[..., Awaitable[Message | status_pb2.Status | None]]
        serving = call.stream if procedure.streams else call.unary
        result: Message | status_pb2.Status | None
        try:
            if procedure.streams_request:
                result = _NOT_SERVED
            else:
                result = await patience.until(request, deadline, serving(procedure.handler))
        except TimeoutError:
            result = _DEADLINE
        if self._form.protocol == Protocol.UNARY:
            return await self._unary(result, call.trailers)
        return await self._end(result, call.trailers)

    async def _unary(self, result: Message | status_pb2.Status | None, trailers: Mapping[str, str]) -> web.Response:
        headers = self._headers | {f"Trailer-{name}": value for name, value in trailers.items()}
        if isinstance(result, status_pb2.Status):
            return web.Response(
                text=endings.error_text(result),
                status=endings.HTTP_STATUS[result.code],
                content_type="application/json",
                headers=headers,
            )
        assert result is not None, "a unary call has a reply"
        data = await self._form.encode(result)
        return web.Response(body=data, headers=headers | {"Content-Type": self._form.content_type})

    async def _end(self, result: Message | status_pb2.Status | None, trailers: Mapping[str, str]) -> web.StreamResponse:
        """End a call whose messages are in envelopes."""
        status = result if isinstance(result, status_pb2.Status) else None
        end = endings.envelope(self._form, status, trailers)
        if self._response is not None:
            with contextlib.suppress(ConnectionError):  # the client is gone
                await self._response.write_eof(end)
            return self._response
        if status is None and result is not None:
            end = self._form.envelope(_MESSAGE, await self._form.encode(result)) + end
        return web.Response(body=end, headers=self._headers | {"Content-Type": self._form.content_type})

    async def _write(self, message: Message) -> None:
        """Send a message of a stream, as fast as the client reads."""
        try:
            if self._response is None:
                response = web.StreamResponse(headers=self._headers | {"Content-Type": self._form.content_type})
                await response.prepare(self._request)
                self._response = response
            await self._response.write(self._form.envelope(_MESSAGE, await self._form.encode(message)))
        except ConnectionError:
            await asyncio.get_running_loop().create_future()  # the client is gone: the call is cancelled
