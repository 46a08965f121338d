"""The options of all commands that call a running server: its address, TLS, and the caller's key."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import grpc
import typer
from redeemd_client.channels import Options, Tls, open_channel

from redeemd.base import small_files
from redeemd.cli import profiles
from redeemd.cli.output import complain

SERVER_DEFAULT = "127.0.0.1:50051"
KEY_FILE_DEFAULT = Path("data/admin.key")

_Server = Annotated[str, typer.Option(help="Address of the server, or unix:PATH.", envvar="REDEEMD_SERVER")]
_Tls = Annotated[
    bool | None,
    typer.Option("--tls/--no-tls", help="Connect with TLS; implied by --ca and --client-cert.", envvar="REDEEMD_TLS"),
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
_Profile = Annotated[
    str,
    typer.Option(
        help="Take the options that are not given from this profile of the config file.",
        envvar="REDEEMD_PROFILE",
        show_default=False,
    ),
]
_PORT_MAX = 65_535
_KEY_FILE_BYTES_MAX = 64 * 1024
# The options that a profile may set, with their types in its file.
_KINDS = {"tls": bool} | dict.fromkeys(("server", "ca", "client_cert", "client_key", "authority", "key_file"), str)


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and how to connect to it."""

    server: _Server = SERVER_DEFAULT
    tls: _Tls = None
    ca: _Ca = None
    client_cert: _ClientCert = None
    client_key: _ClientKey = None
    authority: _Authority = ""

    def channel(self, options: Options) -> grpc.Channel:
        """Return a channel to the server. Raises OSError for a file that cannot be used."""
        if not self.server.strip():
            raise typer.BadParameter("--server must not be empty")
        port = self.server.rpartition(":")[2]
        if port.isdecimal() and int(port) > _PORT_MAX:  # gRPC would connect to another one
            raise typer.BadParameter(f"--server: a port is at most {_PORT_MAX}")
        if (self.client_cert is None) != (self.client_key is None):
            raise typer.BadParameter("--client-cert and --client-key must be given together")
        options = [*options, *([("grpc.default_authority", self.authority)] if self.authority else [])]
        encrypted = bool(self.ca or self.client_cert) if self.tls is None else self.tls
        return open_channel(self.server, self._tls() if encrypted else None, options)

    def _tls(self) -> Tls:
        from redeemd.cli import pem_files  # noqa: PLC0415 -- takes time to import, and most connections do not need it

        client = None if self.client_cert is None or self.client_key is None else (self.client_cert, self.client_key)
        return pem_files.load(self.ca, client, name=self.authority)


@dataclass(frozen=True, slots=True)
class Connection(Target):
    """A server, how to connect to it, and the key to call it with."""

    key: _Key = ""
    key_file: _KeyFile = KEY_FILE_DEFAULT

    def read_key(self) -> str:
        """Return the key, empty if there is none. Raises OSError, also for a file that holds something else.

        Warns if others can read the file.
        """
        if self.key or (self.key_file == KEY_FILE_DEFAULT and not self.key_file.exists()):
            return _checked(self.key, "--key")
        content = _read(self.key_file).strip()
        key = _checked(content.decode("ascii", "replace"), f"--key-file {self.key_file}")
        if warning := profiles.warning(self.key_file):
            complain(f"redeemd: {warning}")
        return key


def _checked(key: str, source: str) -> str:
    """Return a key that a header can hold. Raises OSError."""
    if not key.isascii() or not key.isprintable():
        raise OSError(f"{source} holds no API key")
    return key


def _read(path: Path) -> bytes:
    try:
        return small_files.read(path, _KEY_FILE_BYTES_MAX)
    except ValueError as problem:
        raise OSError(f"--key-file {problem}") from None


def with_options(kind: type[Target]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each field of `kind`, and --profile, in place of its parameter `connection`."""
    names = list(inspect.signature(kind).parameters)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(context: typer.Context, profile: str, **values: object) -> None:
            options = {name: values.pop(name) for name in names}
            connection = kind(**_with_profile(context, profile, options))  # type: ignore[arg-type]  # typer checks them
            command(**values, connection=connection)

        own = [each for each in inspect.signature(command).parameters.values() if each.name != "connection"]
        options = inspect.signature(kind).parameters.values()
        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *options)]
        run.__signature__ = inspect.Signature([_CONTEXT, *parameters, _PROFILE])  # type: ignore[attr-defined]  # what typer reads
        return run

    return decorate


_CONTEXT = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
_PROFILE = inspect.Parameter("profile", inspect.Parameter.KEYWORD_ONLY, default="", annotation=_Profile)


def _with_profile(context: typer.Context, profile: str, options: Mapping[str, object]) -> dict[str, object]:
    """Return the options of a connection: a flag precedes a variable, which precedes the profile, then the default.

    Exits with status 2 if the profile cannot be used.
    """
    sources = {name: getattr(context.get_parameter_source(name), "name", "DEFAULT") for name in options}
    chosen = dict(options)
    if profile:
        try:
            found = profiles.load(profile, _KINDS)
        except profiles.ProfileError as problem:
            complain(f"redeemd: {problem}")
            raise typer.Exit(2) from None
        chosen |= {name: value for name, value in found.items() if sources.get(name) == "DEFAULT"}
    if sources.get("key") == "ENVIRONMENT" and sources.get("key_file") == "COMMANDLINE":
        chosen["key"] = ""
    return chosen
