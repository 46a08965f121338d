"""Opens connections to handlers."""

from pathlib import Path

import grpc

from redeemd.base import tls
from redeemd.config.handlers import HandlerSettings

_MESSAGE_BYTES_MAX = 1024 * 1024
_OPTIONS = (
    ("grpc.max_receive_message_length", _MESSAGE_BYTES_MAX),
    ("grpc.enable_retries", 0),  # that is done, and counted, elsewhere
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5000),
    ("grpc.keepalive_time_ms", 30_000),  # a connection that died quietly is noticed
    ("grpc.keepalive_timeout_ms", 10_000),
)


def files(settings: HandlerSettings) -> list[Path]:
    """Return the certificate files of a connection."""
    used = settings.tls
    return [] if used is None else [Path(path) for path in (used.ca, used.certificate, used.key) if path is not None]


def credentials(settings: HandlerSettings) -> grpc.ChannelCredentials | None:
    """Read the certificate files of a connection; return None for one without TLS. Raises TlsError."""
    used = settings.tls
    if used is None:
        return None
    ca = certificate = key = None
    if used.ca is not None:
        ca = tls.read_pem(Path(used.ca))
        tls.read_certificates(Path(used.ca), ca)
    if used.certificate is not None and used.key is not None:
        certificate, key = tls.read_pem(Path(used.certificate)), tls.read_pem(Path(used.key))
        chain = tls.read_certificates(Path(used.certificate), certificate)
        tls.check_key(Path(used.key), key, chain[0])
    return grpc.ssl_channel_credentials(ca, key, certificate)


def open_channel(settings: HandlerSettings, using: grpc.ChannelCredentials | None) -> grpc.aio.Channel:
    """Return a channel to a handler, with TLS if there are credentials."""
    if using is None:
        return grpc.aio.insecure_channel(settings.address, options=_OPTIONS)
    options = list[tuple[str, int | str]](_OPTIONS)
    if settings.tls is not None and settings.tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", settings.tls.server_name))
    return grpc.aio.secure_channel(settings.address, using, options=options)
