"""The imports of commands and of a start: each module costs CPU at every start, and memory while a server runs."""

import asyncio
import os
import subprocess
import sys
from functools import partial

import pytest
import typer
from redeemd.cli import commands

# Packages that take long to import, and the ones that need all the others.
HEAVY = ("aiohttp", "asyncpg", "numpy", "protovalidate", "redeemd.app", "redeemd.store", "rich.progress")
CALLING = ("apply", "issue", "switch", "export", "import", "lookup", "audit", "health")
REPORT = "finally: print('imported:', *sys.modules)"


async def imported(*arguments):
    """Run a command in a process of its own, and return which of the heavy packages it imports."""
    program = f"import sys; from redeemd.cli import main\ntry: main()\n{REPORT}"
    command = [sys.executable, "-c", program, *arguments]
    # An unknown variable is reported, for which all commands are imported.
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
    run = partial(subprocess.run, command, env=clean, capture_output=True, text=True, check=False)
    done = await asyncio.to_thread(run)
    modules = done.stdout.rpartition("imported: ")[2].split()
    assert "redeemd.cli.commands" in modules, done.stderr
    return {name for name in HEAVY if name in modules}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([name, "--help"] for name in CALLING)], ids=" ".join
)
async def test_a_command_that_opens_no_database_imports_no_server(arguments):
    """Importing the server takes several times as long as such a command runs."""
    assert await imported(*arguments) == set()


async def test_a_start_imports_nothing_that_only_some_servers_need(tmp_path):
    """numpy for batches, the driver of PostgreSQL, and the progress bars of other commands."""
    assert await imported("serve", "--check", "--data", tmp_path) == set(HEAVY) - {"asyncpg", "numpy", "rich.progress"}


def test_the_list_of_commands_says_what_their_help_says():
    """The list has a text of its own, so that it needs none of the commands: the beginning of their help."""
    listed, loaded = typer.main.get_command(commands.app).commands, commands.every().commands
    beginnings = {name: command.help.rstrip(".") for name, command in listed.items()}
    assert beginnings == {name: loaded[name].help.replace("\n", " ")[: len(text)] for name, text in beginnings.items()}
