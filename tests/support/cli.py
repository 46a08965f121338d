"""The command line, run in this process."""

import asyncio

from redeemd.cli.commands import app
from typer.testing import CliRunner, Result


async def run(*arguments: object) -> Result:
    """Run a command in a thread of its own, as it would block the server."""
    return await asyncio.to_thread(CliRunner().invoke, app, [str(argument) for argument in arguments])
