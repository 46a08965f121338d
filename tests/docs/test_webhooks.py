"""docs/how-to/webhooks.md: its file is taken, its secret signs, its receiver verifies, and it names every kind."""

import asyncio
import json
import sys

from redeem.options.v1 import options_pb2
from redeemd import config
from redeemd.app.checking import check
from redeemd.contract.options import spelling
from support import lacking
from support.contract import REPOSITORY
from support.handler import until
from support.patience import WAIT_SECONDS
from support.programs import free_port
from support.reader import run
from support.receiver import caught_up, webhook
from support.service import running
from support.webhook_calls import use

lacking.module("standardwebhooks")
RECEIVER = REPOSITORY / "docs" / "how-to" / "webhooks" / "receiver.py"


async def test_the_receiver_of_the_page_gets_events(page, clone, tmp_path, monkeypatch):
    """With the file and the secret of the page; only the address is another one. It refuses what is not signed."""
    page = page("how-to/webhooks.md")
    await run(page.blocks("sh")[0], clone)
    file = json.loads(page.blocks("json")[0])
    (tmp_path / "webhooks.json").write_text(json.dumps(file))
    monkeypatch.chdir(clone)
    check(config.load(data=tmp_path / "unused", webhooks=tmp_path / "webhooks.json", allow_empty_database=True))
    port = free_port()
    file["analytics"] |= {"url": f"http://127.0.0.1:{port}/", "plaintext": True, "namespaceNames": []}
    (tmp_path / "webhooks.json").write_text(json.dumps(file))
    receiver = await asyncio.create_subprocess_exec(
        sys.executable, str(RECEIVER), str(clone / "analytics.secret"), str(port), stdout=asyncio.subprocess.PIPE
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
