"""The certificates with which redeemd connects to other services."""

import ssl
from pathlib import Path
from typing import NamedTuple

from redeemd.base import tls
from redeemd.base.tls_error import TlsError
from redeemd.config.client_tls import ClientTls


class ClientCertificates(NamedTuple):
    """PEM texts: the authorities to trust, None for those of the machine, and the client certificate with its key."""

    ca: bytes | None
    certificate: bytes | None
    key: bytes | None


def files(settings: ClientTls | None) -> list[Path]:
    """Return the files of a connection."""
    named = () if settings is None else (settings.ca, settings.certificate, settings.key)
    return [Path(path) for path in named if path is not None]


def read(settings: ClientTls) -> ClientCertificates:
    """Read and check the files of a connection. Raises TlsError."""
    ca = certificate = key = None
    if settings.ca is not None:
        ca = tls.read_pem(Path(settings.ca))
        tls.read_certificates(Path(settings.ca), ca)
    if settings.certificate is not None and settings.key is not None:
        certificate, key = tls.read_pem(Path(settings.certificate)), tls.read_pem(Path(settings.key))
        chain = tls.read_certificates(Path(settings.certificate), certificate)
        tls.check_key(Path(settings.key), key, chain[0])
    return ClientCertificates(ca, certificate, key)


def context(settings: ClientTls) -> ssl.SSLContext:
    """Return the context for connections of asyncio. Raises TlsError."""
    found = read(settings)
    authorities = None
    if settings.ca is not None and found.ca is not None:
        authorities = tls.pem(tls.read_certificates(Path(settings.ca), found.ca)).decode()
    made = ssl.create_default_context(cadata=authorities)
    if settings.certificate is not None and settings.key is not None:
        try:
            made.load_cert_chain(settings.certificate, settings.key, password="")
        except (ssl.SSLError, OSError) as problem:
            raise TlsError(f"{settings.certificate} and {settings.key}: {problem.strerror or problem}") from None
    return made
