"""Signs messages as Standard Webhooks says: https://github.com/standard-webhooks/standard-webhooks.

A file holds the secrets of a webhook, one a line. Every message is signed with all of them, so that a receiver accepts
it with the old or the new secret while they are rotated.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from redeemd.base import small_files

SECRETS_MAX = 10
FILE_BYTES_MAX = 16 * 1024
_SYMMETRIC, _ASYMMETRIC = "whsec_", "whsk_"
_SECRET_BYTES = range(24, 65)  # by the specification
# A private key is its seed, as in RFC 8032, or that followed by the public key, as other libraries write it.
_SEED_BYTES, _PAIR_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class Signer:
    """The secrets of a webhook; each of its lists may be empty, but not both."""

    symmetric: tuple[bytes, ...]
    asymmetric: tuple[bytes, ...]  # seeds of ed25519

    def headers(self, message_id: str, body: bytes, *, at_seconds: int) -> dict[str, str]:
        """Return the headers of a message. Neither the id nor the time contains a full stop."""
        signed = f"{message_id}.{at_seconds}.".encode() + body
        signatures = [("v1", hmac.digest(secret, signed, hashlib.sha256)) for secret in self.symmetric]
        signatures += [("v1a", Ed25519PrivateKey.from_private_bytes(seed).sign(signed)) for seed in self.asymmetric]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(at_seconds),
            "webhook-signature": " ".join(f"{kind},{base64.b64encode(text).decode()}" for kind, text in signatures),
        }


def read(path: Path) -> Signer:
    """Read a file of secrets. Raises ValueError, which does not quote any."""
    text = small_files.read(path, FILE_BYTES_MAX)
    try:
        return parse(text.decode("ascii", "replace").split())
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None


def parse(secrets: Sequence[str]) -> Signer:
    """Parse secrets. Raises ValueError."""
    if not 0 < len(secrets) <= SECRETS_MAX:
        raise ValueError(f"must hold 1 to {SECRETS_MAX} secrets, one a line")
    symmetric: list[bytes] = []
    asymmetric: list[bytes] = []
    for number, secret in enumerate(secrets, 1):
        try:
            if secret.startswith(_ASYMMETRIC):
                asymmetric.append(_seed(_decoded(secret.removeprefix(_ASYMMETRIC))))
            else:
                symmetric.append(_symmetric(secret))
        except ValueError as problem:
            raise ValueError(f"secret {number} {problem}") from None
    return Signer(tuple(symmetric), tuple(asymmetric))


def _symmetric(secret: str) -> bytes:
    if not secret.startswith(_SYMMETRIC):
        raise ValueError(f"must begin with {_SYMMETRIC} or {_ASYMMETRIC}")
    data = _decoded(secret.removeprefix(_SYMMETRIC))
    if len(data) not in _SECRET_BYTES:
        raise ValueError(f"must have {_SECRET_BYTES[0]} to {_SECRET_BYTES[-1]} bytes")
    return data


def _seed(data: bytes) -> bytes:
    if len(data) not in {_SEED_BYTES, _PAIR_BYTES}:
        raise ValueError("is no private key of ed25519")
    seed, public = data[:_SEED_BYTES], data[_SEED_BYTES:]
    if public and Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw() != public:
        raise ValueError("is a private key of ed25519 with another public key")
    return seed


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
