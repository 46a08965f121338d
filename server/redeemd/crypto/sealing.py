"""Encrypts data that is stored for a limited time and may contain codes, tokens or what players own."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from redeemd.crypto.keyring import KeyRing

_NONCE_BYTES = 12


class Box:
    """AES-GCM with a key of its own; the nonce precedes the ciphertext.

    The key is a child of the oldest master key, so that sealed data can be opened after any rotation.
    """

    def __init__(self, ring: KeyRing, label: str) -> None:
        self._cipher = AESGCM(ring.child(ring.oldest, label))

    def seal(self, data: bytes, bound_to: bytes) -> bytes:
        """Encrypt. Opening requires the same `bound_to`, so that a row moved to another place cannot be opened."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt. Raises InvalidTag unless the data was sealed with this key and `bound_to`."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
