"""The lookup keys of one import, of which there may be a million."""

from collections.abc import Iterator

_BUCKETS = 1 << 16  # by the first two bytes
_ORDINAL_BYTES = 3  # enough for CODES_MAX


class Keys:
    """Random keys of `length` bytes, each with its ordinal, in little more memory than their bytes.

    Keys that begin with the same two bytes are in one bucket, one behind the other: fifteen of a million.
    """

    def __init__(self, length: int) -> None:
        self._entry = length - 2 + _ORDINAL_BYTES
        self._buckets = [b""] * _BUCKETS

    def add(self, key: bytes, ordinal: int) -> bool:
        """Add a key; return False, and change nothing, if it is there already."""
        place, rest = key[0] << 8 | key[1], key[2:]
        bucket = self._buckets[place]
        if self._is_in(bucket, rest):
            return False
        # Bytes that are copied each time take less memory, and no more time, than arrays that can grow.
        self._buckets[place] = bucket + rest + ordinal.to_bytes(_ORDINAL_BYTES, "big")
        return True

    def _is_in(self, bucket: bytes, rest: bytes) -> bool:
        place = bucket.find(rest)
        while place % self._entry and place >= 0:  # where one entry ends and another begins
            place = bucket.find(rest, place + 1)
        return place >= 0

    def sorted(self) -> Iterator[tuple[bytes, int]]:
        """Yield the keys in order, with their ordinals."""
        for place, bucket in enumerate(self._buckets):
            for each in sorted([bucket[start : start + self._entry] for start in range(0, len(bucket), self._entry)]):
                yield place.to_bytes(2, "big") + each[:-_ORDINAL_BYTES], int.from_bytes(each[-_ORDINAL_BYTES:], "big")
