"""The TLS credentials of the gRPC server, whose certificates can change while it runs."""

import threading

import grpc

from redeemd.base.tls import Certificates, Loaded


def server_credentials(certificates: Certificates) -> grpc.ServerCredentials:
    """Return credentials that use the current certificates for each handshake.

    With authorities of clients, each client must have a certificate.
    """
    current = certificates.current
    fetch = _Fetcher(certificates, current.version)
    return grpc.dynamic_ssl_server_credentials(
        _configuration(current),
        fetch,  # type: ignore[arg-type]  # it may return None, as documented
        require_client_authentication=current.client_ca is not None,
    )


class _Fetcher:
    """Returns certificates that are newer than those returned before. gRPC calls it in each handshake."""

    def __init__(self, certificates: Certificates, version: int) -> None:
        self._certificates = certificates
        self._version = version
        self._lock = threading.Lock()

    def __call__(self) -> grpc.ServerCertificateConfiguration | None:
        with self._lock:
            current = self._certificates.current
            if current.version == self._version:
                return None  # gRPC keeps those it has
            self._version = current.version
        return _configuration(current)


def _configuration(loaded: Loaded) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(loaded.key, loaded.certificate)], root_certificates=loaded.client_ca
    )
