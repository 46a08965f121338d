"""Binds a gRPC server to a Unix socket."""

import os
import socket
from pathlib import Path

import grpc

_MODE = 0o660  # of the owner and the group: a sidecar often runs as another user


def listen(server: grpc.aio.Server, path: Path) -> None:
    """Listen on a path. Raises OSError.

    gRPC replaces a socket that is there. One that another process listens on must stay, so that is tried first.
    """
    if _is_in_use(path):
        raise OSError(f"cannot listen on {path}: another process listens on it")
    if not path.exists():
        _require_bindable(path)
    elif not path.is_socket():
        raise OSError(f"cannot listen on {path}: it is not a socket")
    try:
        server.add_insecure_port(f"unix:{path}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on {path}") from error
    path.chmod(_MODE)


def _require_bindable(path: Path) -> None:
    """Raise OSError where no socket can be made. gRPC would write the reason to standard error, and return none."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(os.fspath(path))
    except OSError as problem:  # of a path that is too long, it has only a text
        raise OSError(f"cannot listen on {path}: {problem.strerror or problem}") from problem
    path.unlink()


def _is_in_use(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
    return True
