"""The command `audit`: who changed what."""

import datetime
import json
import os
import pwd

import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from support.cli import run
from support.keys import key_of
from support.service import running

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


def id_of(metadata):
    """Return the id of the key that some metadata shows."""
    return metadata[0][1].removeprefix("Bearer ").split(".")[0]


async def issue(service, world, metadata):
    """Issue a code."""
    request = pb.IssueOnceRequest(namespace_name=world.name, campaign_model_name="spring")
    await service.serial_keys.IssueOnce(request, metadata=metadata)


@pytest.fixture
def audit(service):
    """Runs the command, and returns its lines."""

    async def invoke(*arguments):
        there = ["--server", f"127.0.0.1:{service.port}", "--key", service.key]
        result = await run("audit", "--json", *there, *arguments)
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return invoke


async def test_the_command_shows_who_changed_what(service, audit):
    """A line for each event of the namespaces, in order."""
    world, issuer = await service.world(), await key_of(service, "issuer")
    await issue(service, world, issuer)
    await world.issue()
    shown = await audit("--namespace", world.name)
    kinds = [(line["kind"], line["actor"]) for line in shown]
    admin = id_of(service.admin)
    assert kinds == [("administered", admin)] * 2 + [("issued", id_of(issuer)), ("issued", admin)]
    del shown[:2]
    assert shown[0]["method"] == "redeem.serialkey.v1.SerialKeyService/IssueOnce"
    assert shown[0]["kind"] == "issued"
    assert datetime.datetime.fromisoformat(shown[0]["time"]) <= datetime.datetime.now(datetime.UTC)


async def test_the_command_prints_a_line_for_people(service):
    """With the time, the kind, the method, the namespace and the actor."""
    world = await service.world()
    await world.issue()
    result = await run(
        "audit", "--namespace", world.name, "--server", f"127.0.0.1:{service.port}", "--key", service.key
    )
    last = result.stdout.splitlines()[-1]
    assert last.endswith(f"issued  Issue  {world.name}  by {id_of(service.admin)}")


async def test_the_command_filters(service, audit):
    """By actor, and by time."""
    world, issuer = await service.world(), await key_of(service, "issuer")
    await issue(service, world, issuer)
    await world.issue()
    there = ["--namespace", world.name]
    assert [line["actor"] for line in await audit(*there, "--actor", id_of(issuer))] == [id_of(issuer)]
    assert await audit(*there, "--actor", "nobody") == []
    assert len(await audit(*there, "--since", "2001-01-01", "--until", "2100-01-01")) == 4
    assert await audit(*there, "--until", "2001-01-01") == []
    assert await audit(*there, "--since", "2100-01-01") == []


async def test_the_command_reports_a_refusal(service):
    """In one line."""
    result = await run("audit", "--server", f"127.0.0.1:{service.port}", "--key", "k0.none")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "CREDENTIAL_INVALID" in result.output


async def test_keys_changed_in_the_database_name_the_local_operator(tmp_path, monkeypatch):
    """The account of the process, whatever its environment says."""
    monkeypatch.setenv("USER", "somebody-else")
    monkeypatch.setenv("LOGNAME", "somebody-else")
    async with running(tmp_path) as service:
        database = service.settings.database
    data = ["--data", tmp_path] if not database.get_secret_value() else ["--database", database.get_secret_value()]
    made = (await run("keys", "create", "read", *data)).stdout.split()[-1].partition(".")[0]
    for _ in range(2):  # the second time, nothing changes
        assert (await run("keys", "revoke", made, *data)).exit_code == 0
    async with running(tmp_path) as service:
        there = ["--server", f"127.0.0.1:{service.port}", "--key", service.key]
        shown = [json.loads(line) for line in (await run("audit", "--json", *there)).stdout.splitlines()]
    operator = f"local:{pwd.getpwuid(os.getuid()).pw_name}"
    assert [(line["method"], line["actor"], line["administration"]) for line in shown] == [
        (f"redeem.auth.v1.AuthService/{method}", operator, {"resourceName": made})
        for method in ("CreateKey", "RevokeKey")
    ]
