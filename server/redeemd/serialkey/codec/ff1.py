"""FF1 with AES (NIST SP 800-38G) for strings of one shape, with an empty tweak.

FF1 is a permutation of all strings of a shape, chosen by the key. The numerals are never written out: halves are
integers. With an empty tweak the first block of the CBC-MAC is constant, so a round costs one AES block.
tests/serialkey contains a generic FF1 that passes the NIST samples, and checks these against it.

`Ff1` is for radix 32 and 22 numerals, the shape of serial codes: a half of 11 numerals is exactly 55 bits, so "mod
radix^m" is a mask. `ShapedFf1` is for the shapes of other formats.
"""

import threading
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

ROUNDS = 10
HALF_BITS = 55
HALF_BYTES = 7  # b of SP 800-38G
HALF_MASK = (1 << HALF_BITS) - 1
HALF_BITS_MAX = 56  # of a half of another shape, so that numpy can compute with them


def _parameters(radix: int, length: int) -> bytes:
    """Return P of SP 800-38G, algorithm 7, step 5: 1 | 2 | 1 | radix | 10 | u mod 256 | n | t."""
    head = bytes((1, 2, 1, 0, 0, radix, ROUNDS, length // 2))
    return head + length.to_bytes(4, "big") + (0).to_bytes(4, "big")


_P = _parameters(32, 22)

# The first 12 bytes of a block are added (step 6.iv), of which the mask leaves the lowest 55 bits.
UNUSED_BITS = 32


@dataclass(frozen=True, slots=True)
class Thread:
    """The cipher state of one thread: cipher contexts must not be shared between threads."""

    aes: CipherContext
    # By round: AES(P), the state of the CBC-MAC before the second block, with the round's number (step 6.ii) mixed in.
    starts: tuple[int, ...]
    starts_reversed: tuple[int, ...]


class Rounds:
    """The rounds of FF1 under one key (32 bytes for AES-256). Thread-safe."""

    def __init__(self, key: bytes, parameters: bytes, half_bytes: int) -> None:
        """`parameters` is P of SP 800-38G, `half_bytes` b."""
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 -- a block cipher is what FF1 builds on
        self._parameters = parameters
        self._half_bytes = half_bytes
        self._local = threading.local()

    def thread(self) -> Thread:
        """Return the state of the current thread."""
        try:
            thread: Thread = self._local.thread
        except AttributeError:
            aes = self._cipher.encryptor()
            start = int.from_bytes(aes.update(self._parameters), "big")
            starts = tuple(start ^ i << self._half_bytes * 8 for i in range(ROUNDS))
            thread = self._local.thread = Thread(aes, starts, starts[::-1])
        return thread


class Ff1(Rounds):
    """The permutation of 22 numerals of radix 32 under one key."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key, _P, HALF_BYTES)

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


class ShapedFf1(Rounds):
    """The permutation of `length` numerals of a radix below 256, whose halves have at most HALF_BITS_MAX bits."""

    def __init__(self, key: bytes, radix: int, length: int) -> None:
        self.right_size = radix ** (length - length // 2)
        half_bytes = -(-(self.right_size - 1).bit_length() // 8)
        # d of SP 800-38G: the first bytes of a block are added. It is at most 12.
        self.added_bytes = 4 * -(-half_bytes // 4) + 4
        self.sizes = (radix ** (length // 2), self.right_size) * (ROUNDS // 2)  # of what a round changes
        self._unused_bits = 128 - 8 * self.added_bytes
        super().__init__(key, _parameters(radix, length), half_bytes)

    def encrypt(self, left: int, right: int) -> tuple[int, int]:
        """Encrypt a string given as its first length // 2 numerals and the others; return the halves encrypted."""
        thread = self.thread()
        update, number, unused = thread.aes.update, int.from_bytes, self._unused_bits
        for start, size in zip(thread.starts, self.sizes, strict=True):
            added = number(update((start ^ right).to_bytes(16, "big")), "big") >> unused
            left, right = right, (left + added) % size
        return left, right

    def decrypt(self, left: int, right: int) -> tuple[int, int]:
        """Invert `encrypt`."""
        thread = self.thread()
        update, number, unused = thread.aes.update, int.from_bytes, self._unused_bits
        for start, size in zip(thread.starts_reversed, reversed(self.sizes), strict=True):
            added = number(update((start ^ left).to_bytes(16, "big")), "big") >> unused
            left, right = (right - added) % size, left
        return left, right
