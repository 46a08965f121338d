"""The files of a TLS connection, checked: gRPC reports one that it cannot use as a server that is unavailable."""

import ssl
from pathlib import Path

from redeemd_client.channels import Tls

from redeemd.base import tls
from redeemd.base.tls_error import TlsError


def load(ca: Path | None, client: tuple[Path, Path] | None, *, name: str) -> Tls:
    """Return how to connect: whom to trust, and a client's certificate with its key, if there are any.

    Raises OSError, which names the file, for one that cannot be read or holds something else.
    """
    try:
        authorities = None if ca is None else _authorities(ca)
        certificate, key = (None, None) if client is None else _pair(*client)
    except TlsError as problem:
        raise OSError(str(problem)) from None
    return Tls(authorities=authorities, certificate=certificate, key=key, name=name)


def _authorities(path: Path) -> bytes:
    """Return what the file holds: OpenSSL takes the authorities of operating systems, some of which break RFC 5280."""
    text = tls.read_pem(path)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise TlsError(f"{path}: holds no PEM certificate") from None
    return text


def _pair(certificate: Path, key: Path) -> tuple[bytes, bytes]:
    chain, secret = tls.read_certificates(certificate, tls.read_pem(certificate)), tls.read_pem(key)
    tls.check_key(key, secret, chain[0])
    return tls.pem(chain), secret
