"""TLS of the server's ports, from the settings."""

import importlib.util
from typing import Literal

from redeemd.base.tls import Certificates, CertificateSource, FileSource, TlsFiles
from redeemd.base.tls_error import TlsError
from redeemd.config import Settings
from redeemd.http.tls_listener import Context


def certificates(settings: Settings) -> Certificates | None:
    """Return the certificates of the server, None without TLS. Raises TlsError."""
    source = _source(settings)
    return None if source is None else Certificates(source)


def _source(settings: Settings) -> CertificateSource | None:
    if settings.tls_source == "spiffe":
        if importlib.util.find_spec("spiffe") is None:
            raise TlsError("tls_source spiffe: install redeemd[spiffe]")
        from redeemd.app.workload_api import WorkloadApiSource  # noqa: PLC0415 -- an extra

        return WorkloadApiSource()
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return FileSource(TlsFiles(settings.tls_cert, settings.tls_key, settings.tls_client_ca))


def context(using: Certificates | None, mode: Literal["on", "off", "mutual"]) -> Context | None:
    """Return what returns the context for a connection to HTTP, None without TLS."""
    if using is None or mode == "off":
        return None
    return lambda: using.context(mutual=mode == "mutual")
