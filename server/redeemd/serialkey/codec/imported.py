"""Encrypts imported codes with AES-SIV (RFC 5297).

Equal codes of a namespace have equal synthetic IVs, so a typed code is looked up by its IV; listings decrypt the
ciphertext. A stolen database reveals no codes.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES = 64  # AES-256-SIV
IV_BYTES = 16


class Sealer:
    """Encrypts and decrypts the codes of one namespace. Thread-safe."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, code: str) -> tuple[bytes, bytes]:
        """Return the synthetic IV of a code and its ciphertext."""
        sealed = self._cipher.encrypt(code.encode(), None)
        return sealed[:IV_BYTES], sealed[IV_BYTES:]

    def open(self, code_key: bytes, sealed: bytes) -> str:
        """Decrypt a code. Raises cryptography's InvalidTag for input that `seal` did not produce."""
        return self._cipher.decrypt(code_key + sealed, None).decode()
