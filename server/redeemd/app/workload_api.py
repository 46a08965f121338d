"""Certificates from the SPIFFE Workload API, for `redeemd[spiffe]`.

https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE_Workload_API.md: an agent on this machine sends the
certificate of this process and the authorities of its trust domain and of federated ones, and sends them again whenever
one of them changes.
"""

import os
import ssl
import threading

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from spiffe.errors import PySpiffeError
from spiffe.workloadapi.x509_source import X509Source

from redeemd.base.tls import Loaded, pem
from redeemd.base.tls_error import TlsError

FIRST_SECONDS_MAX = 10.0  # until the agent has sent the first certificate


class WorkloadApiSource:
    """Certificates of the agent at SPIFFE_ENDPOINT_SOCKET. See CertificateSource."""

    name = "SPIFFE Workload API"

    def __init__(self) -> None:
        """Wait for the first certificate. Raises TlsError."""
        self._changed = threading.Event()
        self._source = self._opened()

    def _opened(self) -> X509Source:
        try:
            source = X509Source(timeout_in_seconds=FIRST_SECONDS_MAX)
        except PySpiffeError as problem:
            raise TlsError(f"{self.name}: {problem}") from None
        source.subscribe_for_updates(self._changed.set)
        self._changed.set()  # also for an update before the subscription
        return source

    def changed(self) -> bool:
        """Return whether the agent has sent something; connect again if it ended the connection for good."""
        if self._source.is_closed():
            self._source = self._opened()
        if not self._changed.is_set():
            return False
        self._changed.clear()
        return True

    def load(self, *, version: int) -> Loaded:
        """Return the certificate that the agent names first, and all authorities. Raises TlsError."""
        try:
            received = self._source.get_x509_context()
        except PySpiffeError as problem:
            raise TlsError(f"{self.name}: {problem}") from None
        svid = received.default_svid
        key = svid.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        authorities = [each for bundle in received.x509_bundle_set.bundles for each in bundle.x509_authorities]
        return Loaded(pem(svid.cert_chain), key, pem(authorities), svid.leaf.not_valid_after_utc.timestamp(), version)

    def load_into(self, context: ssl.SSLContext, loaded: Loaded) -> None:
        """Load a chain and its key by a file in memory, because Python's ssl reads nothing but files."""
        if not hasattr(os, "memfd_create"):
            raise TlsError(f"{self.name}: needs Linux, where keys can be passed to OpenSSL without a file on disk")
        number = os.memfd_create("svid")
        with os.fdopen(number, "wb") as file:
            file.write(loaded.key + loaded.certificate)
            file.flush()
            try:
                context.load_cert_chain(f"/proc/self/fd/{number}")
            except (ssl.SSLError, OSError) as problem:
                raise TlsError(f"{self.name}: {problem.strerror or problem}") from None

    def close(self) -> None:
        """Disconnect from the agent."""
        self._source.close()
