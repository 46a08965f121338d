"""The command line interface."""

import os
import sys
from typing import TYPE_CHECKING

from redeemd.cli.commands import app

if TYPE_CHECKING:
    from redeemd.app.environment import Environment

_OWNER_ONLY = 0o077


def main(environment: "Environment | None" = None) -> None:
    """Run the command line interface; `serve` uses `environment`.

    Only the owner can read files that it creates: databases, keys, codes.
    """
    for number, argument in enumerate(sys.argv):
        if not _is_utf8(argument):
            sys.exit(f"redeemd: argument {number} is not valid UTF-8")
    os.umask(_OWNER_ONLY)
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # otherwise gRPC itself prints lines about failed handshakes
    app(obj=environment)


def _is_utf8(text: str) -> bool:
    """Return whether an argument is text; other bytes are surrogates, which no message and no terminal takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
