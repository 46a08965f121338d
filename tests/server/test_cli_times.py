"""Commands that take times, against a running server."""

import pytest
from support.cli import run

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


async def test_every_command_that_sets_a_period_shows_it_in_utc_and_in_the_zone(service, tmp_path):
    """`issue`, `import` and `campaign create` read local times of the zone, and honour an offset."""
    world = await service.world()
    (tmp_path / "codes.csv").write_text("code\nCARD-0001\n", encoding="utf-8")
    period = ("--valid-from", "2026-12-01T09:00", "--valid-until", "2026-12-31T12:00Z", "--zone", "Asia/Tokyo")
    wanted = (1_796_083_200_000, 1_798_718_400_000)
    there = ["--server", f"127.0.0.1:{service.port}", "--key", service.key]
    for command in (
        ("issue", world.name, "spring", 5),
        ("import", world.name, "spring", tmp_path / "codes.csv", "--yes"),
        ("campaign", "create", world.name, "winter"),
    ):
        said = (await run(*command, *period, *there)).stderr
        assert "usable from 2026-12-01T00:00:00+00:00 until before 2026-12-31T12:00:00+00:00 (UTC)" in said
        assert "usable from 2026-12-01T09:00:00+09:00 until before 2026-12-31T21:00:00+09:00 (Asia/Tokyo)" in said
    found = [
        *(await world.call("DescribeIssueJobs", campaign_model_name="spring")).items,
        (await world.call("GetCampaignModel", campaign_model_name="winter")).item,
    ]
    assert {(each.valid_from, each.valid_until) for each in found} == {wanted}
    assert len(found) == 3
    in_seconds = await run("issue", world.name, "spring", 5, "--valid-from", "1796083200", *there)
    assert in_seconds.exit_code == 2
    assert "1796083200000" in in_seconds.output
