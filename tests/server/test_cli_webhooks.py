"""The commands `webhooks`: what operators see, and send again."""

import json

import pytest
from support.cli import run
from support.handler import until
from support.receiver import caught_up, receiving, webhook
from support.service import running
from support.webhook_calls import use

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.fixture
async def receiver(tmp_path):
    """A receiver in this process."""
    async with receiving(tmp_path / "receiver") as receiver:
        yield receiver


@pytest.fixture
async def service(tmp_path, receiver):
    """A server that sends to it, and gives up after one attempt."""
    async with running(tmp_path / "data", webhooks=receiver.file(kinds=["REDEEMED"], attemptsMax=1)) as service:
        await until(lambda: webhook(service))
        yield service


async def webhooks(service, *arguments):
    """Run a command; return what it printed."""
    result = await run("webhooks", *arguments, "--server", f"127.0.0.1:{service.port}", "--key", service.key)
    assert result.exit_code == 0, result.output
    return result.stdout


async def test_dead_letters_are_listed_and_sent_again(service, receiver):
    """All of them, or by their ids."""
    receiver.script[:] = [500, 500]
    await use(await service.world(), "alice", "bob")
    await until(lambda: caught_up(service))
    assert "2 dead letters" in await webhooks(service, "list")
    letters = [json.loads(line) for line in (await webhooks(service, "dead", "game", "--json")).splitlines()]
    assert [letter["event"]["userId"] for letter in letters] == ["alice", "bob"]
    said = await webhooks(service, "retry", "game", "--dead-letter", letters[1]["deadLetterId"])
    assert "1 dead letters are sent again" in said
    await until(lambda: receiver.users() == ["bob"])
    await webhooks(service, "retry", "game", "--retry-dead")
    await until(lambda: receiver.users() == ["bob", "alice"])


async def test_events_are_replayed(service, receiver):
    """From a cursor, from a time, or all."""
    await use(await service.world(), "alice", "bob")
    await until(lambda: caught_up(service))
    cursor = receiver.accepted()[0]["data"]["cursor"]
    await webhooks(service, "replay", "game", "--cursor", cursor)
    await until(lambda: receiver.users()[2:] == ["bob"])
    for option in (["--oldest"], ["--since", "2001-01-01"]):
        before = len(receiver.users())
        await webhooks(service, "replay", "game", *option)
        await until(lambda before=before: receiver.users()[before:] == ["alice", "bob"])
    shown = json.loads(await webhooks(service, "list", "--json"))
    assert (shown["name"], shown["state"]) == ("game", "ACTIVE")


async def test_a_replay_needs_one_position(service):
    """Neither none nor two."""
    for arguments in ([], ["--oldest", "--cursor", "x"]):
        result = await run("webhooks", "replay", "game", *arguments)
        assert result.exit_code == 2
    result = await run("webhooks", "dead", "none", "--server", f"127.0.0.1:{service.port}", "--key", service.key)
    assert (result.exit_code, "WEBHOOK_NOT_FOUND" in result.output) == (1, True)
