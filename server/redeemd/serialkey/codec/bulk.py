"""Many serial codes at once, with numpy. Import this module in functions only, after `loading.load_bulk`.

Importing numpy takes 100 ms of CPU and 15 MB of memory, which a server that lists no batches does not need.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from redeemd.serialkey.codec.codes import (
    ALPHABET,
    CAMPAIGN_SHIFT,
    CHECK_BITS,
    GROUPS,
    PRINTED_LENGTH,
    SEQUENCE_BITS,
    SYMBOLS,
)
from redeemd.serialkey.codec.ff1 import HALF_BITS, HALF_MASK, Ff1, Thread

Halves = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

_MASK = np.uint64(HALF_MASK)
_HALF_SYMBOLS = SYMBOLS // 2
_LOW_SEQUENCE_BITS = HALF_BITS - CHECK_BITS  # bits of the sequence that are in the right half
_SYMBOL_BYTES = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_SHIFTS = np.array(range(5 * (_HALF_SYMBOLS - 1), -1, -5), dtype=np.uint64)  # of the symbols in a half
_NO_SYMBOL = 255
_VALUES = np.full(256, _NO_SYMBOL, dtype=np.uint8)
_VALUES[_SYMBOL_BYTES] = range(len(ALPHABET))
_PLACES = [
    symbol + group
    for group, size in enumerate(GROUPS)
    for symbol in range(sum(GROUPS[:group]), sum(GROUPS[: group + 1]))
]


class Shaped(NamedTuple):
    """Texts of the shape of codes: their places among all texts, the printed codes, and their halves."""

    places: list[int]
    printed: list[str]
    left: Halves
    right: Halves


class Opened(NamedTuple):
    """Decrypted codes: whether each is one, its campaign number and its sequence."""

    good: list[bool]
    campaign_numbers: list[int]
    sequences: list[int]


def encode_range(ff1: Ff1, campaign_number: int, first: int, count: int) -> list[str]:
    """Return the printed codes of the sequences first .. first + count - 1, in that order."""
    sequences = np.arange(first, first + count, dtype=np.uint64)
    high = np.uint64(campaign_number << CAMPAIGN_SHIFT - HALF_BITS)
    left = high | (sequences >> np.uint64(_LOW_SEQUENCE_BITS))
    right = (sequences & np.uint64((1 << _LOW_SEQUENCE_BITS) - 1)) << np.uint64(CHECK_BITS)
    left, right = encrypt_many(ff1, left, right)
    values = np.concatenate([half[:, np.newaxis] >> _SHIFTS for half in (left, right)], axis=1)
    return _print_many(_SYMBOL_BYTES[(values & np.uint64(31)).astype(np.intp)])


def read_many(folded: Sequence[str]) -> Shaped:
    """Read texts that `codes.fold` returned."""
    long = [place for place, text in enumerate(folded) if len(text) == SYMBOLS and text.isascii()]
    symbols = np.frombuffer("".join([folded[place] for place in long]).encode(), dtype=np.uint8).reshape(-1, SYMBOLS)
    values = _VALUES[symbols]
    shaped = (values != _NO_SYMBOL).all(axis=1)
    places = [place for place, each in zip(long, shaped.tolist(), strict=True) if each]
    halves = values[shaped].astype(np.uint64).reshape(-1, 2, _HALF_SYMBOLS) << _SHIFTS
    left, right = halves.sum(axis=2, dtype=np.uint64).T
    return Shaped(places, _print_many(symbols[shaped]), left, right)


def open_many(ff1: Ff1, shaped: Shaped) -> Opened:
    """Decrypt codes."""
    left, right = decrypt_many(ff1, shaped.left, shaped.right)
    good = right & np.uint64((1 << CHECK_BITS) - 1) == 0
    campaign_numbers = left >> np.uint64(CAMPAIGN_SHIFT - HALF_BITS)
    high = left & np.uint64((1 << SEQUENCE_BITS - _LOW_SEQUENCE_BITS) - 1)
    sequences = high << np.uint64(_LOW_SEQUENCE_BITS) | right >> np.uint64(CHECK_BITS)
    return Opened(good.tolist(), campaign_numbers.tolist(), sequences.tolist())


def encrypt_many(ff1: Ff1, left: Halves, right: Halves) -> tuple[Halves, Halves]:
    """Encrypt many pairs of halves at once, with one AES call per round."""
    thread = ff1.thread()
    added = _adder(thread, len(left))
    for start in thread.starts:
        left, right = right, (left + added(start, right)) & _MASK
    return left, right


def decrypt_many(ff1: Ff1, left: Halves, right: Halves) -> tuple[Halves, Halves]:
    """Invert `encrypt_many`."""
    thread = ff1.thread()
    added = _adder(thread, len(left))
    for start in thread.starts_reversed:
        left, right = (right - added(start, left)) & _MASK, left
    return left, right


def _adder(thread: Thread, count: int) -> Callable[[int, Halves], Halves]:
    """Return a function of a round and a half of each pair: what FF1 adds to the other half, or subtracts.

    Only the lowest 55 bits count. The result is valid until the next call.
    """
    blocks = np.empty((count, 2), dtype=">u8")
    blocks[:, 0] = np.uint64(thread.starts[0] >> 64)  # as in every round
    plain, sealed = blocks.view(np.uint8).reshape(-1).data, bytearray(16 * count + 15)  # as update_into demands
    # The first 12 bytes of a block are added, of which these hold the lowest 64 bits.
    added: Halves = np.ndarray(count, dtype=">u8", buffer=sealed, offset=4, strides=(16,))

    def of_round(start: int, half: Halves) -> Halves:
        blocks[:, 1] = np.uint64(start & (1 << 64) - 1) ^ half
        thread.aes.update_into(plain, sealed)
        return added

    return of_round


def _print_many(symbols: Bytes) -> list[str]:
    """Return codes as they are printed, of which each row has the symbols."""
    printed = np.full((len(symbols), PRINTED_LENGTH), ord("-"), dtype=np.uint8)
    printed[:, _PLACES] = symbols
    text = printed.tobytes().decode("ascii")
    return [text[start : start + PRINTED_LENGTH] for start in range(0, len(text), PRINTED_LENGTH)]
