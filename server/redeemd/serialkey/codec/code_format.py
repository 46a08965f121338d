"""The formats in which campaigns may print their serial codes.

A format is an alphabet, a number of symbols, a grouping and a prefix. A code is the FF1 image, in the format's radix,
of

    campaign number * 2^sequence_bits + number of the code in the campaign

No code has a greater number, so what the format has to spare are its check bits: a random text is a code with a
probability of at most 2^-check_bits.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

from redeemd.serialkey.codec.codes import ALPHABET as BASE32
from redeemd.serialkey.codec.codes import CAMPAIGN_NUMBER_MAX, DIGITS, NO_DIGIT, SYMBOLS
from redeemd.serialkey.codec.ff1 import HALF_BITS_MAX

# By name. Consonants without Y, and the digits that are not read as vowels (0, 1, 3 and 4 are).
ALPHABETS = {
    "base32": BASE32,
    "digits": "0123456789",
    "consonantsAndDigits": "BCDFGHJKLMNPQRSTVWXZ256789",
    "noLookAlikes": "ABCDEFGHJKMNPRSTVWXYZ3479",
}
LOOK_ALIKES = ("0O", "1IL", "2Z", "5S", "6G", "8B", "UV")

CHECK_BITS_MIN = 24  # of a format that may be used
CHECK_BITS_SAFE = 40  # from here on, wrong codes are not counted in the store
CAMPAIGN_BITS_MIN = 8
CAMPAIGN_BITS_MAX = CAMPAIGN_NUMBER_MAX.bit_length()
CODES_DEFAULT = 1_000_000
CODES_MAX = 1 << 39
READINGS_MAX = 64  # of a text with look-alikes
PRINTED_MAX = 48  # the longest text that a request accepts as a code


@dataclass(frozen=True, slots=True)
class Format:
    """A format. `groups` are the sizes of the groups of symbols; `prefix` is a group of its own, or empty.

    `sequence_bits` are those of the number of a code in its campaign: half of the numbers are for batches, the other
    half for codes issued alone.
    """

    alphabet: str  # a key of ALPHABETS
    length: int
    groups: tuple[int, ...]
    prefix: str
    sequence_bits: int

    @classmethod
    def parse(cls, text: str) -> "Format":
        """Parse the result of `str`."""
        alphabet, length, sequence_bits, groups, prefix = text.split(".")
        return cls(alphabet, int(length), tuple(map(int, groups.split("-"))), prefix, int(sequence_bits))

    def __str__(self) -> str:
        groups = "-".join(map(str, self.groups))
        return f"{self.alphabet}.{self.length}.{self.sequence_bits}.{groups}.{self.prefix}"

    @property
    def symbols(self) -> str:
        """The symbols in the order of their values."""
        return ALPHABETS[self.alphabet]

    @property
    def radix(self) -> int:
        """The number of symbols."""
        return len(self.symbols)

    @property
    def campaign_bits(self) -> int:
        """The bits of the campaign number: as many as leave CHECK_BITS_SAFE, within the limits."""
        left = self._bits - self.sequence_bits - CHECK_BITS_SAFE
        return min(max(left, CAMPAIGN_BITS_MIN), CAMPAIGN_BITS_MAX)

    @property
    def check_bits(self) -> int:
        """The bits, rounded down, that are the same in all codes; may be negative."""
        return self._bits - self.sequence_bits - self.campaign_bits

    @property
    def readings_max(self) -> int:
        """How many readings of a text may be tried, so that its check bits remain enough."""
        return readings_max(self.check_bits)

    @property
    def _bits(self) -> int:
        """The bits of information in a code's symbols, rounded down."""
        values: int = self.radix**self.length
        return values.bit_length() - 1

    @property
    def campaign_number_max(self) -> int:
        """The greatest number of a campaign that has codes of this format."""
        return (1 << self.campaign_bits) - 1

    @property
    def half(self) -> int:
        """How many codes a campaign can have in batches, and again as many issued alone."""
        return 1 << self.sequence_bits - 1

    @property
    def printed_length(self) -> int:
        """The characters of a printed code."""
        return self.length + len(self.groups) - 1 + (len(self.prefix) + 1 if self.prefix else 0)

    def print(self, symbols: str) -> str:
        """Return the text of a code, of which `symbols` are those after the prefix."""
        parts = [self.prefix] if self.prefix else []
        start = 0
        for size in self.groups:
            parts.append(symbols[start : start + size])
            start += size
        return "-".join(parts)

    def overlaps(self, other: "Format") -> bool:
        """Return whether a text may have the shape of both."""
        if self.length + len(self.prefix) != other.length + len(other.prefix):
            return False
        mine, theirs = canonical(self.prefix), canonical(other.prefix)
        return mine.startswith(theirs) or theirs.startswith(mine)


def readings_max(check_bits: int) -> int:
    """Return how many readings of a text may be tried without falling below CHECK_BITS_SAFE, or CHECK_BITS_MIN."""
    needed = CHECK_BITS_SAFE if check_bits >= CHECK_BITS_SAFE else CHECK_BITS_MIN
    return min(READINGS_MAX, 1 << max(check_bits - needed, 0))


def sequence_bits(codes: int) -> int:
    """Return the bits for the numbers of `codes` codes in batches, and of as many issued alone."""
    return (codes - 1).bit_length() + 1


class Problem(NamedTuple):
    """A rule that a format violates; `field` is a field of the proto's CodeFormat."""

    field: str
    text: str


def problem(found: Format) -> Problem | None:
    """Return the first rule that a format violates; None if it violates none."""
    if sum(found.groups) != found.length:
        return Problem("grouping", f"must add up to the length, {found.length}")
    if found.length + len(found.prefix) == SYMBOLS:
        return Problem("length", f"codes of {SYMBOLS} symbols, prefix included, are those without a format")
    if found.printed_length > PRINTED_MAX:
        return Problem("length", f"codes must have at most {PRINTED_MAX} characters when printed")
    if found.radix ** (found.length - found.length // 2) > 1 << HALF_BITS_MAX:
        return Problem("length", "is too great for this alphabet")
    if found.check_bits < CHECK_BITS_MIN:
        text = (
            f"leaves {max(found.check_bits, 0)} check bits, but at least {CHECK_BITS_MIN} are needed: use more "
            "symbols, or fewer codesPerCampaign"
        )
        return Problem("length", text)
    return None


_CANONICAL = str.maketrans({symbol: alike[0] for alike in LOOK_ALIKES for symbol in alike})


def canonical(text: str) -> str:
    """Return what all texts have in common that differ in look-alikes only."""
    return text.translate(_CANONICAL)


def readings(alphabet: str, character: str) -> str:
    """Return the symbols of an alphabet that a character may be meant to be: itself alone, or those that look alike."""
    if character in alphabet:
        return character
    alike = next((group for group in LOOK_ALIKES if character in group), "")
    return "".join(symbol for symbol in alike if symbol in alphabet)


@functools.cache
def to_digits(alphabet: str) -> bytes:
    """Return a table from characters to the digits of their values, for characters with one reading."""
    table = bytearray(NO_DIGIT.encode() * 256)
    for code in range(256):
        read = readings(alphabet, chr(code))
        if len(read) == 1:
            table[code] = ord(DIGITS[alphabet.index(read)])
    return bytes(table)


@functools.cache
def to_symbols(alphabet: str) -> bytes:
    """Return a table from the digits of values to symbols."""
    return bytes.maketrans(DIGITS[: len(alphabet)].encode(), alphabet.encode())
