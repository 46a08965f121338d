"""Every command, against a server that runs, or without one."""

import asyncio
import json
import subprocess
import sys

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd import __version__
from redeemd.cli.client import Client
from redeemd.cli.commands import every
from support import postgres as pg
from support.cli import run
from support.patience import WAIT_SECONDS
from support.service import refused

FREE_PORT_OF_NOBODY = "127.0.0.1:1"


def commands(command=None, path=()):
    """Return the path of every command and group."""
    command = command or every()
    found = [path]
    for name, inner in getattr(command, "commands", {}).items():
        found += commands(inner, (*path, name))
    return found


pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.mark.parametrize("path", commands(), ids=" ".join)
async def test_help_of_every_command(path):
    """Each explains itself, by both spellings."""
    long, short = await run(*path, "--help"), await run(*path, "-h")
    assert long.exit_code == short.exit_code == 0
    assert "Usage:" in long.output
    assert long.output == short.output


async def test_version():
    """The version is the package's; the option is what most programs have."""
    assert (await run("version")).stdout.strip() == (await run("--version")).stdout.strip() == __version__


async def test_campaigns_are_made_in_force_and_listed(cli, world):
    """`campaign create` makes the namespace if need be and keeps earlier campaigns; `list` marks campaign codes."""
    name = f"{world.name}-cli"
    await cli("campaign", "create", name, "summer", "--metadata", "100 coins")
    await cli("campaign", "create", name, "winter", "--campaign-code")
    lines = (await cli("campaign", "list", name)).splitlines()
    assert lines[0] == "summer"
    assert lines[1].startswith("winter  (")
    assert "summer exists already" in await cli("campaign", "create", name, "summer", code=1)


async def test_a_new_campaign_keeps_those_in_force(cli, service):
    """However they were put in force; nothing else of the document is lost, and its codes can still be used."""
    world = await service.world("spring", "easter")
    (code,) = await world.codes(1)
    document = {
        "version": "2022-09-13",
        "campaignModels": [
            {"name": "spring", "metadata": "größer", "validUntil": 1_900_000_000_000},
            {"name": "easter"},
        ],
    }
    await world.call("UpdateCurrentCampaignMaster", settings=json.dumps(document))
    await cli("campaign", "create", world.name, "autumn")
    document["campaignModels"].append({"name": "autumn", "enableCampaignCode": False})
    assert json.loads((await world.call("GetCurrentCampaignMaster")).item.settings) == document
    await world.call("UseByUserId", code=code, user_id="alice")


async def test_a_campaign_created_at_the_same_time_stays(cli, service, monkeypatch):
    """An edit that meets another one is repeated on what that left."""
    world = await service.world("spring")
    call, edits = Client.try_call, ["easter"]

    def edit_meanwhile(client, method, request, **options):
        reply = call(client, method, request, **options)
        if isinstance(request, pb.GetCurrentCampaignMasterRequest) and edits:
            document = json.loads(reply.item.settings)
            document["campaignModels"].append({"name": edits.pop()})
            edit = pb.UpdateCurrentCampaignMasterRequest(namespace_name=world.name, settings=json.dumps(document))
            call(client, client.serial_keys.UpdateCurrentCampaignMaster, edit)
        return reply

    monkeypatch.setattr(Client, "try_call", edit_meanwhile)
    await cli("campaign", "create", world.name, "autumn")
    assert not edits
    assert (await cli("campaign", "list", world.name)).split() == ["autumn", "easter", "spring"]


async def test_a_campaign_that_is_refused_leaves_nothing(cli, world):
    """Not even a master or a new namespace, so that it can be created once the mistake is corrected."""
    assert "MASTER_DATA_INVALID" in await cli("campaign", "create", world.name, "no/name", code=1)
    assert not (await world.call("DescribeCampaignModelMasters")).items
    said = await cli("campaign", "create", f"{world.name}-new", "no/name", code=1)
    assert "name: " in said
    with refused("NAMESPACE_NOT_FOUND"):
        await world.service.call("GetNamespace", namespace_name=f"{world.name}-new")


async def test_issue_prints_the_job(cli, world):
    """However many codes, it is one batch, with the metadata and validity requested."""
    options = ("--metadata", "for print", "--valid-from", "2026-12-01", "--valid-until", "2026-12-31T12:00:00")
    name = (await cli("issue", world.name, "spring", 2_500_000, *options)).strip()
    job = (await world.call("GetIssueJob", campaign_model_name="spring", issue_job_name=name)).item
    assert (job.issued_count, job.metadata) == (2_500_000, "for print")
    assert (job.valid_from, job.valid_until) == (1_796_083_200_000, 1_798_718_400_000)


