"""Where tests write: in memory where there is enough of it, as otherwise each commit of a test waits for the disk."""

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_FREE_BYTES = 4 << 30  # a whole run of two lanes side by side takes less than half of that


def choose() -> None:
    """Make temporary folders of this process, and of those that it starts, memory; a TMPDIR of yours stays."""
    if "TMPDIR" not in os.environ and _fits():
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # it is found anew


def _fits() -> bool:
    """Return whether there is memory to write to, large enough, from which programs may run."""
    if not os.access(_MEMORY, os.W_OK):
        return False
    return shutil.disk_usage(_MEMORY).free >= _FREE_BYTES and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC


if __name__ == "__main__":  # for .ci/run
    choose()
    print(tempfile.gettempdir())
