"""Shared by all commands that call a running server: its address, their credentials, and how they report errors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn, TypeVar

import grpc
import typer
from redeemd_client.errors import error_of
from redeemd_client.paging import after

from redeemd.cli import mistakes
from redeemd.cli.connection import Connection
from redeemd.cli.output import complain
from redeemd.contract.options import RESPONSE_BYTES_MAX

DEADLINE_SECONDS = 30.0
_SUGGESTED_MAX = 1000  # namespaces

Headers = tuple[tuple[str, str], ...]

T = TypeVar("T")


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

    def pages(self, method: Callable[..., T], request: object) -> Iterator[T]:
        """Yield the pages of a listing from that of `request` on."""
        following: object = request
        while following is not None:
            page = self.call(method, following)
            yield page
            following = after(following, page)

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
    return error_of(error).reason


def metadata_of(error: grpc.RpcError) -> dict[str, str]:
    """Return the metadata of the reason of an error, empty if it has none."""
    return dict(error_of(error).metadata)


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
    for violation in error_of(error).violations:
        yield violation.field, violation.description
