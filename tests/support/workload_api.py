"""A SPIFFE Workload API: an agent on a Unix socket that sends certificates, and others on request."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from spiffe._proto import workload_pb2, workload_pb2_grpc

from support.certificates import Authority, Pair


class Agent(workload_pb2_grpc.SpiffeWorkloadAPIServicer):
    """Sends the certificate and the authorities that it has, and again whenever they are replaced."""

    def __init__(self) -> None:
        self._sent = threading.Condition()
        self._response: Any = None  # the generated messages have no types
        self._version = 0

    def replace(self, spiffe_id: str, own: Pair, authority: Authority, *federated: Authority) -> None:
        """Send a certificate, the authority of its trust domain, and those of federated ones."""
        key = load_pem_private_key(own.key.read_bytes(), password=None)
        svid = workload_pb2.X509SVID(
            spiffe_id=spiffe_id,
            x509_svid=_der(own.certificate),
            x509_svid_key=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
            bundle=_der(authority.ca),
        )
        others = {f"spiffe://other{number}.example": _der(each.ca) for number, each in enumerate(federated)}
        with self._sent:
            self._response = workload_pb2.X509SVIDResponse(svids=[svid], federated_bundles=others)
            self._version += 1
            self._sent.notify_all()

    def FetchX509SVID(self, _request: Any, context: Any) -> Iterator[Any]:  # noqa: N802 -- the name of the RPC
        """Send what there is, and whatever replaces it. The standard requires a header against forged requests."""
        if dict(context.invocation_metadata()).get("workload.spiffe.io") != "true":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "security header missing")
        seen = 0
        while context.is_active():
            with self._sent:
                if self._version == seen:
                    self._sent.wait(timeout=0.1)  # then the call may have ended
                    continue
                seen, response = self._version, self._response
            yield response


@contextlib.contextmanager
def serving_certificates(socket: Path) -> Iterator[Agent]:
    """Serve the Workload API on a Unix socket."""
    agent = Agent()
    server = grpc.server(ThreadPoolExecutor(4))
    workload_pb2_grpc.add_SpiffeWorkloadAPIServicer_to_server(agent, server)  # type: ignore[no-untyped-call]  # generated
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    try:
        yield agent
    finally:
        server.stop(0).wait()


def _der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
