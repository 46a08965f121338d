"""Codecs of formats: the codes of one namespace that are not printed in the default format."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from redeemd.serialkey.codec import look_alikes
from redeemd.serialkey.codec.code_format import Format, canonical, to_digits, to_symbols
from redeemd.serialkey.codec.codes import OpenedCode, normalise
from redeemd.serialkey.codec.ff1 import ShapedFf1

# Batches take sequences below this, in order; codes issued alone draw theirs from here on at random, so that they never
# wait for the campaign's row. Whatever the format: these are sequences as they are stored.
ALONE = 1 << 39

# Between the key id and the format, where both are stored as the key id of a batch. Key ids contain no colon.
_SEPARATOR = ":"


def key_with_format(key_id: str, code_format: str) -> str:
    """Return what batches store as their key id, from a key id and the text of a format."""
    return f"{key_id}{_SEPARATOR}{code_format}"


def is_with_format(key_id: str) -> bool:
    """Return whether the key id of a batch has a format."""
    return _SEPARATOR in key_id


class FormatCodec:
    """Encodes and decodes codes of one format; `keys` maps key ids to 32 bytes, oldest first."""

    def __init__(self, code_format: Format, keys: Mapping[str, bytes]) -> None:
        self.format = code_format
        radix, length = code_format.radix, code_format.length
        self._ff1 = {key_id: ShapedFf1(key, radix, length) for key_id, key in keys.items()}
        text = str(code_format)
        self._newest_first = [(key_with_format(key_id, text), ff1) for key_id, ff1 in reversed(self._ff1.items())]
        self._prefix = canonical(code_format.prefix)
        self._to_digits = to_digits(code_format.symbols)
        self._to_symbols = to_symbols(code_format.symbols)
        self._campaign_end = 1 << code_format.campaign_bits + code_format.sequence_bits

    def encode(self, key_id: str, campaign_number: int, sequence: int) -> str:
        """Return one code as it is printed; `key_id` without the format, `sequence` as it is stored."""
        ff1 = self._ff1[key_id]
        plain = campaign_number << self.format.sequence_bits | self._numbered(sequence)
        left, right = ff1.encrypt(*divmod(plain, ff1.right_size))
        return self.format.print(self._symbols(left * ff1.right_size + right))

    def _numbered(self, sequence: int) -> int:
        """Return the number in a code of a stored sequence."""
        return sequence if sequence < ALONE else sequence - ALONE + self.format.half

    def _stored(self, number: int) -> int:
        """Invert `_numbered`."""
        return number if number < self.format.half else number - self.format.half + ALONE

    def _symbols(self, value: int) -> str:
        radix, symbols = self.format.radix, self.format.symbols
        found = []
        for _ in range(self.format.length):
            value, digit = divmod(value, radix)
            found.append(symbols[digit])
        return "".join(reversed(found))

    def encode_range(self, key_id: str, campaign_number: int, first: int, count: int) -> list[str]:
        """Return the printed codes of the sequences first .. first + count - 1 of batches, in that order."""
        from redeemd.serialkey.codec import bulk_formats  # noqa: PLC0415 -- numpy, which takes a while

        plain = campaign_number << self.format.sequence_bits | first
        return bulk_formats.encode_range(self._ff1[key_id], self.format, plain, count)

    def decode(self, text: str) -> OpenedCode | None:
        """Decode a normalised text with this format's number of symbols. Return None if this codec did not make it."""
        prefix = self._prefix
        if canonical(text[: len(prefix)]) != prefix:
            return None
        digits = text[len(prefix) :].encode().translate(self._to_digits)
        try:
            value = int(digits, self.format.radix)
        except ValueError:  # not a symbol
            return None
        return self._open(value, digits)

    def decode_alike(self, text: str) -> OpenedCode | None:
        """Decode a text as `decode` does, in which symbols may be mistaken for others that look alike."""
        beginning, symbols = text[: len(self._prefix)], text[len(self._prefix) :]
        return look_alikes.open_one(
            lambda reading: self.decode(beginning + reading),
            self.format.symbols,
            symbols,
            limit=self.format.readings_max,
        )

    def _open(self, value: int, digits: bytes) -> OpenedCode | None:
        bits = self.format.sequence_bits
        for key_id, ff1 in self._newest_first:
            left, right = ff1.decrypt(*divmod(value, ff1.right_size))
            plain = left * ff1.right_size + right
            if plain < self._campaign_end:
                number = self._stored(plain & (1 << bits) - 1)
                text = self.format.print(digits.translate(self._to_symbols).decode())
                return OpenedCode(key_id, plain >> bits, number, text)
        return None


class FormatCodecs:
    """The codecs of a namespace's formats, which are created on first use. Different formats have different keys."""

    def __init__(self, keys: Callable[[Format], Mapping[str, bytes]]) -> None:
        """`keys` derives the keys of a format by key id, oldest first."""
        self._keys = keys
        self._made: dict[str, FormatCodec] = {}
        self._by_length: dict[int, list[FormatCodec]] = {}
        self.loaded = False

    def adopt(self, formats: Iterable[str]) -> None:
        """Set the formats that texts are decoded in. No two of them overlap."""
        by_length: dict[int, list[FormatCodec]] = {}
        for text in formats:
            codec = self._codec(text)
            by_length.setdefault(codec.format.length + len(codec.format.prefix), []).append(codec)
        self._by_length = by_length
        self.loaded = True

    def forget(self) -> None:
        """Cause the formats to be loaded again, because they may have changed."""
        self.loaded = False

    @property
    def shortest(self) -> int | None:
        """The symbols, prefix included, of the shortest codes; None if there are no formats."""
        return min(self._by_length, default=None)

    def of(self, key_with_format: str) -> tuple[str, FormatCodec] | None:
        """Return the key id and the codec of a batch's key id; None if it has no format."""
        key_id, separator, text = key_with_format.partition(_SEPARATOR)
        return (key_id, self._codec(text)) if separator else None

    def decode(self, text: str) -> OpenedCode | None:
        """Decode a code as a person typed it. Return None if it is none of the formats."""
        symbols, codecs = self._candidates(text)
        return next(filter(None, (codec.decode(symbols) for codec in codecs)), None)

    def decode_alike(self, text: str) -> OpenedCode | None:
        """Decode a code in which symbols may be mistaken for others that look alike. Return None as `decode` does."""
        symbols, codecs = self._candidates(text)
        return next(filter(None, (codec.decode_alike(symbols) for codec in codecs)), None)

    def _candidates(self, text: str) -> tuple[str, Sequence[FormatCodec]]:
        """Return a text, normalised, and the codecs of the formats that have as many symbols."""
        if not self._by_length:
            return text, ()
        symbols = normalise(text)
        return symbols, self._by_length.get(len(symbols), ()) if symbols.isascii() else ()

    def _codec(self, text: str) -> FormatCodec:
        made = self._made.get(text)
        if made is None:
            code_format = Format.parse(text)
            made = self._made[text] = FormatCodec(code_format, self._keys(code_format))
        return made
