"""The codecs of all namespaces, made when first needed."""

from redeemd.keyring import KeyRing
from redeemd.rpc.namespaces import NamespaceKey
from redeemd.serialkey.codes import Codec

CACHE_MAX = 1000


class Codecs:
    """Codecs by namespace. Which salt a namespace number has never changes, so nothing here goes stale."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._codecs: dict[int, Codec] = {}

    @property
    def newest_key_id(self) -> str:
        """The key under which codes are issued."""
        return self._ring.newest

    def of(self, namespace: NamespaceKey) -> Codec:
        """Answer the codec of a namespace."""
        codec = self._codecs.get(namespace.namespace_id)
        if codec is None:
            if len(self._codecs) >= CACHE_MAX:
                self._codecs.clear()
            codec = self._codecs[namespace.namespace_id] = Codec(self._ring.children("code/v1", namespace.salt))
        return codec
