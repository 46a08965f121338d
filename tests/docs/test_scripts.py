"""docs/how-to/scripts.md: its scripts run, and the rate that it shows is put in force and exchanged."""

import json
import re
import shlex

import pytest
from google.protobuf import json_format
from redeem.common.v1 import common_pb2
from redeem.limit.v1 import requests_pb2 as pb
from redeemd.cli.commands import app
from support.deliveries import DELIVERED, settled
from support.exchanges import make_exchanges
from support.limits import Limits
from support.scripts import running_with, write
from support.service import refused
from typer.testing import CliRunner

COSTS = re.compile(r"result: (.*)")


@pytest.fixture
def how_to(page):
    """The page."""
    return page("how-to/scripts.md")


def test_the_first_script_is_tried_as_written(how_to, tmp_path, monkeypatch):
    """The command prints a price, and the server would start."""
    write(tmp_path, namespace="shop", weekend=how_to.blocks("lua")[0])
    monkeypatch.chdir(tmp_path)
    command, serve = how_to.blocks("sh")
    done = CliRunner().invoke(app, [*shlex.split(command)[1:], "--now", "0"])
    assert done.exit_code == 0, done.output
    assert json.loads(COSTS.search(done.output)[1]) == {"cost": 30}
    checked = CliRunner().invoke(app, [*shlex.split(serve)[1:], "--check"])
    assert checked.stdout.strip() == "the configuration is valid"


async def test_the_rate_is_put_in_force_and_the_scripts_run(how_to, tmp_path):
    """As written, with the namespaces of the test, that of counters has the name of the page's."""
    weekend, beta, thanks = how_to.blocks("lua")
    rate, after = map(json.loads, how_to.blocks("json"))
    async with running_with(tmp_path, namespace="shop", weekend=weekend, beta=beta, thanks=thanks) as service:
        exchanges = await make_exchanges(service)
        rate["exchangeCountId"] = exchanges.incremental()["exchangeCountId"]
        await exchanges.put_in_force(incremental=[rate])
        rate["consumeAction"] = exchanges.up("paid")
        await exchanges.put_in_force(incremental=[rate])
        await exchanges.rise(rate=rate["name"])
        assert await exchanges.count("paid") in {5, 10}
        await game(service)
        await exchanges.call("UpdateNamespace", exchange_script=setting(after, beta="beta"))
        await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
        with refused("SCRIPT_REFUSED"):
            await exchanges.buy(count=2)
        await exchanges.buy(user_id="beta-1", count=2)
        await settled(exchanges, DELIVERED)
        exchanges.limits.name = "game"
        assert [await exchanges.count(name, "beta-1", "exchanges") for name in ("rate", "points")] == [1, 2]


async def game(service):
    """Make the namespace of counters that the scripts of the page name."""
    limits = Limits(service, "game")
    await service.limits.CreateNamespace(pb.CreateNamespaceRequest(name=limits.name), metadata=service.admin)
    await limits.put_in_force({"name": "exchanges", "resetType": "notReset"})


def setting(after, beta):
    """Return the setting of the page, with a script before the event."""
    found = json_format.ParseDict({"doneTriggerScriptId": after["doneTriggerScriptId"]}, common_pb2.ScriptSetting())
    assert after["doneTriggerTargetType"] == "gs2_script"
    found.done_trigger_target_type = common_pb2.DONE_TRIGGER_TARGET_TYPE_GS2_SCRIPT
    found.trigger_script_id = after["doneTriggerScriptId"].replace("thanks", beta)
    return found


def test_a_script_that_fails_is_told(tmp_path):
    """With the reason that the server would give, and status 1; also one that is missing, and wrong arguments."""
    folder = write(tmp_path, loops="while true do end", prints='print("a", 1) fail(400, "no")')
    runner = CliRunner()
    loops = runner.invoke(app, ["script", "test", str(folder / "game" / "loops.lua"), "--json"])
    assert (loops.exit_code, json.loads(loops.stdout)["refusal"]) == (1, "SCRIPT_FAILED")
    prints = runner.invoke(app, ["script", "test", str(folder / "game" / "prints.lua")])
    assert (prints.exit_code, prints.stdout.splitlines()[:2]) == (1, ["a\t1", "SCRIPT_REFUSED: 400 no"])
    after = runner.invoke(app, ["script", "test", str(write(tmp_path, late="x = 1") / "game" / "late.lua"), "--after"])
    assert (after.exit_code, after.stdout.splitlines()[0]) == (0, "result: {}")
    for arguments in (["absent.lua"], [str(folder / "game" / "loops.lua"), "--args", "[]"]):
        assert runner.invoke(app, ["script", "test", *arguments]).exit_code == 1
