"""The certificates of the server, which may be replaced while it runs."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from redeemd.base import small_files
from redeemd.base.tls_error import TlsError
from redeemd.base.watched_files import WatchedFiles

PEM_BYTES_MAX = 1024 * 1024  # of one file

_BEGIN = re.compile(rb"-----BEGIN (?:X509 )?CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Loaded:
    """Checked certificates; `version` increases with every reload. `expires_at` is in Unix seconds.

    `certificate` is the chain and `key` its key, `client_ca` the authorities whose client certificates are accepted.
    """

    certificate: bytes
    key: bytes
    client_ca: bytes | None
    expires_at: float
    version: int


class CertificateSource(Protocol):
    """Where the certificates of a server come from."""

    @property
    def name(self) -> str:
        """The name of the source in log lines."""

    def changed(self) -> bool:
        """Return whether there may be other certificates than at the last call; True for the first call."""

    def load(self, *, version: int) -> Loaded:
        """Return the certificates. Raises TlsError."""

    def load_into(self, context: ssl.SSLContext, loaded: Loaded) -> None:
        """Load a certificate chain and its key into a context. Raises TlsError."""

    def close(self) -> None:
        """Stop whatever updates the certificates."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """The PEM files of a server. `client_ca` are the authorities whose client certificates are accepted."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files."""
        return (self.certificate, self.key) if self.client_ca is None else (self.certificate, self.key, self.client_ca)


class FileSource:
    """Certificates in files that may be replaced."""

    name = "tls_cert, tls_key, tls_client_ca"

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._watched = WatchedFiles(files.paths)

    def changed(self) -> bool:
        """See CertificateSource."""
        return self._watched.changed()

    def load(self, *, version: int) -> Loaded:
        """See CertificateSource."""
        return _load(self._files, version=version)

    def load_into(self, context: ssl.SSLContext, loaded: Loaded) -> None:  # noqa: ARG002 -- OpenSSL reads the files
        """See CertificateSource."""
        files = self._files
        try:
            context.load_cert_chain(files.certificate, files.key, password="")
        except (ssl.SSLError, OSError) as problem:
            raise TlsError(f"{files.certificate} and {files.key}: {problem.strerror or problem}") from None

    def close(self) -> None:
        """See CertificateSource."""


class Certificates:
    """The current certificates of a server."""

    def __init__(self, source: CertificateSource) -> None:
        """Load the certificates. Raises TlsError."""
        self._source = source
        source.changed()
        try:
            self.current = source.load(version=1)
            self._contexts = _contexts(source, self.current)
        except TlsError:
            source.close()
            raise

    @property
    def source(self) -> str:
        """The name of the source of the certificates in log lines."""
        return self._source.name

    def context(self, *, mutual: bool) -> ssl.SSLContext:
        """Return the context for the next connection of asyncio; with `mutual`, it requires a client certificate."""
        return self._contexts[mutual]

    async def refresh(self) -> bool:
        """Load the certificates again if they changed, and return whether they did.

        Raises TlsError for certificates that cannot be used; the former ones then stay in use, and nothing is loaded
        again until there is a change.
        """
        return await asyncio.to_thread(self._refresh)

    def _refresh(self) -> bool:
        if not self._source.changed():
            return False
        loaded = self._source.load(version=self.current.version + 1)
        self._contexts = _contexts(self._source, loaded)
        self.current = loaded
        return True

    def close(self) -> None:
        """Stop whatever updates the certificates."""
        self._source.close()


def _load(files: TlsFiles, *, version: int) -> Loaded:
    certificate, key = read_pem(files.certificate), read_pem(files.key)
    chain = read_certificates(files.certificate, certificate)
    check_key(files.key, key, chain[0])
    client_ca = None
    if files.client_ca is not None:
        client_ca = pem(read_certificates(files.client_ca, read_pem(files.client_ca)))
    return Loaded(pem(chain), key, client_ca, chain[0].not_valid_after_utc.timestamp(), version)


def pem(certificates: list[x509.Certificate]) -> bytes:
    """Return certificates without what else their file holds, such as comments in any encoding."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


def read_pem(path: Path) -> bytes:
    """Read a PEM file. Raises TlsError."""
    try:
        return small_files.read(path, PEM_BYTES_MAX)
    except ValueError as problem:
        raise TlsError(str(problem)) from None


def read_certificates(path: Path, text: bytes) -> list[x509.Certificate]:
    """Parse PEM certificates. Raises TlsError naming their file, also for one that is written incompletely."""
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError:
        raise TlsError(f"{path}: holds no PEM certificate") from None
    if len(found) != len(_BEGIN.findall(text)):
        raise TlsError(f"{path}: holds a PEM certificate that is incomplete")
    return found


def check_key(path: Path, text: bytes, certificate: x509.Certificate) -> None:
    """Raise TlsError, which does not quote the key, unless a private key belongs to a certificate."""
    try:
        key = load_pem_private_key(text, password=None)
        fits = key.public_key() == certificate.public_key()
    except TypeError:
        raise TlsError(f"{path}: is encrypted; a key without a passphrase is required") from None
    except (ValueError, UnsupportedAlgorithm):
        raise TlsError(f"{path}: holds no PEM private key") from None
    if not fits:
        raise TlsError(f"{path}: is not the key of the certificate")


def _contexts(source: CertificateSource, loaded: Loaded) -> dict[bool, ssl.SSLContext]:
    """Return the contexts by whether they require a client certificate. Raises TlsError."""
    contexts = {False: _context(source, loaded)}
    if loaded.client_ca is not None:
        contexts[True] = mutual = _context(source, loaded)
        try:
            mutual.load_verify_locations(cadata=loaded.client_ca.decode("ascii"))
        except ssl.SSLError as problem:
            raise TlsError(f"authorities of {source.name}: {problem.reason}") from None
        mutual.verify_mode = ssl.CERT_REQUIRED
        mutual.num_tickets = 0  # a resumed session would not be verified against replaced authorities
    return contexts


def _context(source: CertificateSource, loaded: Loaded) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    source.load_into(context, loaded)
    return context
