"""Shared by all commands that call a running server: its address, their credentials, and how they report errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn, Protocol, TypeVar

import grpc
import typer
from google.protobuf.message import Message

from redeemd.cli import mistakes
from redeemd.cli.connection import Connection
from redeemd.cli.output import complain
from redeemd.contract.options import RESPONSE_BYTES_MAX

DEADLINE_SECONDS = 30.0
_SUGGESTED_MAX = 1000  # namespaces

Headers = tuple[tuple[str, str], ...]

T = TypeVar("T")
ReplyT = TypeVar("ReplyT", bound="_PageReply")
DetailT = TypeVar("DetailT", bound=Message)


class _PageRequest(Protocol):
    page_token: str


class _PageReply(Protocol):
    next_page_token: str


class _Stub:
    """The stub of a service, imported when a command first uses it: all of them take longer than most commands run."""

    def __init__(self, package: str, service: str) -> None:
        self._package, self._service = package, service

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, client: "Client", _owner: type) -> Any:  # the generated stubs have no types
        module = import_module(f"redeem.{self._package}.v1.{self._package}_service_pb2_grpc")
        stub = vars(client)[self._name] = getattr(module, f"{self._service}Stub")(client.channel)
        return stub


class Client:
    """A connection to a server. Call the methods of its stubs through `call`."""

    auth = _Stub("auth", "AuthService")
    events = _Stub("event", "EventService")
    serial_keys = _Stub("serialkey", "SerialKeyService")
    limits = _Stub("limit", "LimitService")
    exchanges = _Stub("exchange", "ExchangeService")
    transactions = _Stub("transaction", "TransactionService")

    def __init__(self, connection: Connection) -> None:
        """Exits with status 1 if a file of the connection cannot be read."""
        try:
            key = connection.read_key()
            self.channel = connection.channel([("grpc.max_receive_message_length", RESPONSE_BYTES_MAX)])
        except OSError as problem:
            complain(f"redeemd: {problem}")
            raise typer.Exit(1) from None
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()

    def call(
        self, method: Callable[..., T], request: object, *, seconds: float = DEADLINE_SECONDS, headers: Headers = ()
    ) -> T:
        """Call a method; on an error, print it and exit with status 1."""
        try:
            return self.try_call(method, request, seconds=seconds, headers=headers)
        except grpc.RpcError as error:
            self.fail(error, request)

    def try_call(
        self, method: Callable[..., T], request: object, *, seconds: float = DEADLINE_SECONDS, headers: Headers = ()
    ) -> T:
        """Call a method. Raises grpc.RpcError."""
        return method(request, metadata=(*self._metadata, *headers), timeout=seconds)

    def fail(self, error: grpc.RpcError, request: object) -> NoReturn:
        """Print the error of a call and exit with status 1. If the namespace does not exist, suggest another one."""
        hint = ""
        if reason_of(error) == "NAMESPACE_NOT_FOUND":
            hint = mistakes.suggest(getattr(request, "namespace_name", ""), self._namespaces())
        show(error, hint=hint)

    def _namespaces(self) -> list[str]:
        """Return the names of the namespaces of codes; none if the caller may not list them."""
        from redeem.serialkey.v1 import requests_pb2 as pb  # noqa: PLC0415 -- see the stubs

        request = pb.DescribeNamespacesRequest(limit=_SUGGESTED_MAX)
        try:
            return [item.name for item in self.try_call(self.serial_keys.DescribeNamespaces, request).items]
        except grpc.RpcError:
            return []

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
        self.channel.close()


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
    from google.rpc import error_details_pb2  # noqa: PLC0415 -- only for errors

    return next((info.reason for info in _details(error, error_details_pb2.ErrorInfo)), "")


def show(error: grpc.RpcError, *, hint: str = "") -> NoReturn:
    """Print an error, in a sentence with what to do about it, and exit with status 1."""
    complain(f"redeemd: {describe(error, hint=hint)}")
    for field, description in violations_of(error):
        complain(f"  {field}: {description}")
    raise typer.Exit(1)


def describe(error: grpc.RpcError, *, hint: str = "") -> str:
    """Return an error as a sentence with what to do about it, without its violations."""
    reason = reason_of(error)
    text = mistakes.explain(error.details() or "", reason)
    text = f"{text.removesuffix('.')}; {hint}" if hint else text
    return f"{' '.join(filter(None, (error.code().name, reason)))}: {text}"


def violations_of(error: grpc.RpcError) -> Iterator[tuple[str, str]]:
    """Yield the violations of an error: the path of a field, and what is wrong with it."""
    from google.rpc import error_details_pb2  # noqa: PLC0415 -- only for errors

    for bad in _details(error, error_details_pb2.BadRequest):
        for violation in bad.field_violations:
            yield violation.field, violation.description


def _details(error: grpc.RpcError, kind: type[DetailT]) -> Iterator[DetailT]:
    """Yield the details of a kind."""
    from grpc_status import rpc_status  # noqa: PLC0415 -- only for errors

    status = rpc_status.from_call(error)
    for detail in status.details if status is not None else ():
        found = kind()
        if detail.Unpack(found):
            yield found
