"""The options of all commands that call a running server: its address, TLS, and the caller's key."""

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import grpc
import typer

SERVER_DEFAULT = "127.0.0.1:50051"
KEY_FILE_DEFAULT = Path("data/admin.key")

_Server = Annotated[str, typer.Option(help="Address of the server, or unix:PATH.", envvar="REDEEMD_SERVER")]
_Tls = Annotated[
    bool, typer.Option("--tls", help="Connect with TLS; implied by --ca and --client-cert.", envvar="REDEEMD_TLS")
]
_Ca = Annotated[
    Path | None, typer.Option(help="PEM file of the authorities to trust.", envvar="REDEEMD_CA", show_default=False)
]
_ClientCert = Annotated[
    Path | None, typer.Option(help="PEM file of a client certificate.", envvar="REDEEMD_CLIENT_CERT")
]
_ClientKey = Annotated[Path | None, typer.Option(help="PEM file of its key.", envvar="REDEEMD_CLIENT_KEY")]
_Authority = Annotated[
    str,
    typer.Option(
        help="The server's name in its certificate, if it is not the host of the address.",
        envvar="REDEEMD_AUTHORITY",
        show_default=False,
    ),
]
_Key = Annotated[str, typer.Option(help="API key, <id>.<secret>.", envvar="REDEEMD_KEY", show_default=False)]
_KeyFile = Annotated[Path, typer.Option(help="File of the key, used if --key is not given.", envvar="REDEEMD_KEY_FILE")]


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and how to connect to it."""

    server: _Server = SERVER_DEFAULT
    tls: _Tls = False
    ca: _Ca = None
    client_cert: _ClientCert = None
    client_key: _ClientKey = None
    authority: _Authority = ""

    def channel(self, options: Sequence[tuple[str, int | str]]) -> grpc.Channel:
        """Return a channel to the server. Raises OSError for a file that cannot be read."""
        if (self.client_cert is None) != (self.client_key is None):
            raise typer.BadParameter("--client-cert and --client-key must be given together")
        options = [*options, *([("grpc.default_authority", self.authority)] if self.authority else [])]
        if not (self.tls or self.ca or self.client_cert):
            return grpc.insecure_channel(self.server, options=options)
        if self.authority:
            options.append(("grpc.ssl_target_name_override", self.authority))
        credentials = grpc.ssl_channel_credentials(_read(self.ca), _read(self.client_key), _read(self.client_cert))
        return grpc.secure_channel(self.server, credentials, options=options)


@dataclass(frozen=True, slots=True)
class Connection(Target):
    """A server, how to connect to it, and the key to call it with."""

    key: _Key = ""
    key_file: _KeyFile = KEY_FILE_DEFAULT

    def read_key(self) -> str:
        """Return the key, empty if there is none. Raises OSError, also for a file that holds something else."""
        if self.key or (self.key_file == KEY_FILE_DEFAULT and not self.key_file.exists()):
            return self.key
        text = self.key_file.read_bytes().strip()
        if not text.isascii() or not text.decode().isprintable():
            raise OSError(f"{self.key_file} holds no API key")
        return text.decode()


def _read(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()


def with_options(kind: type[Target]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each field of `kind` in place of its parameter `connection`."""
    names = list(inspect.signature(kind).parameters)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**values: object) -> None:
            connection = kind(**{name: values.pop(name) for name in names})  # type: ignore[arg-type]  # typer checks them
            command(**values, connection=connection)

        own = [each for each in inspect.signature(command).parameters.values() if each.name != "connection"]
        options = inspect.signature(kind).parameters.values()
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *options)]
        )
        return run

    return decorate
