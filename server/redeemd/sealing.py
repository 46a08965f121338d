"""Encrypts what is kept for a while and may hold codes, tokens or what players own."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from redeemd.keyring import KeyRing

_NONCE_BYTES = 12


class Box:
    """AES-GCM under a key of its own, with the nonce in front.

    The key is a child of the oldest master key, so that what was sealed opens after any rotation.
    """

    def __init__(self, ring: KeyRing, label: str) -> None:
        self._cipher = AESGCM(ring.child(ring.oldest, label))

    def seal(self, data: bytes, bound_to: bytes) -> bytes:
        """Encrypt. Only who says the same `bound_to` can open it: a row moved to another place stays closed."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """Decrypt. Raises InvalidTag for what was not sealed here so."""
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)
