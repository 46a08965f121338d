"""How many operations were begun, counted by several processes in one file."""

import mmap
import struct
from pathlib import Path

_SLOT = struct.Struct("q")


class Progress:
    """Counts in a slot of its own; reads all."""

    def __init__(self, path: Path, slots: int, own: int | None = None):
        self._own = own
        if not path.exists():
            path.write_bytes(bytes(_SLOT.size * slots))
        with path.open("r+b") as file:
            self._slots = mmap.mmap(file.fileno(), 0)

    def total(self):
        """Return how many there are in all slots."""
        return sum(number for (number,) in _SLOT.iter_unpack(self._slots))

    def add(self):
        """Count one; return the new total."""
        place = self._own * _SLOT.size
        _SLOT.pack_into(self._slots, place, _SLOT.unpack_from(self._slots, place)[0] + 1)
        return self.total()
