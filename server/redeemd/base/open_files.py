"""The limit of files and connections that the process may have open (RLIMIT_NOFILE, see getrlimit(2))."""

import contextlib
import resource
import sys


def raise_limit() -> None:
    """Raise the soft limit, which is often 1024, to the hard limit; leave it unchanged if the system refuses."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS refuses "unlimited"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def limit() -> int:
    """Return the soft limit; sys.maxsize if there is none."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