async def test_switch_turns_campaigns_batches_and_codes_off_and_on(cli, world):
    """Each of the three refuses and allows again; lookup shows that it is off."""
    job = await world.issue(1)
    (code,) = [item.code for item in await world.keys(job)]
    for options in ((), ("--job", job.name), ("--code", code)):
        assert "off" in await cli("switch", world.name, "spring", "off", *options, "--reason", "leaked")
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "alice", code=code)
        assert "INACTIVE" in await cli("lookup", code, "--namespace", world.name)
        assert "on" in await cli("switch", world.name, "spring", "on", *options)
    await world.as_player("Use", "alice", code=code)
    await cli("switch", world.name, "spring", "sideways", code=2)


async def test_issue_for_an_unknown_campaign_is_refused_with_its_reason(cli, world):
    """The refusal of the server is shown, not a trace."""
    said = await cli("issue", world.name, "absent", 5, code=1)
    assert "NOT_FOUND CAMPAIGN_MODEL_NOT_FOUND" in said
    assert "Traceback" not in said


async def test_lookup_explains_codes(cli, world):
    """Unused, used, issued alone and campaign code: campaign, batch, status, and who used it when."""
    job = await world.issue(3, metadata="flyers")
    used, unused, _ = [item.code for item in await world.keys(job)]
    await world.as_player("Use", "alice", code=used)
    alone = (await world.call("IssueOnce", campaign_model_name="spring")).item.code

    said = await cli("lookup", unused.lower().replace("-", " "))
    for text in (unused, world.name, "spring", f"{job.name}, 3 codes", "ACTIVE", "flyers"):
        assert text in said
    assert "used by" not in said
    said = await cli("lookup", used, "--namespace", world.name)
    assert "USED" in said
    assert "used by    alice" in said
    assert "issued alone" in await cli("lookup", alone)
    await world.put_in_force("spring", "HELLO", campaign_codes=["HELLO"])
    assert "a campaign code" in await cli("lookup", "HELLO", "--namespace", world.name)
    await world.put_in_force("summer")
    assert "not in the current master data" in await cli("lookup", unused)


async def test_lookup_shows_every_namespace_that_has_a_code(cli, service):
    """The same text may be a code of several."""
    worlds = [await service.world(), await service.world()]
    for world in worlds:
        await world.bring(["SAME-IN-BOTH-2026"])
    said = await cli("lookup", "same-in-both-2026")
    assert [world.name in said for world in worlds] == [True, True]


async def test_lookup_says_why_a_text_is_no_code(cli, world):
    """Right shape but never issued, wrong length, wrong symbol: each is reported, with exit code 1."""
    (code,) = await world.codes()
    mistyped = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert "right shape" in await cli("lookup", mistyped, "--namespace", world.name, code=1)
    assert "it has 21 symbols" in await cli("lookup", code[:-1], "--namespace", world.name, code=1)
    assert "wrong symbol" in await cli("lookup", code[:-1] + "9", "--namespace", world.name, code=1)
    assert "NAMESPACE_NOT_FOUND" in await cli("lookup", code, "--namespace", "absent", code=1)


async def test_keys_by_a_running_server(cli, service, world):
    """A made key works and is listed without its secret; a revoked one is refused and shown as revoked."""
    data = ["--data", service.settings.data]
    key = (await cli("keys", "create", "read", "--namespace", world.name, "--description", "for x", *data)).strip()
    key_id, _, secret = key.partition(".")
    listed = await cli("keys", "list", *data)
    assert any(line.split()[:4] == [key_id, "read", "good", world.name] for line in listed.splitlines())
    assert secret not in listed
    use = ["campaign", "list", world.name, "--server", f"127.0.0.1:{service.port}", "--key", key]
    assert (await run(*use)).stdout.split() == ["spring"]
    await cli("keys", "revoke", key_id, *data)
    refused = await run(*use)
    assert refused.exit_code == 1
    assert "UNAUTHENTICATED" in refused.output
    assert any(
        line.split()[:3] == [key_id, "read", "revoked"] for line in (await cli("keys", "list", *data)).splitlines()
    )


