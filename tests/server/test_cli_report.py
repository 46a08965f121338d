"""The command `report`, and the numbers of `campaign list`."""

import csv
import json

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from support.cli import run
from support.user_data import use_all

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.fixture
async def reported(world):
    """A namespace with a campaign of which three codes are used, two of them now and one 30 hours later."""
    await world.put_in_force("spring", "autumn")
    codes = await world.codes(4)
    await use_all(world, codes[:2], "alice")
    request = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id="bob", time_offset=30 * 3600)
    token = (await world.service.auth.IssueTimeOffsetTokenByUserId(request, metadata=world.service.admin)).token
    await world.call("UseByUserId", user_id="bob", code=codes[2], time_offset_token=token)
    await world.call("RevertUseByUserId", user_id="alice", code=codes[1])
    return world


async def test_a_report_counts_uses_by_time(cli, reported):
    """As a table of all hours between the first and the last use, without bars where nobody looks at a terminal."""
    days = (await cli("report", reported.name, "spring")).splitlines()
    assert days[:2] == ["campaign spring", "day         used  reverted"]
    assert [line.split()[1:] for line in (days[2], days[-1])] == [["1", "1"], ["1", "0"]]
    hours = (await cli("report", reported.name, "spring", "--by", "hour", "--zone", "Asia/Kolkata")).splitlines()
    assert len(hours) == 2 + 31
    assert hours[2].split()[0].endswith(":00+05:30")
    assert sum(int(line.split()[1]) for line in hours[2:]) == 2
    assert "█" not in "".join(hours)


async def test_a_report_counts_codes_by_batch(cli, reported):
    """Also those that were issued alone, for all campaigns in force."""
    await reported.call("IssueOnce", campaign_model_name="spring")
    lines = (await cli("report", reported.name, "--by", "batch")).splitlines()
    assert lines[0] == "campaign autumn: nothing to count"
    assert lines[2].split() == ["batch", "issued", "imported", "used", "reverted", "remaining"]
    assert lines[3].split()[1:] == ["4", "0", "2", "1", "2"]
    assert lines[4].split() == ["(issued", "alone)", "1", "0", "0", "0", "1"]


async def test_a_report_says_which_uses_are_not_recorded(service, world):
    """Those of a campaign code without limits; a campaign of which nothing was used yet says nothing."""
    await world.put_in_force("spring", "autumn", campaign_codes=["spring"])
    await world.as_player("Use", "alice", code="spring")
    there = ["--server", f"127.0.0.1:{service.port}", "--key", service.key]
    reported = await run("report", world.name, *there)
    assert "nothing to count" in reported.stdout
    assert reported.stderr.count("not recorded") == reported.stderr.count("spring") == 1


async def test_a_report_is_written_for_programs(cli, reported):
    """As CSV and as lines of JSON, with the campaign, and only hours with a use."""
    rows = list(csv.DictReader((await cli("report", reported.name, "--by", "hour", "--format", "csv")).splitlines()))
    assert [(row["campaign"], row["used"], row["reverted"]) for row in rows] == [
        ("spring", "1", "1"),
        ("spring", "1", "0"),
    ]
    for options in (["--format", "jsonl"], ["--json"]):
        lines = (await cli("report", reported.name, "spring", "--by", "hour", *options)).splitlines()
        found = [json.loads(line) for line in lines]
        assert [str(row["hour"]) for row in found] == [row["hour"] for row in rows]
        assert [row["used"] for row in found] == [1, 1]


async def test_a_report_of_a_time_counts_its_uses(cli, reported):
    """From a time on, or before it; not by batch."""
    (first, second) = (await cli("report", reported.name, "spring", "--by", "hour", "--format", "csv")).splitlines()[1:]
    bound = second.split(",")[1]
    for option, expected in (("--since", second), ("--until", first)):
        lines = (await cli("report", reported.name, "--by", "hour", "--format", "csv", option, bound)).splitlines()
        assert lines[1:] == [expected]
    refused = await run("report", reported.name, "--by", "batch", "--since", bound)
    assert refused.exit_code == 2
    assert "--by batch" in refused.stderr


async def test_a_report_of_a_batch_counts_its_uses(cli, reported):
    """By time, without those of other batches."""
    await use_all(reported, await reported.codes(1), "carol")
    (one, other) = (await reported.call("DescribeIssueJobs", campaign_model_name="spring")).items
    for batch, used in ((one, 2), (other, 1)):
        lines = await cli("report", reported.name, "spring", "--by", "hour", "--batch", batch.name, "--json")
        assert sum(json.loads(line)["used"] for line in lines.splitlines()) == used
    refused = await run("report", reported.name, "--batch", one.name)
    assert refused.exit_code == 2
    assert "--batch needs a campaign" in refused.stderr


async def test_campaigns_are_listed_with_their_numbers(cli, reported):
    """As text, and as JSON beside the model."""
    assert (await cli("campaign", "list", reported.name)).splitlines() == [
        "autumn",
        "spring  used 2 of 4, reverted 1, remaining 2",
    ]
    listed = [json.loads(line) for line in (await cli("campaign", "list", reported.name, "--json")).splitlines()]
    assert listed[1]["counts"] == {"issued": 4, "imported": 0, "used": 2, "reverted": 1, "remaining": 2}
