"""The pages for support: a code, a player, guesses, deliveries."""

import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from support.console import logged_in
from support.guesses import guess
from support.keys import key_of
from support.user_data import use_all


@pytest.fixture
async def world(service):
    """A namespace with the campaign `spring`, in which alice used a code."""
    world = await service.world()
    world.code, world.other = await world.codes(2)
    await use_all(world, [world.code], "alice")
    return world


def page(world, name):
    """Return the path of a page of the namespace."""
    return f"/console/codes/{world.name}/{name}"


async def test_a_code_is_found_as_it_was_typed(world, admin):
    """With what is known of its life, and the player; the code is in no URL."""
    shown = await admin.act(page(world, "code"), "find", code=world.code.lower())
    assert shown.path == page(world, "code")
    assert world.code in shown.text
    assert "alice" in shown.text
    assert [line for line in ("issued", "used") if line in shown.text] == ["issued", "used"]


async def test_a_code_that_does_not_exist_is_refused_once(world, admin):
    """With the reason, beside what was typed."""
    shown = await admin.act(page(world, "code"), "find", code="nonsense")
    assert (shown.status, shown.refusal) == (404, "SERIAL_KEY_NOT_FOUND")
    assert 'value="nonsense"' in shown.html


async def test_a_use_is_taken_back(world, admin):
    """On the page of the code; then it can be switched off and on."""
    found = await admin.act(page(world, "code"), "find", code=world.code)
    shown = await admin.post(page(world, "code"), found.form("take_back"))
    assert "The use was taken back." in shown.text
    assert (await world.call("GetSerialKey", code=world.code)).item.status == 1
    shown = await admin.post(page(world, "code"), shown.form("switch") | {"reason": "leaked"})
    assert "switched off" in shown.text
    assert (await world.call("GetSerialKey", code=world.code)).item.status_reason == "leaked"
    shown = await admin.post(page(world, "code"), shown.form("switch"))
    assert "The code was switched on." in shown.text


async def test_what_the_state_of_a_code_forbids_is_refused(world, admin):
    """A form that was opened before somebody else changed the code."""
    found = await admin.act(page(world, "code"), "find", code=world.code)
    await world.call("RevertUseByUserId", user_id="alice", code=world.code)
    shown = await admin.post(page(world, "code"), found.form("take_back"))
    assert (shown.status, shown.refusal) == (400, "CODE_STATUS_INVALID")
    assert world.code in shown.text


async def test_a_player_is_shown_with_what_the_namespace_holds(world, admin):
    """And what services that have no namespace of the name hold is left out."""
    shown = await admin.get(page(world, "player?user=alice"))
    assert world.code in shown.text
    assert "Counters" not in shown.text
    assert "used no code" in (await admin.get(page(world, "player?user=bob"))).text


async def test_a_use_of_a_player_is_taken_back(world, admin):
    """From the list of the player."""
    shown = await admin.act(page(world, "player?user=alice"), "take_back", {"code": world.code})
    assert "The use was taken back." in shown.text
    assert world.code not in shown.text


async def test_a_player_is_unlocked(world, admin):
    """After too many wrong codes."""
    await world.limit_guesses(burst=1)
    await guess(world, user_id="alice")
    shown = await admin.get(page(world, "player?user=alice"))
    assert "0 of 1 guesses are left." in shown.text
    assert "locked" in shown.text
    shown = await admin.act(page(world, "player?user=alice"), "unlock")
    assert "1 of 1 guesses are left." in shown.text


async def test_no_player_of_a_wrong_id_is_looked_for(world, admin):
    """The reason is shown."""
    assert (await admin.get(page(world, "player?user=a:b"))).refusal == "VALIDATION_FAILED"


async def test_guesses_are_counted(world, admin):
    """With the number from which on they are an attack."""
    await world.limit_guesses(alarm_per_minute=2)
    assert "not under attack" in (await admin.get(page(world, "guesses"))).text
    for _ in range(2):
        await guess(world)
    assert "not under attack" not in (await admin.get(page(world, "guesses"))).text


async def test_whoever_only_reads_sees_no_code_and_no_form(service, world):
    """Codes are masked, and nothing can be taken back or unlocked, not even with a form that was made up."""
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        shown = await reader.get(page(world, "player?user=alice"))
        assert world.code not in shown.text
        assert "take_back" not in shown.actions
        csrf = shown.html.split('name="csrf" value="')[1].split('"')[0]
        made_up = {"csrf": csrf, "action": "take_back", "code": world.code}
        refused = await reader.post(page(world, "player?user=alice"), made_up)
        assert (refused.status, refused.refusal) == (403, "ROLE_NOT_ALLOWED")
        assert "/console/keys" not in shown.html
        for path in ("/console/keys", "/console/deliveries"):
            assert (await reader.get(path)).refusal == "ROLE_NOT_ALLOWED"


async def test_a_key_is_created_shown_once_and_revoked(service, admin):
    """It works until it is revoked."""
    shown = await admin.act("/console/keys", "create", role="issuer", namespaces="one, two", description="for us")
    made = shown.html.split('<code class="code">')[1].split("<")[0]
    listed = await admin.get("/console/keys")
    assert "one, two" in listed.text
    assert made not in listed.html
    async with logged_in(service, made):
        pass
    key_id = made.split(".")[0]
    assert "The key was revoked." in (await admin.act("/console/keys", "revoke", {"key": key_id})).text
    keys = (await service.auth.ListKeys(auth_pb.ListKeysRequest(limit=1000), metadata=service.admin)).items
    assert [key.HasField("revoked_at") for key in keys if key.key_id == key_id] == [True]


async def test_the_last_key_of_an_administrator_stays(service, admin):
    """As its reason says."""
    key_id = service.key.split(".")[0]
    shown = await admin.act("/console/keys", "revoke", {"key": key_id})
    assert (shown.status, shown.refusal) == (400, "LAST_ADMIN_KEY")
