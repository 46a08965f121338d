"""The synchronous client. One client serves all threads of a program."""

import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, Self, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from redeemd_client import batches, channels, paging
from redeemd_client.calls import Call, Metadata, Patience
from redeemd_client.credentials import Credential, Header, PlayerLogin
from redeemd_client.errors import RedeemError
from redeemd_client.rules import Rule, rule_of
from redeemd_client.services import Services, method_of

RequestT = TypeVar("RequestT")  # a message, or an iterable of messages
ResponseT = TypeVar("ResponseT", bound=Message)
ItemT = TypeVar("ItemT", bound=Message)

PATIENCE_SECONDS = 60.0


class Session:
    """The credential of a client. Of several threads that need a new token, one logs in."""

    def __init__(self, credential: Credential, log_in: Callable[[Message], Message]) -> None:
        self.credential = credential
        self._log_in, self._lock = log_in, threading.Lock()

    def header(self) -> Header | None:
        """Return the metadata to send. Raises RedeemError if there is no valid token and the login fails."""
        if self.credential.due and self._lock.acquire(blocking=self.credential.header() is None):
            try:
                self._renew()
            finally:
                self._lock.release()
        return self.credential.header()

    def _renew(self) -> None:
        if not self.credential.due:
            return
        try:
            self.credential.logged_in(self._log_in(self.credential.login_request()))
        except RedeemError:
            if self.credential.header() is None:
                raise
            self.credential.postpone()


class _Method(Generic[RequestT, ResponseT]):
    def __init__(self, channel: grpc.Channel, session: Session, rule: Rule) -> None:
        self._session, self._rule = session, rule
        self._send: Any = getattr(channel, rule.kind)(  # a multi-callable of that kind
            rule.path, request_serializer=rule.request.SerializeToString, response_deserializer=rule.response.FromString
        )


class Unary(_Method[RequestT, ResponseT]):
    """A method with a request and a response, or with a stream of requests and a response."""

    def __call__(
        self, request: RequestT, *, key: str = "", timeout: float | None = None, metadata: Metadata = ()
    ) -> ResponseT:
        """Call the method. Raises RedeemError.

        `key` is the idempotency key of a call that writes; without one, and without one in the request, the client
        makes one. `timeout` is in seconds, for all attempts together; without it, that of the service config.
        """
        call = Call(self._rule, request, key=key, timeout=timeout, metadata=metadata)
        while True:
            header = self._session.header()
            try:
                response: ResponseT = self._send(request, **call.options(header))
                return response
            except grpc.RpcError as failure:
                if not call.goes_again(error := call.error(failure), header, self._session.credential):
                    raise error from failure

    def pages(self, request: RequestT, *, timeout: float | None = None) -> Generator[ResponseT, None, None]:
        """Yield the pages of a listing from that of `request` on. Raises RedeemError."""
        following: RequestT | None = request
        while following is not None:
            page = self(following, timeout=timeout)
            yield page
            following = paging.after(following, page)

    def items(
        self, request: RequestT, *, timeout: float | None = None
    ) -> Generator[Any, None, None]:  # depend on the method
        """Yield the items of a listing, of all pages from that of `request` on. Raises RedeemError."""
        for page in self.pages(request, timeout=timeout):
            response: Any = page  # same
            yield from response.items

    def each(
        self, requests: Iterable[ItemT], *, timeout: float | None = None
    ) -> Generator[batches.Outcome[ItemT], None, None]:
        """Make any number of calls with a method for batches; yield the outcome of each, in their order.

        Requests are those of the unary method, of one namespace, and are taken as they are sent, 1,000 at a time. Those
        without an idempotency key get one. Raises RedeemError, whose `unfinished` are the requests of the message that
        failed.
        """
        for items in batches.chunks(batches.numbered(self._rule, requests)):
            message: Any = batches.message_of(self._rule, items)  # same
            try:
                response: Any = self(message, timeout=timeout)  # same
            except RedeemError as error:
                raise batches.left_over(error, (request for _, request in items)) from None
            yield from batches.outcomes(response, items)


class Streaming(_Method[RequestT, ResponseT]):
    """A method with a stream of responses."""

    def __call__(
        self, request: RequestT, *, timeout: float | None = None, metadata: Metadata = ()
    ) -> Generator[ResponseT, None, None]:
        """Send the request; return an iterator of the responses, which ends the stream when it is closed.

        It raises RedeemError. Without a `timeout`, the stream goes on for as long as it is read.
        """
        call, header = Call(self._rule, request, timeout=timeout, metadata=metadata), self._session.header()
        return self._received(self._send(request, **call.options(header)), call, request, header)

    def _received(
        self, stream: Any, call: Call, request: RequestT, header: Header | None
    ) -> Generator[ResponseT, None, None]:
        received = False
        while True:
            try:
                for response in stream:
                    received = True
                    yield response
                return
            except grpc.RpcError as failure:
                error = call.error(failure)
                if received or not call.goes_again(error, header, self._session.credential):
                    raise error from failure
            finally:
                stream.cancel()
            header = self._session.header()
            stream = self._send(request, **call.options(header))

    def follow(self, request: RequestT, *, patience: float = PATIENCE_SECONDS) -> Generator[ResponseT, None, None]:
        """Yield the responses of a stream that has cursors, and continue behind the last one when it breaks.

        Raises RedeemError if the stream was refused, or has received nothing for `patience` seconds.
        """
        waiting = Patience(patience)
        while True:
            try:
                for response in self(request):
                    waiting.progress()
                    request = paging.resumed(request, response)
                    yield response
                return
            except RedeemError as error:
                time.sleep(waiting.pause(error))


class Caller(Services):
    """The services of a server, called with a credential."""

    def __init__(self, channel: grpc.Channel, credential: Credential, parent: "Caller | None" = None) -> None:
        self.channel = channel
        """For stubs of your own, whose calls have neither a credential nor a key: see `metadata`."""
        log_in: Callable[[Message], Message] = _log_in_nowhere
        if credential.login_method:
            by = parent or Caller(channel, Credential())
            log_in = by.make_method(method_of(credential.login_method))
        self._session = Session(credential, log_in)

    def make_method(self, method: MethodDescriptor) -> Any:  # which kind depends on the method
        """Return what calls a method."""
        kind = Streaming if method.server_streaming else Unary
        return kind(self.channel, self._session, rule_of(method))

    def metadata(self) -> tuple[Header, ...]:
        """Return the credential as metadata, for a stub of your own. Raises RedeemError if the login fails."""
        header = self._session.header()
        return (header,) if header else ()

    def player(self, user_id: str) -> "Caller":
        """Return a caller of the methods of a player, whom the server of the game has authenticated.

        It logs the player in when it makes its first call. It shares the connection of the client.
        """
        return Caller(self.channel, PlayerLogin(user_id), self)


class Client(Caller):
    """A client of a server, or of all of its replicas.

    `address` is a target of gRPC: host:port, dns:///name:port, ipv4:a:port,b:port or unix:path. `service_config` is
    JSON, by default the published one. `options` are further options of the channel. Close the client, or use it in a
    with statement.
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
        channel = channels.open_channel(address, tls, channels.client_options(service_config, options))
        super().__init__(channel, credential or Credential())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Calls in progress are cancelled."""
        self.channel.close()


def _log_in_nowhere(_request: Message) -> Message:
    raise NotImplementedError  # the credential is never due
