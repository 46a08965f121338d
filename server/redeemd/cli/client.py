"""Shared by all commands that call a running server: its address, their credentials, and how they report errors."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol, TypeVar

import grpc
import typer
from google.protobuf import any_pb2
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from redeem.event.v1.event_service_pb2_grpc import EventServiceStub
from redeem.serialkey.v1.serialkey_service_pb2_grpc import SerialKeyServiceStub
from redeem.transaction.v1.transaction_service_pb2_grpc import TransactionServiceStub

from redeemd.cli.connection import Connection
from redeemd.cli.output import complain
from redeemd.contract.options import RESPONSE_BYTES_MAX

DEADLINE_SECONDS = 30.0

Headers = tuple[tuple[str, str], ...]

T = TypeVar("T")
ReplyT = TypeVar("ReplyT", bound="_PageReply")


class _PageRequest(Protocol):
    page_token: str


class _PageReply(Protocol):
    next_page_token: str


class Client:
    """A connection to a server. Call the methods of its stubs through `call`."""

    def __init__(self, connection: Connection) -> None:
        """Exits with status 1 if a file of the connection cannot be read."""
        try:
            key = connection.read_key()
            self._channel = connection.channel([("grpc.max_receive_message_length", RESPONSE_BYTES_MAX)])
        except OSError as problem:
            complain(f"redeemd: {problem}")
            raise typer.Exit(1) from None
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()
        self.auth = self._stub(AuthServiceStub)
        self.events = self._stub(EventServiceStub)
        self.serial_keys = self._stub(SerialKeyServiceStub)
        self.transactions = self._stub(TransactionServiceStub)

    def _stub(self, kind: Callable[[grpc.Channel], object]) -> Any:  # Any: the generated stubs have no types
        return kind(self._channel)

    def call(
        self, method: Callable[..., T], request: object, *, seconds: float = DEADLINE_SECONDS, headers: Headers = ()
    ) -> T:
        """Call a method; on an error, print it and exit with status 1."""
        try:
            return self.try_call(method, request, seconds=seconds, headers=headers)
        except grpc.RpcError as error:
            show(error)

    def try_call(
        self, method: Callable[..., T], request: object, *, seconds: float = DEADLINE_SECONDS, headers: Headers = ()
    ) -> T:
        """Call a method. Raises grpc.RpcError."""
        return method(request, metadata=(*self._metadata, *headers), timeout=seconds)

    def pages(self, method: Callable[..., ReplyT], request: _PageRequest) -> Iterator[ReplyT]:
        """Yield the pages of a listing. `request` is that of the first page, and is modified for each further one."""
        while True:
            page = self.call(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


@contextmanager
def connected(connection: Connection) -> Iterator[Client]:
    """Open a connection, and close it on exit."""
    client = Client(connection)
    try:
        yield client
    finally:
        client.close()


def reason_of(error: grpc.RpcError) -> str:
    """Return the reason of an error, empty if it has none."""
    for detail in _details(error):
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""


def show(error: grpc.RpcError) -> NoReturn:
    """Print an error and exit with status 1."""
    complain(f"redeemd: {' '.join(filter(None, (error.code().name, reason_of(error))))}: {error.details()}")
    for detail in _details(error):
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            for violation in bad.field_violations:
                complain(f"  {violation.field}: {violation.description}")
    raise typer.Exit(1)


def _details(error: grpc.RpcError) -> Iterable[any_pb2.Any]:
    status = rpc_status.from_call(error)
    details: Iterable[any_pb2.Any] = status.details if status is not None else ()
    return details
