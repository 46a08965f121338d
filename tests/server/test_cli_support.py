"""Commands of support staff: `player`, `jobs` and `switch --file`."""

import json

import pytest
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support.cli import run
from support.exchanges import document
from support.guesses import exhaust
from support.limits import Limits
from support.service import refused
from support.writes import dead_delivery

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")

UNKNOWN = "AAAAA-AAAA-AAAAA-AAAA-AAAA"


def objects(lines):
    """Return the objects of lines of JSON."""
    return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture
def on(own_service):
    """Runs a command against a server of the test's own."""

    async def invoke(*arguments, code=0):
        there = "--server", f"127.0.0.1:{own_service.port}", "--key", own_service.key
        result = await run(*arguments, *there)
        assert result.exit_code == code, result.output
        return result.stdout if code == 0 else result.output

    return invoke


async def of_all_services(world):
    """Give alice a redemption, a counter and an await in the namespaces of one name."""
    service = world.service
    (code,) = await world.codes(1)
    await world.as_player("Use", "alice", code=code)
    limits = Limits(service, world.name)
    await service.limits.CreateNamespace(limit_pb.CreateNamespaceRequest(name=world.name), metadata=service.admin)
    await limits.put_in_force({"name": "ever", "resetType": "notReset"})
    await limits.up(counter="logins", limit="ever")
    made = exchange_pb.CreateNamespaceRequest(name=world.name, enable_await_exchange=True)
    await service.exchanges.CreateNamespace(made, metadata=service.admin)
    settings = document([{"name": "chest", "timingType": "await", "lockTime": 60, "acquireActions": []}])
    put = exchange_pb.UpdateCurrentRateMasterRequest(namespace_name=world.name, settings=settings)
    await service.exchanges.UpdateCurrentRateMaster(put, metadata=service.admin)
    create = exchange_pb.CreateAwaitByUserIdRequest(namespace_name=world.name, user_id="alice", rate_name="chest")
    await service.exchanges.CreateAwaitByUserId(create, metadata=service.admin)
    return code


async def test_player_shows_what_all_services_hold(cli, world):
    """As text and as lines of JSON, of which each has its kind; nothing of other players."""
    code = await of_all_services(world)
    found = objects(await cli("player", world.name, "alice", "--json"))
    assert [each["kind"] for each in found] == ["redemption", "guessBudget", "counter", "await"]
    assert (found[0]["code"], found[0]["status"], found[0]["campaignModelName"]) == (code, "USED", "spring")
    assert (found[1]["remaining"], found[2]["count"], found[3]["rateName"]) == (20, 1, "chest")
    said = await cli("player", world.name, "alice")
    for text in (code, "logins: 1", "await       chest", "20 of 20 left"):
        assert text in said
    assert [each["kind"] for each in objects(await cli("player", world.name, "bob", "--json"))] == ["guessBudget"]


async def test_player_lists_codes_in_the_order_of_their_use(on, own_service):
    """Also codes whose numbers were drawn, which IssueOnce does."""
    world = await own_service.world()
    codes = [(await world.call("IssueOnce", campaign_model_name="spring")).item.code for _ in range(5)]
    for code in codes:
        await world.as_player("Use", "alice", code=code)
        own_service.clock.advance(seconds=1)
    found = objects(await on("player", world.name, "alice", "--json"))
    assert [each["code"] for each in found if each["kind"] == "redemption"] == codes


async def test_player_unlocks(on, own_service):
    """It says until when a player is locked, and `--unlock` gives the guesses back."""
    world = await own_service.world("WELCOME", campaign_codes=("WELCOME",))
    await world.limit_guesses(burst=3)
    await exhaust(world)
    assert "locked until" in await on("player", world.name, "mallory")
    assert "3 of 3 left" in await on("player", world.name, "mallory", "--unlock")
    await exhaust(world)
    await world.limit_guesses(enabled=False)
    assert "not limited" in await on("player", world.name, "mallory")


