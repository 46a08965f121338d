"""Encrypts imported codes with AES-SIV (RFC 5297).

Equal codes of a namespace have equal synthetic IVs, so a typed code is looked up by its IV; listings decrypt the
ciphertext. A stolen database reveals no codes.

A code is found in one of two ways: under the IV of its own text (`exact`), or under that of its folded text, which is
the same for all spellings that a player may type (`folded`).
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

KEY_BYTES = 64  # AES-256-SIV
IV_BYTES = 16

# Associated data, so that a folded text has another IV than the same text as an exact code.
_FOLDED = [b"folded"]


class Match(IntEnum):
    """How a typed text is compared with imported codes; numbers as in ImportMatch."""

    FOLDED = 1
    EXACT = 2


class Sealed(NamedTuple):
    """An encrypted code. `lookup_key` has IV_BYTES; `code_key` begins with it and, with `sealed`, gives the code."""

    lookup_key: bytes
    code_key: bytes
    sealed: bytes


class Sealer:
    """Encrypts and decrypts the codes of one namespace. Thread-safe."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESSIV(key)

    def seal(self, codes: Sequence[str], folded: Sequence[str], match: Match) -> tuple[list[Sealed], list[bytes]]:
        """Encrypt codes; `folded` are their folded texts.

        Return also the lookup keys that the codes would have with the other Match.
        """
        from redeemd.serialkey.codec.siv import Siv  # noqa: PLC0415 -- numpy, which takes a while

        encrypted = Siv(self._key).encrypt([code.encode() for code in codes])
        keys = Siv(self._key, _FOLDED).ivs([text.encode() for text in folded])
        if match == Match.EXACT:
            return [Sealed(exact, exact, text) for exact, text in encrypted], keys
        sealed = [Sealed(key, key + exact, text) for key, (exact, text) in zip(keys, encrypted, strict=True)]
        return sealed, [exact for exact, _ in encrypted]

    def exact_key(self, text: str) -> bytes:
        """Return the lookup key of an exact code with this text."""
        return self._cipher.encrypt(text.encode(), None)[:IV_BYTES]

    def folded_key(self, folded: str) -> bytes:
        """Return the lookup key of a folded code with this folded text."""
        return self._cipher.encrypt(folded.encode(), _FOLDED)[:IV_BYTES]

    def open(self, code_key: bytes, sealed: bytes) -> str:
        """Decrypt a code. Raises cryptography's InvalidTag for input that `seal` did not produce."""
        return self._cipher.decrypt(code_key[-IV_BYTES:] + sealed, None).decode()
