"""TLS of the server's ports, from the settings."""

from typing import Literal

from redeemd.base.tls import Certificates, TlsFiles
from redeemd.config import Settings
from redeemd.http.tls_listener import Context


def certificates(settings: Settings) -> Certificates | None:
    """Return the certificates of the server, None without TLS. Raises TlsError."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificates(TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca))


def context(using: Certificates | None, mode: Literal["on", "off", "mutual"]) -> Context | None:
    """Return what returns the context for a connection to HTTP, None without TLS."""
    if using is None or mode == "off":
        return None
    return lambda: using.context(mutual=mode == "mutual")
