"""The codecs of namespaces, created on first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from redeemd.crypto.keyring import KeyRing
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey.codec import look_alikes
from redeemd.serialkey.codec.code_format import Format, readings_max
from redeemd.serialkey.codec.codes import ALPHABET, CHECK_BITS, SYMBOLS, Codec, OpenedCode, normalise
from redeemd.serialkey.codec.formatted import FormatCodecs
from redeemd.serialkey.codec.imported import KEY_BYTES, Sealer

CACHE_MAX = 1000


@dataclass(frozen=True, slots=True)
class NamespaceCodecs:
    """The codecs of a namespace's serial codes, in the default format and in others, and its imported codes' sealer."""

    codec: Codec
    formats: FormatCodecs
    sealer: Sealer

    def decode(self, text: str) -> OpenedCode | None:
        """Decode a code as a person typed it. Return None if it has none of the formats that are loaded."""
        return self.codec.decode(text) or self.formats.decode(text)

    def decode_many(self, texts: Sequence[str]) -> list[OpenedCode | None]:
        """Decode codes as `decode` does, those in the default format at once. Needs `loading.load_bulk`."""
        found = zip(texts, self.codec.decode_many(texts), strict=True)
        return [code or self.formats.decode(text) for text, code in found]

    def decode_alike(self, text: str) -> OpenedCode | None:
        """Decode a code in which symbols may be mistaken for others that look alike.

        Return None unless exactly one of the readings that are tried opens. Takes half a millisecond if none does.
        """
        symbols = normalise(text)
        if len(symbols) != SYMBOLS:
            return self.formats.decode_alike(text)
        return look_alikes.open_one(self.codec.decode, ALPHABET, symbols, limit=readings_max(CHECK_BITS))

    def encode(self, key_id: str, campaign_number: int, sequence: int) -> str:
        """Return the printed code at a sequence of a batch, given the key id of the batch."""
        formatted = self.formats.of(key_id)
        if formatted is None:
            return self.codec.encode(key_id, campaign_number, sequence)
        key_id, codec = formatted
        return codec.encode(key_id, campaign_number, sequence)

    def encode_range(self, key_id: str, campaign_number: int, first: int, count: int) -> list[str]:
        """Return the printed codes of the sequences first .. first + count - 1 of a batch, in that order."""
        formatted = self.formats.of(key_id)
        if formatted is None:
            return self.codec.encode_range(key_id, campaign_number, first, count)
        key_id, codec = formatted
        return codec.encode_range(key_id, campaign_number, first, count)


class Codecs:
    """Codecs by namespace. The salt of a namespace id never changes, so cached codecs last as long as the keys."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._known: dict[int, NamespaceCodecs] = {}
        ring.follow(self._known.clear)

    @property
    def current_key_id(self) -> str:
        """The id of the key under which codes are issued."""
        return self._ring.current

    def of(self, namespace: NamespaceKey) -> NamespaceCodecs:
        """Return the codecs of a namespace."""
        known = self._known.get(namespace.namespace_id)
        if known is None:
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            # Imported codes are looked up by their synthetic IVs under one key, so this key must never change.
            key = self._ring.child(self._ring.oldest, "import/v1", namespace.salt, length=KEY_BYTES)
            codec = Codec(self._ring.children("code/v1", namespace.salt))
            known = NamespaceCodecs(codec, FormatCodecs(partial(self._keys, namespace.salt)), Sealer(key))
            self._known[namespace.namespace_id] = known
        return known

    def _keys(self, salt: bytes, code_format: Format) -> dict[str, bytes]:
        return self._ring.children(f"code/v1/{code_format}", salt)
