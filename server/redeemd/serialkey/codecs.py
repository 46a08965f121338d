"""What makes and opens the codes of a namespace, made when first needed."""

from dataclasses import dataclass

from redeemd.keyring import KeyRing
from redeemd.rpc.namespaces import NamespaceKey
from redeemd.serialkey.codes import Codec
from redeemd.serialkey.sealing import KEY_BYTES, Sealer

CACHE_MAX = 1000


@dataclass(frozen=True, slots=True)
class NamespaceCodecs:
    """The codec of a namespace's serial codes, and the sealer of those it imported."""

    codec: Codec
    sealer: Sealer


class Codecs:
    """Codecs by namespace. Which salt a namespace number has never changes, so nothing here goes stale."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._known: dict[int, NamespaceCodecs] = {}

    @property
    def newest_key_id(self) -> str:
        """The key under which codes are issued."""
        return self._ring.newest

    def of(self, namespace: NamespaceKey) -> NamespaceCodecs:
        """Answer what makes and opens codes of a namespace."""
        known = self._known.get(namespace.namespace_id)
        if known is None:
            if len(self._known) >= CACHE_MAX:
                self._known.clear()
            # Imported codes are found by what they are under one key, so that one is the same for ever.
            key = self._ring.child(self._ring.oldest, "import/v1", namespace.salt, length=KEY_BYTES)
            known = NamespaceCodecs(Codec(self._ring.children("code/v1", namespace.salt)), Sealer(key))
            self._known[namespace.namespace_id] = known
        return known