async def test_keys_without_a_server(tmp_path):
    """In a data folder nobody holds: create, list, revoke; the last admin key cannot be revoked."""
    data = ["--data", tmp_path / "data"]
    assert (await run("migrate", *data)).exit_code == 0
    made = await run("keys", "create", "server", *data)
    key_id = made.stdout.strip().splitlines()[-1].partition(".")[0]
    lines = (await run("keys", "list", *data)).stdout.splitlines()
    (admin_id,) = [line.split()[0] for line in lines if line.split()[1] == "admin"]
    assert [line.split()[1:3] for line in lines if line.startswith(key_id)] == [["server", "good"]]
    assert (await run("keys", "revoke", key_id, *data)).exit_code == 0
    assert f"{key_id}  server  revoked" in (await run("keys", "list", *data)).stdout
    for unknown in (admin_id, "absent"):
        result = await run("keys", "revoke", unknown, *data)
        assert result.exit_code == 1
        assert "Traceback" not in result.output


async def test_keys_of_a_server_elsewhere_make_no_data_folder_here(cli, tmp_path):
    """Where there is no database to open, the server is called; an operator's machine gets no keys of its own."""
    listed = await cli("keys", "list", "--data", tmp_path / "absent")
    assert "first key" in listed
    assert not (tmp_path / "absent").exists()


async def test_an_unknown_role_is_refused():
    """The roles are named."""
    result = await run("keys", "create", "emperor")
    assert result.exit_code == 2
    assert "issuer" in result.output


async def test_migrate_applies_once_and_keeps_off_a_server(service, tmp_path):
    """It says what it applied, then that nothing is left to do; a folder in use is refused."""
    assert "applied 0001 initial" in (await run("migrate", "--data", tmp_path / "new")).stdout
    again = await run("migrate", "--data", tmp_path / "new")
    assert "applied" not in again.stdout
    assert "up to date" in again.stdout
    held = await run("migrate", "--data", service.settings.data)
    assert held.exit_code == 1
    assert "in use" in held.output


async def test_migrate_lists_and_prints_without_applying(tmp_path):
    """`--status` has exit code 1 while migrations are pending; neither option creates or changes a database."""
    data = ["--data", tmp_path / "new"]
    listed = await run("migrate", "--status", *data)
    assert listed.exit_code == 1
    assert "pending 0001 initial" in listed.stdout
    printed = await run("migrate", "--dry-run", *data)
    assert printed.exit_code == 0
    assert "-- 0001 initial (compatible with no older release)\nCREATE TABLE master_key_check" in printed.stdout
    assert "-- 0009 compatibility (compatible with releases from migration 8 on)\n" in printed.stdout
    assert not (tmp_path / "new").exists()
    assert (await run("migrate", *data)).exit_code == 0
    listed = await run("migrate", "--status", *data)
    assert listed.exit_code == 0
    assert "applied 0001 initial" in listed.stdout
    assert (await run("migrate", "--dry-run", *data)).stdout == ""
    assert (await run("migrate", "--dry-run", "--status", *data)).exit_code == 2


async def test_migrate_waits_for_the_migrations_of_another_process(postgres, postgres_url):
    """`--status --wait` ends as soon as they are applied."""
    waiting = asyncio.create_task(run("migrate", "--status", "--wait", WAIT_SECONDS, "--database", postgres_url))
    sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{pg.database_of(postgres_url)}'"
    while postgres.sql(sessions) == "0":
        assert not waiting.done()
        await asyncio.sleep(0.05)
    await pg.migrated(postgres_url)
    assert (await waiting).exit_code == 0


async def test_migrate_waits_in_vain_for_a_database():
    """For the given time; then it says in a line what is wrong."""
    absent = await run("migrate", "--wait", "0.6", "--database", "postgresql://redeemd@127.0.0.1:1/absent")
    assert absent.exit_code == 1
    assert absent.output.startswith("redeemd: PostgreSQL: ")


async def test_a_wrong_key_is_reported(service):
    """One clear line, exit code 1, and the key is not repeated."""
    there = ["--server", f"127.0.0.1:{service.port}"]
    for key, reason in (("k0.wrongsecret", "CREDENTIAL_INVALID"), ("", "CREDENTIAL_MISSING")):
        result = await run("campaign", "list", "any", *there, "--key", key)
        assert result.exit_code == 1
        assert f"UNAUTHENTICATED {reason}" in result.output
        assert "wrongsecret" not in result.output


async def test_a_missing_server_is_reported():
    """Where nothing listens: UNAVAILABLE, no trace."""
    result = await run("campaign", "list", "any", "--server", FREE_PORT_OF_NOBODY)
    assert result.exit_code == 1
    assert "UNAVAILABLE" in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


async def test_the_demo_runs_to_its_end():
    """With a server of its own, as a user would start it."""
    command = [sys.executable, "-m", "redeemd", "demo"]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "done"
    assert "100,000 different codes" in done.stdout
    assert "wrong" not in done.stdout
