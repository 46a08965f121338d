"""Channels to a server: TLS, and the published service config."""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

Options = Sequence[tuple[str, int | str]]

_SERVICE_CONFIG = Path(__file__).with_name("service_config.json")
MESSAGE_BYTES_MAX = 21 * 1024 * 1024  # of responses; settings are the longest


@dataclass(frozen=True, slots=True)
class Tls:
    """How to encrypt: the authorities to trust, and a certificate of the client with its key, all of them PEM.

    Without `authorities`, those of grpcio. `name` is the server's name in its certificate, if it is not the host of the
    address.
    """

    authorities: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = None
    name: str = ""

    @classmethod
    def from_files(
        cls,
        authorities: Path | str | None = None,
        certificate: Path | str | None = None,
        key: Path | str | None = None,
        *,
        name: str = "",
    ) -> "Tls":
        """Read PEM files. Raises OSError."""
        read = [None if path is None else Path(path).read_bytes() for path in (authorities, certificate, key)]
        return cls(authorities=read[0], certificate=read[1], key=read[2], name=name)

    @property
    def credentials(self) -> grpc.ChannelCredentials:
        """The credentials of a channel."""
        return grpc.ssl_channel_credentials(self.authorities, self.key, self.certificate)

    @property
    def options(self) -> Options:
        """The options of a channel."""
        return [("grpc.ssl_target_name_override", self.name)] if self.name else []


def service_config(*, health_checks: bool = True) -> str:
    """Return the published service config: which calls are retried, their time-outs, and how they are balanced.

    Without `health_checks`, for a proxy that does not support them, or that performs them itself.
    """
    config = dict(published())
    if not health_checks:
        del config["healthCheckConfig"]
    return json.dumps(config)


@functools.cache
def published() -> Mapping[str, Any]:  # JSON
    """Return the published service config as it is."""
    config: Mapping[str, Any] = json.loads(_SERVICE_CONFIG.read_text(encoding="utf-8"))  # same
    return config


def client_options(config: str | None, options: Options) -> Options:
    """Return the options of a client's channel; None leaves calls without a service config."""
    defaults: list[tuple[str, int | str]] = [
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.per_rpc_retry_buffer_size", MESSAGE_BYTES_MAX),  # a longer request is not retried
        ("grpc.service_config", service_config() if config is None else config),
    ]
    return [*defaults, *options]


def open_channel(address: str, tls: Tls | None, options: Options) -> grpc.Channel:
    """Return a channel, with TLS if there is any."""
    if tls is None:
        return grpc.insecure_channel(address, options=options)
    return grpc.secure_channel(address, tls.credentials, options=[*options, *tls.options])


def open_aio_channel(address: str, tls: Tls | None, options: Options) -> grpc.aio.Channel:
    """Return a channel for asyncio, with TLS if there is any."""
    if tls is None:
        return grpc.aio.insecure_channel(address, options=options)
    return grpc.aio.secure_channel(address, tls.credentials, options=[*options, *tls.options])
