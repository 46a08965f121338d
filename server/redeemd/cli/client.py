"""What commands that talk to a running server share: where it is, how they show who they are, how they fail."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import grpc
import typer
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1.auth_service_pb2_grpc import AuthServiceStub
from redeem.serialkey.v1.serialkey_service_pb2_grpc import SerialKeyServiceStub
from rich.console import Console

from redeemd.rpc.server import SEND_BYTES_MAX

errors = Console(stderr=True, highlight=False, soft_wrap=True)

DEADLINE_SECONDS = 30.0

Server = Annotated[str, typer.Option(help="Address of the server.", envvar="REDEEMD_SERVER")]
Key = Annotated[str, typer.Option(help="A key, <id>.<secret>.", envvar="REDEEMD_KEY", show_default=False)]
KeyFile = Annotated[Path, typer.Option(help="File of a key, used when --key is not given.", envvar="REDEEMD_KEY_FILE")]
SERVER_DEFAULT = "127.0.0.1:50051"
KEY_FILE_DEFAULT = Path("data/admin.key")


class Client:
    """A connection to a server. Its stubs' methods are called through `call`."""

    def __init__(self, server: str, key: str, key_file: Path) -> None:
        if not key and key_file.exists():
            key = key_file.read_text(encoding="utf-8").strip()
        self._metadata = (("authorization", f"Bearer {key}"),) if key else ()
        self._channel = grpc.insecure_channel(server, options=[("grpc.max_receive_message_length", SEND_BYTES_MAX)])
        self.auth: Any = AuthServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated
        self.serial_keys: Any = SerialKeyServiceStub(self._channel)  # type: ignore[no-untyped-call]  # generated

    def call(self, method: Callable[..., Any], request: object, *, seconds: float = DEADLINE_SECONDS) -> Any:
        """Call; a refusal is shown and ends the command with 1."""
        try:
            return self.try_call(method, request, seconds=seconds)
        except grpc.RpcError as error:
            show(error)

    def try_call(self, method: Callable[..., Any], request: object, *, seconds: float = DEADLINE_SECONDS) -> Any:
        """Call. Raises grpc.RpcError."""
        return method(request, metadata=self._metadata, timeout=seconds)

    def pages(self, method: Callable[..., Any], request: Any) -> Iterator[Any]:
        """Answer the pages of a listing; `request` is that of the first, and is changed for each that follows."""
        while True:
            page = self.call(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def close(self) -> None:
        """Hang up."""
        self._channel.close()


def reason_of(error: grpc.RpcError) -> str:
    """Answer the reason of a refusal, empty when it has none."""
    for detail in _details(error):
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""


def show(error: Any) -> NoReturn:
    """Print a refusal and end the command."""
    errors.print(f"redeemd: {error.code().name} {reason_of(error)}: {error.details()}", markup=False)
    for detail in _details(error):
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            for violation in bad.field_violations:
                errors.print(f"  {violation.field}: {violation.description}", markup=False)
    raise typer.Exit(1)


def _details(error: Any) -> Any:
    status = rpc_status.from_call(error)
    return status.details if status is not None else ()
