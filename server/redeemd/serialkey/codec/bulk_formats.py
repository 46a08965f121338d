"""Many codes of a format at once, with numpy. Import this module in functions only, after `loading.load_bulk`."""

import numpy as np
import numpy.typing as npt

from redeemd.serialkey.codec.code_format import Format
from redeemd.serialkey.codec.ff1 import ShapedFf1

Halves = npt.NDArray[np.uint64]


def encode_range(ff1: ShapedFf1, code_format: Format, first: int, count: int) -> list[str]:
    """Return the printed codes of the plain numbers first .. first + count - 1, in that order."""
    plain = np.uint64(first) + np.arange(count, dtype=np.uint64)
    size = np.uint64(ff1.right_size)
    return _print_many(code_format, *encrypt_many(ff1, plain // size, plain % size))


def encrypt_many(ff1: ShapedFf1, left: Halves, right: Halves) -> tuple[Halves, Halves]:
    """Encrypt many pairs of halves at once, with one AES call per round."""
    thread = ff1.thread()
    for start, size in zip(thread.starts, ff1.sizes, strict=True):
        blocks = np.empty((len(right), 2), dtype=">u8")
        blocks[:, 0] = np.uint64(start >> 64)
        blocks[:, 1] = np.uint64(start & (1 << 64) - 1) ^ right
        sealed = np.frombuffer(thread.aes.update(blocks.tobytes()), dtype=np.uint8).reshape(-1, 16)
        left, right = right, (left + _remainders(sealed[:, : ff1.added_bytes], size)) % np.uint64(size)
    return left, right


def _remainders(numbers: npt.NDArray[np.uint8], size: int) -> Halves:
    """Return numbers, whose big-endian bytes are the rows, modulo `size`, which is at most 2^HALF_BITS_MAX.

    The numbers are read in pieces so small that a remainder and a piece together have at most 64 bits.
    """
    bits = next(bits for bits in (32, 16, 8) if size <= 1 << 64 - bits)
    pieces = np.ascontiguousarray(numbers).view(f">u{bits // 8}").astype(np.uint64)
    found: Halves = np.zeros(len(numbers), dtype=np.uint64)
    for column in range(pieces.shape[1]):
        found = (found << np.uint64(bits) | pieces[:, column]) % np.uint64(size)
    return found


def _print_many(code_format: Format, left: Halves, right: Halves) -> list[str]:
    template = code_format.print("?" * code_format.length)
    width = len(template)
    printed = np.tile(np.frombuffer(template.encode(), dtype=np.uint8), (len(left), 1))
    places = [place for place, character in enumerate(template) if character == "?"]
    symbols = np.frombuffer(code_format.symbols.encode(), dtype=np.uint8)
    radix = np.uint64(code_format.radix)
    for half, its_places in ((left, places[: len(places) // 2]), (right, places[len(places) // 2 :])):
        rest = half
        for place in reversed(its_places):
            rest, digits = np.divmod(rest, radix)
            printed[:, place] = symbols[digits.astype(np.intp)]
    text = printed.tobytes().decode("ascii")
    return [text[start : start + width] for start in range(0, len(text), width)]
