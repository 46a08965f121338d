"""docs/how-to/webhooks.md: its file is taken, its secret signs, its receivers verify, and it names every kind."""

import asyncio
import json
import sys

import pytest
from redeem.options.v1 import options_pb2
from redeemd import config
from redeemd.app.checking import check
from redeemd.contract.options import spelling
from support import lacking
from support.built import NPM_CI, built
from support.contract import REPOSITORY
from support.handler import until
from support.patience import WAIT_SECONDS
from support.programs import free_port
from support.reader import run
from support.receiver import caught_up, webhook
from support.service import running
from support.webhook_calls import use

RECEIVERS = REPOSITORY / "docs" / "how-to" / "webhooks"


def python():
    """Return the command line of the receiver in Python."""
    lacking.module("standardwebhooks")
    return [sys.executable, RECEIVERS / "receiver.py"]


def typescript():
    """Return the command line of the receiver in TypeScript, compiled as its head says."""
    lacking.program("npm")
    return ["node", built(RECEIVERS / "typescript", NPM_CI, ["npx", "tsc"]) / "receiver.js"]


@pytest.mark.parametrize("events_max", [1, 2])
@pytest.mark.parametrize("command", [python, typescript])
async def test_a_receiver_of_the_page_gets_events(command, events_max, *, page, clone, tmp_path, monkeypatch):
    """With the file and the secret of the page; only the address is another one. It refuses what is not signed."""
    page = page("how-to/webhooks.md")
    await run(page.blocks("sh")[0], clone)
    file = json.loads(page.blocks("json")[0])
    (tmp_path / "webhooks.json").write_text(json.dumps(file))
    monkeypatch.chdir(clone)
    check(config.load(data=tmp_path / "unused", webhooks=tmp_path / "webhooks.json", allow_empty_database=True))
    port = free_port()
    file["analytics"] |= {"url": f"http://127.0.0.1:{port}/", "plaintext": True, "namespaceNames": []}
    file["analytics"] |= {"eventsMax": events_max}
    (tmp_path / "webhooks.json").write_text(json.dumps(file))
    receiver = await asyncio.create_subprocess_exec(
        *command(), clone / "analytics.secret", str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with running(tmp_path / "data", webhooks=tmp_path / "webhooks.json") as service:
            await until(lambda: webhook(service, "analytics"))
            await use(await service.world(), "alice")
            async with asyncio.timeout(WAIT_SECONDS):
                line = await receiver.stdout.readline()
            assert line.decode() == "dev.redeemd.event.v1.redeemed alice\n"
            await until(lambda: caught_up(service, "analytics"))
            forged = await service.http("POST", f"http://127.0.0.1:{port}/", data=b"{}")
            assert forged.status == 401
    finally:
        receiver.kill()
        await receiver.communicate()


def test_the_page_names_every_kind(page):
    """In the row of `type`."""
    kinds = options_pb2.EventKind
    text = page("how-to/webhooks.md").text
    assert [kind for kind in kinds.values() if kind and f"`{spelling(kinds.DESCRIPTOR, kind)}`" not in text] == []
