"""Many serial codes at once, with numpy. Import this module in functions only, after `loading.load_bulk`.

Importing numpy takes 100 ms of CPU and 15 MB of memory, which a server that lists no batches does not need.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from redeemd.serialkey.codec.codes import ALPHABET, CHECK_BITS, GROUPS, SEQUENCE_BITS, SYMBOLS
from redeemd.serialkey.codec.ff1 import HALF_BITS, HALF_MASK, Ff1, Thread

Halves = npt.NDArray[np.uint64]

_MASK = np.uint64(HALF_MASK)
_CAMPAIGN_SHIFT = SEQUENCE_BITS + CHECK_BITS
_LOW_SEQUENCE_BITS = HALF_BITS - CHECK_BITS  # bits of the sequence that are in the right half
_SYMBOL_BYTES = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)


def encode_range(ff1: Ff1, campaign_number: int, first: int, count: int) -> list[str]:
    """Return the printed codes of the sequences first .. first + count - 1, in that order."""
    sequences = np.arange(first, first + count, dtype=np.uint64)
    high = np.uint64(campaign_number << _CAMPAIGN_SHIFT - HALF_BITS)
    left = high | (sequences >> np.uint64(_LOW_SEQUENCE_BITS))
    right = (sequences & np.uint64((1 << _LOW_SEQUENCE_BITS) - 1)) << np.uint64(CHECK_BITS)
    return _print_many(encrypt_many(ff1, left, right))


def encrypt_many(ff1: Ff1, left: Halves, right: Halves) -> tuple[Halves, Halves]:
    """Encrypt many pairs of halves at once, with one AES call per round."""
    thread = ff1.thread()
    for start in thread.starts:
        left, right = right, (left + _added(thread, start, right)) & _MASK
    return left, right


def decrypt_many(ff1: Ff1, left: Halves, right: Halves) -> tuple[Halves, Halves]:
    """Invert `encrypt_many`."""
    thread = ff1.thread()
    for start in thread.starts_reversed:
        left, right = (right - _added(thread, start, left)) & _MASK, left
    return left, right


def decrypt_numbers(ff1: Ff1, numbers: Sequence[int]) -> list[int]:
    """Decrypt numbers that consist of two halves."""
    left = np.array([number >> HALF_BITS for number in numbers], dtype=np.uint64)
    right = np.array([number & HALF_MASK for number in numbers], dtype=np.uint64)
    halves = decrypt_many(ff1, left, right)
    return [high << HALF_BITS | low for high, low in zip(halves[0].tolist(), halves[1].tolist(), strict=True)]


def _added(thread: Thread, start: int, half: Halves) -> Halves:
    """Return what a round of FF1 adds to the other half of each pair, or subtracts; only the lowest 55 bits count."""
    blocks = np.empty((len(half), 2), dtype=">u8")
    blocks[:, 0] = np.uint64(start >> 64)
    blocks[:, 1] = np.uint64(start & (1 << 64) - 1) ^ half
    sealed = np.frombuffer(thread.aes.update(blocks.tobytes()), dtype=">u8").reshape(-1, 2).astype(np.uint64)
    added: Halves = (sealed[:, 0] << np.uint64(32)) | (sealed[:, 1] >> np.uint64(32))
    return added


def _print_many(halves: tuple[Halves, Halves]) -> list[str]:
    left, right = halves
    width = SYMBOLS + len(GROUPS) - 1
    printed = np.full((len(left), width), ord("-"), dtype=np.uint8)
    places = [place + group for group, size in enumerate(GROUPS) for place in _group_places(group, size)]
    per_half = SYMBOLS // 2
    for symbol, place in enumerate(places):
        half, index = (left, symbol) if symbol < per_half else (right, symbol - per_half)
        shift = np.uint64(5 * (per_half - 1 - index))
        printed[:, place] = _SYMBOL_BYTES[(half >> shift & np.uint64(31)).astype(np.intp)]
    text = printed.tobytes().decode("ascii")
    return [text[start : start + width] for start in range(0, len(text), width)]


def _group_places(group: int, size: int) -> range:
    start = sum(GROUPS[:group])
    return range(start, start + size)
