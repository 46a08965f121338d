"""FF1 with AES (NIST SP 800-38G) for one shape: radix 32, 22 numerals, empty tweak.

FF1 is a permutation of all strings of that shape, chosen by the key. With radix 32 a half of 11 numerals is exactly 55
bits, so the numerals are never written out: halves are integers and "mod radix^m" is a mask. With an empty tweak the
first block of the CBC-MAC is constant, so a round costs one AES block. tests/serialkey contains a generic FF1 that
passes the NIST samples, and checks this one against it.
"""

import threading
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

ROUNDS = 10
HALF_BITS = 55
HALF_BYTES = 7  # b of SP 800-38G
HALF_MASK = (1 << HALF_BITS) - 1

# SP 800-38G, algorithm 7, step 5: 1 | 2 | 1 | radix | 10 | u mod 256 | n | t
_P = bytes((1, 2, 1, 0, 0, 32, 10, 11)) + (22).to_bytes(4, "big") + (0).to_bytes(4, "big")

# The first 12 bytes of a block are added (step 6.iv), of which the mask leaves the lowest 55 bits.
UNUSED_BITS = 32


@dataclass(frozen=True, slots=True)
class Thread:
    """The cipher state of one thread: cipher contexts must not be shared between threads."""

    aes: CipherContext
    # By round: AES(P), the state of the CBC-MAC before the second block, with the round's number (step 6.ii) mixed in.
    starts: tuple[int, ...]
    starts_reversed: tuple[int, ...]


class Ff1:
    """The permutation under one key (32 bytes for AES-256). Thread-safe."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 -- a block cipher is what FF1 builds on
        self._local = threading.local()

    def thread(self) -> Thread:
        """Return the state of the current thread."""
        try:
            thread: Thread = self._local.thread
        except AttributeError:
            aes = self._cipher.encryptor()
            start = int.from_bytes(aes.update(_P), "big")
            starts = tuple(start ^ i << HALF_BYTES * 8 for i in range(ROUNDS))
            thread = self._local.thread = Thread(aes, starts, starts[::-1])
        return thread

    def encrypt(self, left: int, right: int) -> tuple[int, int]:
        """Encrypt a string given as two halves of 55 bits; return the encrypted halves."""
        thread = self.thread()
        update, number, mask = thread.aes.update, int.from_bytes, HALF_MASK
        for start in thread.starts:
            added = number(update((start ^ right).to_bytes(16, "big")), "big") >> UNUSED_BITS
            left, right = right, left + added & mask
        return left, right

    def decrypt(self, left: int, right: int) -> tuple[int, int]:
        """Invert `encrypt`."""
        thread = self.thread()
        update, number, mask = thread.aes.update, int.from_bytes, HALF_MASK
        for start in thread.starts_reversed:
            added = number(update((start ^ left).to_bytes(16, "big")), "big") >> UNUSED_BITS
            left, right = right - added & mask, left
        return left, right
