"""The command line interface."""

import os
import sys

_OWNER_ONLY = 0o077


def main() -> None:
    """Run the command line interface. Only the owner can read files that it creates: databases, keys, codes."""
    os.umask(_OWNER_ONLY)
    if sys.argv[1:2] == ["health"]:
        # A probe runs this every few seconds: importing all commands takes ten times as much CPU.
        from redeemd.cli import health  # noqa: PLC0415

        health.app(args=sys.argv[2:], prog_name="redeemd health")
    else:
        from redeemd.cli import commands  # noqa: PLC0415

        commands.app()
