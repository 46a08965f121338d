"""Short-lived certificates of authorities that exist for one test."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SERVER_NAME = "redeemd.example"

_USAGES: tuple[str, ...] = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
)
_USAGES += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


@dataclass(frozen=True)
class Pair:
    """The PEM files of a certificate and of its key."""

    certificate: Path
    key: Path

    def replace_by(self, other: "Pair") -> None:
        """Put the content of another pair into these files."""
        self.key.write_bytes(other.key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())


class Authority:
    """Signs certificates; they and their keys are files in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(folder.name)  # peers find an authority by its name
        self._issued = 0
        self.ca = self._write("ca.pem", self._sign(folder.name, self._key, (), ca=True))

    def issue(self, name: str, *, uris: Sequence[str] = (), expired: bool = False) -> Pair:
        """Return the files of a certificate for a name, and for URIs such as SPIFFE IDs."""
        key = ec.generate_private_key(ec.SECP256R1())
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._issued += 1
        file = f"{self._issued}-{name}"
        signed = self._sign(name, key, uris, expired=expired)
        return Pair(self._write(f"{file}.pem", signed), self._write(f"{file}.key", text))

    def _sign(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        uris: Sequence[str],
        *,
        ca: bool = False,
        expired: bool = False,
    ) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        ends = now + datetime.timedelta(minutes=-1 if expired else 30)
        builder = x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=_name(name),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - datetime.timedelta(minutes=30),
            not_valid_after=ends,
        )
        names = [x509.DNSName(name), *map(x509.UniformResourceIdentifier, uris)]
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign" if ca else "digital_signature": True}
        builder = builder.add_extension(x509.KeyUsage(**usage), critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def _write(self, name: str, text: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(text)
        return path


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def channel(port: int, ca: Path, client: Pair | None = None, service_config: str = "{}") -> grpc.aio.Channel:
    """Return a channel by TLS to a server with a certificate for SERVER_NAME; each has a connection of its own."""
    shown = (None, None) if client is None else (client.key.read_bytes(), client.certificate.read_bytes())
    return grpc.aio.secure_channel(
        f"127.0.0.1:{port}",
        grpc.ssl_channel_credentials(ca.read_bytes(), *shown),
        options=[
            ("grpc.ssl_target_name_override", SERVER_NAME),
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.service_config", service_config),
        ],
    )
