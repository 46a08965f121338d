"""The client for asyncio. Create it in the event loop that uses it. Cancelling a task cancels its call."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable
from typing import Any, Generic, Self, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from redeemd_client import batches, channels, paging
from redeemd_client.calls import Call, Metadata, Patience
from redeemd_client.credentials import Credential, Header, PlayerLogin
from redeemd_client.errors import RedeemError
from redeemd_client.rules import Rule, rule_of
from redeemd_client.services import AsyncServices, method_of
from redeemd_client.streamed import Streamed

RequestT = TypeVar("RequestT")  # a message, or an iterable of messages
ResponseT = TypeVar("ResponseT", bound=Message)
ItemT = TypeVar("ItemT", bound=Message)

PATIENCE_SECONDS = 60.0


class Session:
    """The credential of a client. Of several tasks that need a new token, one logs in; if it is cancelled, another."""

    def __init__(self, credential: Credential, log_in: Callable[[Message], Awaitable[Message]]) -> None:
        self.credential = credential
        self._log_in, self._lock = log_in, asyncio.Lock()

    async def header(self) -> Header | None:
        """Return the metadata to send. Raises RedeemError if there is no valid token and the login fails."""
        if self.credential.due and not (self._lock.locked() and self.credential.header()):
            async with self._lock:
                await self._renew()
        return self.credential.header()

    async def _renew(self) -> None:
        if not self.credential.due:
            return
        try:
            self.credential.logged_in(await self._log_in(self.credential.login_request()))
        except RedeemError:
            if self.credential.header() is None:
                raise
            self.credential.postpone()


class _Method(Generic[RequestT, ResponseT]):
    def __init__(self, channel: grpc.aio.Channel, session: Session, rule: Rule) -> None:
        self._session, self._rule = session, rule
        self._send: Any = getattr(channel, rule.kind)(  # a multi-callable of that kind
            rule.path, request_serializer=rule.request.SerializeToString, response_deserializer=rule.response.FromString
        )


class AsyncUnary(_Method[RequestT, ResponseT]):
    """A method with a request and a response, or with a stream of requests and a response."""

    async def __call__(
        self, request: RequestT, *, key: str = "", timeout: float | None = None, metadata: Metadata = ()
    ) -> ResponseT:
        """Call the method. Raises RedeemError. The parameters are those of sync.Unary."""
        call = Call(self._rule, request, key=key, timeout=timeout, metadata=metadata)
        while True:
            header = await self._session.header()
            try:
                response: ResponseT = await self._send(request, **call.options(header))
                return response
            except grpc.RpcError as failure:
                if not call.goes_again(error := call.error(failure), header, self._session.credential):
                    raise error from failure

    async def pages(self, request: RequestT, *, timeout: float | None = None) -> AsyncGenerator[ResponseT, None]:
        """Yield the pages of a listing from that of `request` on. Raises RedeemError."""
        following: RequestT | None = request
        while following is not None:
            page = await self(following, timeout=timeout)
            yield page
            following = paging.after(following, page)

    async def items(self, request: RequestT, *, timeout: float | None = None) -> AsyncGenerator[Any, None]:  # same
        """Yield the items of a listing, of all pages from that of `request` on. Raises RedeemError."""
        async for page in self.pages(request, timeout=timeout):
            response: Any = page  # same
            for item in response.items:
                yield item

    async def each(
        self, requests: Iterable[ItemT], *, timeout: float | None = None
    ) -> AsyncGenerator[batches.Outcome[ItemT], None]:
        """Make any number of calls with a method for batches, as sync.Unary.each does."""
        for items in batches.chunks(batches.numbered(self._rule, requests)):
            message: Any = batches.message_of(self._rule, items)  # same
            try:
                response: Any = await self(message, timeout=timeout)  # same
            except RedeemError as error:
                raise batches.left_over(error, (request for _, request in items)) from None
            for outcome in batches.outcomes(response, items):
                yield outcome


class AsyncStreaming(_Method[RequestT, ResponseT]):
    """A method with a stream of responses."""

    async def __call__(
        self, request: RequestT, *, timeout: float | None = None, metadata: Metadata = ()
    ) -> AsyncGenerator[ResponseT, None]:
        """Yield the responses of a stream, as sync.Streaming does, from the first `anext` on."""
        call, received = Call(self._rule, request, timeout=timeout, metadata=metadata), False
        while True:
            header = await self._session.header()
            stream = self._send(request, **call.options(header))
            try:
                async for response in stream:
                    received = True
                    yield response
                return
            except grpc.RpcError as failure:
                error = call.error(failure)
                if received or not call.goes_again(error, header, self._session.credential):
                    raise error from failure
            finally:
                stream.cancel()

    async def follow(self, request: RequestT, *, patience: float = PATIENCE_SECONDS) -> AsyncGenerator[ResponseT, None]:
        """Yield the responses of a stream that has cursors, and continue behind the last one when it breaks.

        Raises RedeemError if the stream was refused, or has received nothing for `patience` seconds.
        """
        waiting = Patience(patience)
        while True:
            try:
                async with contextlib.aclosing(self(request)) as responses:
                    async for response in responses:
                        waiting.progress()
                        request = paging.resumed(request, response)
                        yield response
                return
            except RedeemError as error:
                await asyncio.sleep(waiting.pause(error))

    async def each(
        self, requests: Iterable[ItemT] | AsyncIterable[ItemT], *, patience: float = PATIENCE_SECONDS
    ) -> AsyncGenerator[batches.Outcome[ItemT], None]:
        """Make any number of calls with UseStream; yield the outcome of each as soon as it is known, in any order.

        Requests are those of the unary method, of one namespace, and are taken as the server takes them. Those without
        an idempotency key get one. If the stream breaks, it is opened again, and the requests without an outcome are
        sent again with the same keys. Raises RedeemError, whose `unfinished` are these requests, if the stream was
        refused or has received nothing for `patience` seconds; and what `requests` raises. Close the iterator if you
        leave it early.
        """
        streamed = Streamed(self._rule, requests)
        try:
            async with contextlib.aclosing(
                streamed.outcomes(self._session, self._send, Patience(patience))
            ) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        finally:
            await streamed.close()


class AsyncCaller(AsyncServices):
    """The services of a server, called with a credential."""

    def __init__(self, channel: grpc.aio.Channel, credential: Credential, parent: "AsyncCaller | None" = None) -> None:
        self.channel = channel
        """For stubs of your own, whose calls have neither a credential nor a key: see `metadata`."""
        log_in: Callable[[Message], Awaitable[Message]] = _log_in_nowhere
        if credential.login_method:
            by = parent or AsyncCaller(channel, Credential())
            log_in = by.make_method(method_of(credential.login_method))
        self._session = Session(credential, log_in)

    def make_method(self, method: MethodDescriptor) -> Any:  # which kind depends on the method
        """Return what calls a method."""
        kind = AsyncStreaming if method.server_streaming else AsyncUnary
        return kind(self.channel, self._session, rule_of(method))

    async def metadata(self) -> tuple[Header, ...]:
        """Return the credential as metadata, as sync.Caller does."""
        header = await self._session.header()
        return (header,) if header else ()

    def player(self, user_id: str) -> "AsyncCaller":
        """Return a caller of the methods of a player, as sync.Caller does."""
        return AsyncCaller(self.channel, PlayerLogin(user_id), self)


class AsyncClient(AsyncCaller):
    """A client of a server, or of all of its replicas, with the parameters of Client.

    Close it, or use it in an async with statement.
    """

    def __init__(
        self,
        address: str,
        credential: Credential | None = None,
        *,
        tls: channels.Tls | None = None,
        service_config: str | None = None,
        options: channels.Options = (),
    ) -> None:
        channel = channels.open_aio_channel(address, tls, channels.client_options(service_config, options))
        super().__init__(channel, credential or Credential())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection. Calls in progress are cancelled."""
        await self.channel.close()


async def _log_in_nowhere(_request: Message) -> Message:
    raise NotImplementedError  # the credential is never due
