"""What a run has measured so far, so that one that broke off can go on."""

import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class _Measured:
    identity: str
    seconds: float
    result: Any


class Kept:
    """The results of parts, in a folder. They belong to a commit and to what was chosen of it: its identity."""

    def __init__(self, folder: Path, identity: str) -> None:
        """The folder is made when there is something to keep."""
        self._folder = folder
        self._identity = identity
        self.seconds = 0.0  # that the parts took, including those of the run that broke off

    def get(self, name: str, measure: Callable[[], Any], *, anew: bool) -> Any:
        """Return the result of a part that is kept, or measure it and keep it; `anew` measures it in any case."""
        found = None if anew else self._read(name)
        if found is None:
            began = time.monotonic()
            result = measure()
            found = _Measured(self._identity, time.monotonic() - began, result)
            self._folder.mkdir(parents=True, exist_ok=True)
            self._path(name).write_bytes(pickle.dumps(found))
        self.seconds += found.seconds
        return found.result

    def _read(self, name: str) -> _Measured | None:
        if not self._path(name).exists():
            return None
        found: _Measured = pickle.loads(self._path(name).read_bytes())  # written by ourselves
        return found if found.identity == self._identity else None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.pickle"
