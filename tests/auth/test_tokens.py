"""Access tokens and time offsets."""

import jwt
import pytest
from redeem.auth.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from support.clock import START_MS
from support.service import refused, running

HOUR = 60 * 60


async def use(service, world, code, token, *, in_metadata=False):
    """Use a code with a token alone."""
    fields = {} if in_metadata else {"access_token": token}
    metadata = (("x-access-token", token),) if in_metadata else ()
    request = serialkey_pb.UseRequest(namespace_name=world.name, code=code, **fields)
    return await service.serial_keys.Use(request, metadata=metadata)


async def test_a_token_names_the_player_and_is_enough(own_service):
    """In the field or in the metadata, without a key; it lives one hour."""
    world = await own_service.world()
    codes = await world.codes(3)
    answer = await own_service.auth.Login(pb.LoginRequest(user_id="al ice/1"), metadata=own_service.admin)
    assert (answer.user_id, answer.expire) == ("al ice/1", START_MS + HOUR * 1000)
    assert (await use(own_service, world, codes[0], answer.token)).item.used_user_id == "al ice/1"
    assert (await use(own_service, world, codes[1], answer.token, in_metadata=True)).item.status == 2
    own_service.clock.advance(seconds=HOUR)
    with refused("CREDENTIAL_INVALID"):
        await use(own_service, world, codes[2], answer.token)


async def test_a_remembered_token_still_runs_out(own_service):
    """A token that was checked a second ago is refused once its hour is over."""
    world = await own_service.world()
    codes = await world.codes(2)
    token = await own_service.token("alice")
    own_service.clock.advance(seconds=HOUR - 1)
    await use(own_service, world, codes[0], token)
    own_service.clock.advance(seconds=1)
    with refused("CREDENTIAL_INVALID"):
        await use(own_service, world, codes[1], token)


@pytest.mark.parametrize("change", ["truncated", "other signature", "unsigned", "other key", "too long", "not ascii"])
async def test_a_token_that_is_not_quite_right_is_refused(service, change):
    """Tampered, unsigned, signed by somebody else: CREDENTIAL_INVALID, and nothing is used."""
    world = await service.world()
    (code,) = await world.codes()
    good = await service.token("alice")
    claims = jwt.decode(good, options={"verify_signature": False})
    header = jwt.get_unverified_header(good)
    forged = {
        "truncated": good[:-4],
        "other signature": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "unsigned": jwt.encode(claims, "", algorithm="none", headers={"kid": header["kid"]}),
        "other key": jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": header["kid"]}),
        "too long": "x" * 8192,
        "not ascii": "\U0001f600.é.x",
    }[change]
    with refused("CREDENTIAL_INVALID"):
        await use(service, world, code, forged)
    assert (await world.call("GetSerialKey", code=code)).item.status == 1


async def test_a_token_of_another_kind_is_refused(service):
    """A project token or a time offset token is no access token, and an access token no key."""
    world = await service.world()
    (code,) = await world.codes()
    key_id, _, secret = service.key.partition(".")
    project = (
        await service.auth.LoginProject(pb.LoginProjectRequest(client_id=key_id, client_secret=secret))
    ).access_token
    request = pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=1)
    offset = (await service.auth.IssueTimeOffsetTokenByUserId(request, metadata=service.admin)).token
    access = await service.token("alice")
    for token in (project, offset):
        with refused("CREDENTIAL_INVALID"):
            await use(service, world, code, token)
    for token in (access, offset):
        with refused("CREDENTIAL_INVALID"):
            await service.auth.ListKeys(pb.ListKeysRequest(), metadata=(("authorization", f"Bearer {token}"),))
    for token in (access, project):
        with refused("CREDENTIAL_INVALID"):
            await world.call("UseByUserId", user_id="alice", code=code, time_offset_token=token)


async def test_a_time_offset_shifts_the_players_clock(own_service):
    """Of the access token, and of ...ByUserId calls with a time offset token; offsets add up."""
    world = await own_service.world()
    codes = await world.codes(3)
    ahead = await own_service.token("alice", time_offset=HOUR)
    assert (await use(own_service, world, codes[0], ahead)).item.used_at == START_MS + HOUR * 1000
    request = pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=60)
    one = (await own_service.auth.IssueTimeOffsetTokenByUserId(request, metadata=own_service.admin)).token
    answer = await world.call("UseByUserId", user_id="alice", code=codes[1], time_offset_token=one)
    assert answer.item.used_at == START_MS + 60 * 1000
    both = await own_service.token("alice", time_offset=HOUR, time_offset_token=one)
    assert (await use(own_service, world, codes[2], both)).item.used_at == START_MS + (HOUR + 60) * 1000


async def test_a_time_offset_token_is_for_its_player(own_service):
    """Another player's, an expired one and nonsense are CREDENTIAL_INVALID."""
    world = await own_service.world()
    (code,) = await world.codes()
    request = pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=60)
    token = (await own_service.auth.IssueTimeOffsetTokenByUserId(request, metadata=own_service.admin)).token
    for user_id, text in (("bob", token), ("alice", "nonsense")):
        with refused("CREDENTIAL_INVALID"):
            await world.call("UseByUserId", user_id=user_id, code=code, time_offset_token=text)
    own_service.clock.advance(seconds=HOUR)
    with refused("CREDENTIAL_INVALID"):
        await world.call("UseByUserId", user_id="alice", code=code, time_offset_token=token)


async def test_offsets_are_bounded(service):
    """At most ten years, also as a sum; never back."""
    ten_years = 315_360_000
    await service.token("alice", time_offset=ten_years)
    for offset in (-1, ten_years + 1):
        with refused("VALIDATION_FAILED") as refusal:
            await service.token("alice", time_offset=offset)
        assert refusal.fields == ["time_offset"]
    request = pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=1)
    one = (await service.auth.IssueTimeOffsetTokenByUserId(request, metadata=service.admin)).token
    with refused("VALIDATION_FAILED") as refusal:
        await service.token("alice", time_offset=ten_years, time_offset_token=one)
    assert refusal.fields == ["time_offset"]


async def test_a_configuration_can_switch_offsets_off(tmp_path):
    """Making and using them is TIME_OFFSET_DISABLED then, also for tokens made before; plain logins work."""
    async with running(tmp_path) as service:
        world = await service.world()
        codes = await world.codes(2)
        ahead = await service.token("alice", time_offset=HOUR)
    async with running(tmp_path, time_offsets=False) as service:
        world.service = service
        with refused("TIME_OFFSET_DISABLED"):
            await service.token("alice", time_offset=HOUR)
        with refused("TIME_OFFSET_DISABLED"):
            await use(service, world, codes[0], ahead)
        assert (await use(service, world, codes[0], await service.token("alice"))).item.status == 2


async def test_another_servers_token_is_refused(tmp_path, service):
    """Signed under another master key, with a key id that this server has too."""
    world = await service.world()
    (code,) = await world.codes()
    async with running(tmp_path) as other:
        foreign = await other.token("alice")
    with refused("CREDENTIAL_INVALID"):
        await use(service, world, code, foreign)
