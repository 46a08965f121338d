"""Notices that files were replaced."""

from collections.abc import Iterable
from pathlib import Path

_State = tuple[int, int, int] | None


class WatchedFiles:
    """Files whose changes are noticed by their modification time, size and inode.

    Symbolic links are followed, so the replacement of a Kubernetes secret, which swaps a link, is noticed as well.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._paths = tuple(paths)
        self._seen: tuple[_State, ...] = ()

    def changed(self) -> bool:
        """Return whether a file changed since the last call; True for the first call.

        Call this before reading the files: a change during the reading is then noticed by the next call.
        """
        now = tuple(map(_state, self._paths))
        if now == self._seen:
            return False
        self._seen = now
        return True


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
