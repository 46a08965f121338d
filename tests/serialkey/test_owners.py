"""Codes that one player alone can use."""

import asyncio

import pytest
from support.service import refused
from support.user_data import clean

ACTIVE = 1


async def issue(world, owner, campaign="spring", **fields):
    """Issue a code for a player; return it."""
    return (await world.call("IssueOnce", campaign_model_name=campaign, owner_user_id=owner, **fields)).item.code


@pytest.mark.parametrize("player", ["bob", "alic", "alice2"])
async def test_only_the_owner_can_use_a_code(service, player):
    """Anybody else is refused with a reason of its own, before and after it was used; the owner is not named."""
    world = await service.world()
    code = await issue(world, "alice")
    for _ in range(2):
        for rpc, fields in (("Use", {}), ("VerifyCode", {"verify_type": ACTIVE}), ("VerifyCode", {"verify_type": 2})):
            with refused("CODE_OF_ANOTHER_PLAYER") as refusal:
                await world.as_player(rpc, player, code=code, **fields)
            assert "alice" not in str(refusal)
        with refused("CODE_OF_ANOTHER_PLAYER"):
            await world.call("UseByUserId", user_id=player, code=code)
        if not await used(world, code):
            assert (await world.as_player("VerifyCode", "alice", code=code, verify_type=ACTIVE)).item.code == code
            assert (await world.as_player("Use", "alice", code=code)).item.used_user_id == "alice"
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=code)


async def used(world, code):
    """Return whether a code is used."""
    return (await world.call("GetSerialKey", code=code)).item.status == 2


async def test_operators_see_the_owner(service):
    """Where the code is issued and where it is read; a code for everybody has none."""
    world = await service.world()
    issued = await world.call("IssueOnce", campaign_model_name="spring", owner_user_id="alice")
    assert issued.item.owner_user_id == "alice"
    assert (await world.call("GetSerialKey", code=issued.item.code)).item.owner_user_id == "alice"
    assert not (await world.call("IssueOnce", campaign_model_name="spring")).item.HasField("owner_user_id")


async def test_each_of_many_players_gets_a_code(service):
    """In their order, one for each, with metadata and validity; a player who is named twice gets two."""
    world = await service.world()
    players = [f"player-{number}" for number in range(198)] + ["twice", "twice"]
    reply = await world.call("IssueForUsers", campaign_model_name="spring", user_ids=players, metadata="gift")
    assert [item.owner_user_id for item in reply.items] == players
    assert len({item.code for item in reply.items}) == 200
    assert {(item.metadata, item.status, item.campaign_model_name) for item in reply.items} == {("gift", 1, "spring")}
    with refused("CODE_OF_ANOTHER_PLAYER"):
        await world.as_player("Use", "player-1", code=reply.items[0].code)
    await world.as_player("Use", "player-0", code=reply.items[0].code)
    for item in reply.items[198:]:
        await world.as_player("Use", "twice", code=item.code)
    assert not (await world.call("DescribeIssueJobs", campaign_model_name="spring")).items


async def test_no_players_or_too_many_are_refused(service):
    """None, 201, and what is no id of a player."""
    world = await service.world()
    for players in ([], ["a"] * 201, ["a:b"]):
        with refused("VALIDATION_FAILED"):
            await world.call("IssueForUsers", campaign_model_name="spring", user_ids=players)


async def test_reverted_codes_are_still_for_their_owner(service):
    """A use that was reverted makes the code usable for the owner, and for nobody else."""
    world = await service.world()
    code = await issue(world, "alice")
    await world.as_player("Use", "alice", code=code)
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    with refused("CODE_OF_ANOTHER_PLAYER"):
        await world.as_player("Use", "bob", code=code)
    await world.as_player("Use", "alice", code=code)


async def test_many_uses_at_once_succeed_for_the_owner_alone(service):
    """Of many players who use codes of two owners together, one by one and in sets."""
    world = await service.world()
    codes = {owner: await issue(world, owner) for owner in ("alice", "bob")}
    tries = [(player, owner) for player in ("alice", "bob", "eve") for owner in codes] * 3
    replies = await asyncio.gather(
        *(world.call("UseByUserId", user_id=player, code=codes[owner]) for player, owner in tries),
        return_exceptions=True,
    )
    done = [(attempt, reply) for attempt, reply in zip(tries, replies, strict=True) if not isinstance(reply, Exception)]
    assert sorted(attempt for attempt, _ in done) == [("alice", "alice"), ("bob", "bob")]


async def test_nobody_can_use_the_codes_of_an_erased_player(own_service):
    """The player's name is in no table, and the codes are refused to everybody, also to a player of the same name."""
    world = await own_service.world()
    await own_service.stop_housekeeping()
    unused, spent = await issue(world, "alice"), await issue(world, "alice")
    await world.as_player("Use", "alice", code=spent)
    await clean(own_service, "alice")
    assert not [
        table for table, rows in (await own_service.dump()).items() if "issue" in table and "alice" in str(rows)
    ]
    for code in (unused, spent):
        for player in ("alice", "bob"):
            with refused("CODE_OF_ANOTHER_PLAYER"):
                await world.as_player("Use", player, code=code)
    assert (await world.call("GetSerialKey", code=unused)).item.owner_user_id == ""
