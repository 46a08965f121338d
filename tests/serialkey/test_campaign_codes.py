"""Campaign codes: the name of a campaign, redeemed by anybody, any number of times."""

import asyncio

import pytest
from support.service import refused


@pytest.fixture
async def world(service):
    """A namespace whose campaign WELCOME2026 is a code and whose campaign spring is none."""
    return await service.world("WELCOME2026", "spring", campaign_codes=("WELCOME2026",))


async def test_a_campaign_code_is_used_by_many_and_stays_active(world):
    """Every use returns the same synthetic key, ACTIVE and without an owner."""
    answers = await asyncio.gather(
        *(world.as_player("Use", user, code="WELCOME2026") for user in ("alice", "bob", "alice"))
    )
    assert len({answer.SerializeToString() for answer in answers}) == 1
    item = answers[0].item
    assert (item.code, item.campaign_model_name, item.status) == ("WELCOME2026", "WELCOME2026", 1)
    assert item.serial_key_id.endswith(f":serialKey:{world.name}:serialKey:WELCOME2026")
    assert not item.HasField("used_user_id")
    assert answers[0].campaign_model.enable_campaign_code
    got = await world.call("GetSerialKey", code="WELCOME2026")
    assert got.item == item
    assert not got.HasField("issue_job")


async def test_verify_and_revert_know_campaign_codes(world):
    """active passes, inactive is refused, a revert has no effect, another campaign is a mismatch."""
    await world.as_player("VerifyCode", "alice", code="WELCOME2026", verify_type=1)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("VerifyCode", "alice", code="WELCOME2026", verify_type=2)
    with refused("CAMPAIGN_MISMATCH"):
        await world.as_player("VerifyCode", "alice", code="WELCOME2026", verify_type=1, campaign_model_name="spring")
    assert (await world.call("RevertUseByUserId", user_id="alice", code="WELCOME2026")).item.status == 1


@pytest.mark.parametrize("text", ["spring", "welcome2026", "WELCOME2026 ", "WELCOME-2026", "WELCOME"])
async def test_only_the_exact_name_of_an_enabled_campaign_is_a_code(world, text):
    """A campaign without the flag, another case, and anything around the name are unknown codes."""
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code=text)


async def test_a_campaign_code_ends_with_its_flag(world):
    """From the next master data on the name is no code any more."""
    await world.as_player("Use", "alice", code="WELCOME2026")
    await world.put_in_force("WELCOME2026", "spring")
    with refused("CODE_NOT_FOUND"):
        await world.as_player("Use", "alice", code="WELCOME2026")


async def test_a_serial_code_goes_before_a_campaign_of_the_same_text(service):
    """A campaign may be named like an issued code: the text then is the serial code."""
    world = await service.world("spring")
    (code,) = await world.codes()
    await world.put_in_force("spring", code, campaign_codes=(code,))
    answer = await world.as_player("Use", "alice", code=code)
    assert answer.item.campaign_model_name == "spring"
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=code)
