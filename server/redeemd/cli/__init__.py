"""The command line interface."""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redeemd.app.environment import Environment

_OWNER_ONLY = 0o077


def main(environment: "Environment | None" = None) -> None:
    """Run the command line interface; `serve` uses `environment`.

    Only the owner can read files that it creates: databases, keys, codes.
    """
    os.umask(_OWNER_ONLY)
    if sys.argv[1:2] == ["health"]:
        # A probe runs this every few seconds: importing all commands takes ten times as much CPU.
        from redeemd.cli import health  # noqa: PLC0415

        health.app(args=sys.argv[2:], prog_name="redeemd health")
    else:
        from redeemd.cli import commands  # noqa: PLC0415

        commands.app(obj=environment)