async def test_player_in_a_namespace_that_does_not_exist(cli, world):
    """The one that is probably meant is named."""
    assert f"did you mean {world.name}?" in await cli("player", world.name + "x", "alice", code=1)


async def test_jobs_lists_batches_imports_and_deliveries(on, own_service):
    """And retries the deliveries that are dead."""
    world = await own_service.world("spring")
    await world.issue(3)
    await world.bring(["OLD-CARD-1", "OLD-CARD-2"])
    dead = await dead_delivery(own_service)
    found = objects(await on("jobs", "--json"))
    assert [each["kind"] for each in found] == ["issueJob", "import", "delivery"]
    assert [each.get("issuedCount") for each in found] == [3, 2, None]
    assert (found[2]["deliveryId"], found[2]["state"]) == (dead, "DEAD")
    assert "spring" in await on("jobs", "--namespace", world.name)
    assert "DEAD" in await on("jobs", "--user", "alice")
    assert await on("jobs", "--user", "bob") == ""
    assert "PENDING" in (await on("jobs", "--user", "alice", "--retry-dead")).splitlines()[-1]
    assert "PENDING" in await on("jobs", "--user", "alice")
    assert "DELIVERY_NOT_FOUND" in await on("jobs", "--retry", "0" * 36, code=1)


async def test_jobs_shows_work_on_the_data_of_a_player(on, own_service):
    """An erasure that runs, and one that is done; a dump."""
    await own_service.stop_housekeeping()
    await own_service.call("CleanUserDataByUserId", user_id="alice")
    await own_service.call("DumpUserDataByUserId", user_id="alice")
    states = {
        (each["service"], each["work"]): each["state"]
        for each in objects(await on("jobs", "--user", "alice", "--json"))
    }
    assert states == {("serialKey", "erasure"): "running", ("serialKey", "dump"): "done"}
    while await own_service.maintenance.step():
        pass
    assert "serialKey erasure of alice: done" in await on("jobs", "--user", "alice")


async def test_switch_turns_the_codes_of_a_file_off_and_on(cli, service, tmp_path):
    """Read as `import` does; what cannot be switched is listed, and the others are switched all the same."""
    world = await service.world("spring", "easter")
    used, first, second = await world.codes(3)
    (other,) = await world.codes(1, campaign="easter")
    await world.as_player("Use", "alice", code=used)
    source = tmp_path / "leaked.csv"
    source.write_text(
        "\n".join(["Code;Note", *(f"{code};x" for code in (first, used, second.lower(), other, UNKNOWN))])
    )
    command = "switch", world.name, "spring"
    said = await cli(*command, "off", "--file", source, "--yes", "--reason", "leaked", code=1)
    assert "2 of 5 codes switched" in said
    listed = source.with_name("leaked.csv.problems.csv").read_text()
    assert f"3,1,{used}," in listed
    assert "belongs to campaign easter" in listed
    assert "is no serial code" in listed
    for code in (first, second):
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=code)
    source.write_text(f"{first}\n{second}\n")
    result = json.loads(await cli(*command, "on", "--file", source, "--yes", "--json"))
    assert result == {"switchedCount": 2, "problemCount": 0}
    for code in (first, second):
        await world.as_player("Use", "bob", code=code)


async def test_switch_asks_before_it_switches_a_file(cli, world, tmp_path):
    """Where nobody can be asked, nothing is switched; --file excludes --code and --job."""
    (code,) = await world.codes(1)
    source = tmp_path / "leaked.csv"
    source.write_text(f"{code}\n")
    assert "nothing was switched" in await cli("switch", world.name, "spring", "off", "--file", source, code=1)
    await world.as_player("Use", "bob", code=code)
    both = "--file", source, "--code", code
    assert "mutually exclusive" in await cli("switch", world.name, "spring", "off", *both, code=2)
