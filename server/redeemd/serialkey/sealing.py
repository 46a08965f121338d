"""How codes that a studio imported are kept: under AES-SIV (RFC 5297).

Equal codes of a namespace have equal synthetic IVs, so a typed code is found by its IV; the ciphertext lets the code be
listed again. A stolen database tells neither.
"""

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES = 64  # AES-256-SIV
IV_BYTES = 16


class Sealer:
    """Seals the codes of one namespace. May be used by several threads."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, code: str) -> tuple[bytes, bytes]:
        """Answer the synthetic IV of a code and its ciphertext."""
        sealed = self._cipher.encrypt(code.encode(), None)
        return sealed[:IV_BYTES], sealed[IV_BYTES:]

    def open(self, code_key: bytes, sealed: bytes) -> str:
        """Undo seal. Raises cryptography's InvalidTag for what was not made by it."""
        return self._cipher.decrypt(code_key + sealed, None).decode()
