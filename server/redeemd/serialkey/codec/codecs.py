"""The codecs of namespaces, created on first use."""

from dataclasses import dataclass

from redeemd.crypto.keyring import KeyRing
from redeemd.resources.namespaces import NamespaceKey
from redeemd.serialkey.codec.codes import Codec
from redeemd.serialkey.codec.imported import KEY_BYTES, Sealer

CACHE_MAX = 1000


@dataclass(frozen=True, slots=True)
class NamespaceCodecs:
    """The codec of a namespace's serial codes, and the sealer of its imported codes."""

    codec: Codec
    sealer: Sealer


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
            known = NamespaceCodecs(Codec(self._ring.children("code/v1", namespace.salt)), Sealer(key))
            self._known[namespace.namespace_id] = known
        return known
