"""The command `watch`: events as they occur."""

import asyncio
import json
import signal
import sys

import pytest
from support.cli import run
from support.patience import WAIT_SECONDS
from support.process import serving
from support.service import running
from support.webhook_calls import use

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


class Watching:
    """A running command, and the lines that it printed."""

    def __init__(self, process):
        self.process = process
        self.lines = []

    async def line(self):
        """Return the next line."""
        async with asyncio.timeout(WAIT_SECONDS):
            self.lines.append((await self.process.stdout.readline()).decode().rstrip("\n"))
        return self.lines[-1]

    async def event(self):
        """Return the next line of JSON."""
        return json.loads(await self.line())

    async def end(self):
        """Press Ctrl-C; return the exit code and what was written to standard error."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(WAIT_SECONDS):
            _, said = await self.process.communicate()
        return self.process.returncode, said.decode()


async def watch(service, *arguments):
    """Start the command, and wait until it watches."""
    address = f"127.0.0.1:{service.port}" if service.app is not None else service.address
    there = ["--server", address, "--key", service.key]
    ctrl_c = ("env", "--default-signal=INT")  # which shells ignore in what they run in the background, as CI does
    process = await asyncio.create_subprocess_exec(
        *ctrl_c, sys.executable, "-m", "redeemd", "watch", *there, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    return Watching(process)


async def test_events_are_printed_as_they_occur(tmp_path):
    """As JSON, filtered, from a time on; Ctrl-C ends the command without a word."""
    async with running(tmp_path) as service:
        world, other = await service.world(), await service.world()
        await use(world, "alice")
        filters = ["--namespace", world.name, "--kind", "redeemed", "--since", "2001-01-01", "--json"]
        everybody = await watch(service, *filters)
        bob = await watch(service, *filters, "--user", "bob", "--campaign", "spring")
        try:
            assert (await everybody.event())["userId"] == "alice"
            await use(other, "eve")
            await use(world, "bob")
            found = await everybody.event()
            assert (found["kind"], found["userId"]) == ("redeemed", "bob")
            assert await bob.event() == found
        finally:
            assert await everybody.end() == await bob.end() == (0, "")


async def test_a_line_for_people_has_no_colours_in_a_pipe(tmp_path):
    """The time, the kind, the namespace, the player and what changed."""
    async with running(tmp_path) as service:
        world = await service.world()
        await use(world, "alice")
        watching = await watch(service, "--kind", "REDEEMED", "--since", "2001-01-01")
        line = await watching.line()
        await watching.end()
    _, kind, namespace, user, change, actor = line.split("  ")
    assert (kind, namespace, user) == ("redeemed", world.name, "alice")
    assert change.startswith("campaignModelName=spring code=")
    assert actor.startswith("by ")
    assert "\x1b" not in line


async def test_a_closed_pipe_ends_the_command(tmp_path):
    """As of `redeemd watch | head -1`, without a traceback."""
    async with running(tmp_path) as service:
        world = await service.world()
        await use(world, "alice")
        watching = await watch(service, "--since", "2001-01-01", "--json")
        await watching.line()
        watching.process.stdout._transport.close()
        await use(world, "bob")
        async with asyncio.timeout(WAIT_SECONDS):
            said = await watching.process.stderr.read()
            code = await watching.process.wait()
        assert (code, said.decode()) == (0, "")


async def test_watching_continues_after_the_server_restarts(tmp_path):
    """Where it was: nothing is missing, and nothing is printed twice."""
    async with serving(tmp_path) as (process, service):
        flags = ["--listen", process.address]
        world = await service.world()
        await use(world, "alice")
        service.address = process.address
        watching = await watch(service, "--kind", "redeemed", "--since", "2001-01-01", "--json")
        assert (await watching.event())["userId"] == "alice"
    async with serving(tmp_path, *flags) as (_, service):
        world.service = service
        await use(world, "bob")
        assert (await watching.event())["userId"] == "bob"
        code, said = await watching.end()
    assert code == 0
    assert "resuming" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--kind", "nothing"], "there is no kind"), (["--since", "yesterday"], "is no time")],
)
async def test_what_cannot_be_watched_is_refused(arguments, said):
    """Before anything is called."""
    result = await run("watch", *arguments)
    assert result.exit_code == 2
    assert said in result.output


async def test_a_server_that_is_not_there_is_reported():
    """At once: only a stream that has begun is resumed."""
    result = await run("watch", "--server", "127.0.0.1:1", "--key", "k.s")
    assert result.exit_code == 1
    assert "no server listens" in result.output
