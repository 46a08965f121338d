"""Opens connections to handlers."""

import grpc

from redeemd.base import client_certificates
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


def credentials(settings: HandlerSettings) -> grpc.ChannelCredentials | None:
    """Read the certificate files of a connection; return None for one without TLS. Raises TlsError."""
    if settings.tls is None:
        return None
    found = client_certificates.read(settings.tls)
    return grpc.ssl_channel_credentials(found.ca, found.key, found.certificate)


def open_channel(settings: HandlerSettings, using: grpc.ChannelCredentials | None) -> grpc.aio.Channel:
    """Return a channel to a handler, with TLS if there are credentials."""
    if using is None:
        return grpc.aio.insecure_channel(settings.address, options=_OPTIONS)
    options = list[tuple[str, int | str]](_OPTIONS)
    if settings.tls is not None and settings.tls.server_name is not None:
        options.append(("grpc.ssl_target_name_override", settings.tls.server_name))
    return grpc.aio.secure_channel(settings.address, using, options=options)
