"""Serial codes: numbers under FF1, printed in base32.

A code is 22 symbols of the RFC 4648 base32 alphabet, printed 5-4-5-4-4. It is the FF1 image of 110 bits:

    campaign number 24 bits | sequence number 40 bits | zero 46 bits

So codes are unique without a lookup, and reveal nothing about campaign or count. A guessed or mistyped code fails the
check of the zero bits with probability 1 - 2^-46: it is refused by arithmetic, without the database.
"""

import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redeemd.serialkey.codec.ff1 import HALF_BITS, HALF_MASK, Ff1

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SYMBOLS = 22
GROUPS = (5, 4, 5, 4, 4)
PRINTED_LENGTH = SYMBOLS + len(GROUPS) - 1

CAMPAIGN_NUMBER_MAX = (1 << 24) - 1
SEQUENCE_BITS = 40
SEQUENCE_MAX = (1 << SEQUENCE_BITS) - 1
CHECK_BITS = 46

CAMPAIGN_SHIFT = SEQUENCE_BITS + CHECK_BITS

# Characters that codes never contain, and the symbols that they are mistaken for and read as.
_CONFUSED = {"0": "O", "1": "I", "8": "B"}
_DASHES_OF_OTHER_CATEGORIES = "\u00ad\u2212"  # soft hyphen, minus sign

# Folding an ASCII text drops hyphens and white space, and maps the rest.
_DROPPED = b"- \t\n\r\v\f\x1c\x1d\x1e\x1f"
_FOLDED = bytes.maketrans(
    string.ascii_lowercase.encode() + "".join(_CONFUSED).encode(),
    string.ascii_uppercase.encode() + "".join(_CONFUSED.values()).encode(),
)
_UPPER = bytes.maketrans(string.ascii_lowercase.encode(), string.ascii_uppercase.encode())
# int(text, radix) reads the first `radix` of these digits, and refuses NO_DIGIT.
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
NO_DIGIT = "!"
_TO_DIGITS = bytes(ord(DIGITS[ALPHABET.index(chr(code))] if chr(code) in ALPHABET else NO_DIGIT) for code in range(256))


class OpenedCode(NamedTuple):
    """The content of a code, and its printed text. `key_id` identifies the key that opened it.

    `metadata` is that of an imported code which has its own, in place of that of its batch.
    """

    key_id: str
    campaign_number: int
    sequence: int
    text: str
    metadata: str | None = None


class Codec:
    """Encodes and decodes the codes of one namespace; `keys` maps key ids to 32 bytes, oldest first."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ff1 = {key_id: Ff1(key) for key_id, key in keys.items()}
        self._newest_first = list(reversed(self._ff1.items()))

    def encode(self, key_id: str, campaign_number: int, sequence: int) -> str:
        """Return one code as it is printed."""
        number = (campaign_number << SEQUENCE_BITS | sequence) << CHECK_BITS
        left, right = self._ff1[key_id].encrypt(number >> HALF_BITS, number & HALF_MASK)
        sealed = left << HALF_BITS | right
        return print_code("".join(ALPHABET[sealed >> shift & 31] for shift in range(5 * (SYMBOLS - 1), -1, -5)))

    def encode_range(self, key_id: str, campaign_number: int, first: int, count: int) -> list[str]:
        """Return the printed codes of the sequences first .. first + count - 1, in that order."""
        from redeemd.serialkey.codec import bulk  # noqa: PLC0415 -- numpy, which takes a while

        return bulk.encode_range(self._ff1[key_id], campaign_number, first, count)

    def decode(self, text: str) -> OpenedCode | None:
        """Decode a code as a person typed it. Return None if this codec did not make it."""
        symbols = fold(text)
        number = _to_number(symbols)
        if number is None:
            return None
        for key_id, ff1 in self._newest_first:
            left, right = ff1.decrypt(number >> HALF_BITS, number & HALF_MASK)
            opened = _opened(key_id, left << HALF_BITS | right, symbols)
            if opened is not None:
                return opened
        return None

    def decode_many(self, texts: Sequence[str]) -> list[OpenedCode | None]:
        """Decode codes as `decode` does, all at once."""
        from redeemd.serialkey.codec import bulk  # noqa: PLC0415 -- numpy, which takes a while

        shaped = bulk.read_many([fold(text) for text in texts])
        found: list[OpenedCode | None] = [None] * len(texts)
        for key_id, ff1 in self._newest_first:
            opened = bulk.open_many(ff1, shaped)
            for place, text, good, campaign_number, sequence in zip(
                shaped.places, shaped.printed, *opened, strict=True
            ):
                if good and found[place] is None:
                    found[place] = OpenedCode(key_id, campaign_number, sequence, text)
            if None not in found:
                break
        return found


def _opened(key_id: str, plain: int, symbols: str) -> OpenedCode | None:
    """Return the code of a decrypted number, if its check bits are zero."""
    if plain & (1 << CHECK_BITS) - 1:
        return None
    return OpenedCode(key_id, plain >> CAMPAIGN_SHIFT, plain >> CHECK_BITS & SEQUENCE_MAX, print_code(symbols))


def fold(text: str) -> str:
    """Normalise a typed code, and replace 0->O 1->I 8->B."""
    return _folded(text, _FOLDED)


def normalise(text: str) -> str:
    """Normalise a typed code: NFKC, no hyphens, dashes or spaces, upper case."""
    return _folded(text, _UPPER)


def _folded(text: str, table: bytes) -> str:
    if not text.isascii():
        text = "".join(
            character
            for character in unicodedata.normalize("NFKC", text)
            if not (
                character.isspace()
                or unicodedata.category(character) in {"Pd", "Zs"}
                or character in _DASHES_OF_OTHER_CATEGORIES
            )
        )
    try:
        return text.encode("ascii").translate(table, _DROPPED).decode("ascii")
    except UnicodeEncodeError:
        return text  # decodes to nothing


def looks_like_code(text: str) -> bool:
    """Return whether a text has the shape of a serial code, valid or not."""
    return _to_number(fold(text)) is not None


def print_code(symbols: str) -> str:
    """Insert the hyphens."""
    return f"{symbols[:5]}-{symbols[5:9]}-{symbols[9:14]}-{symbols[14:18]}-{symbols[18:]}"


def mask(text: str) -> str:
    """Mask all but the beginning of a code: the first group of a printed one, at most a quarter of any other."""
    shown = min(GROUPS[0] + 1, len(text) // 4)
    return text[:shown] + "".join("-" if symbol == "-" else "*" for symbol in text[shown:])


def _to_number(symbols: str) -> int | None:
    if len(symbols) != SYMBOLS:
        return None
    try:
        return int(symbols.encode("ascii").translate(_TO_DIGITS), 32)
    except ValueError:  # not a symbol; UnicodeEncodeError is a ValueError, too
        return None
