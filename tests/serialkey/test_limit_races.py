"""Limits of campaigns hold exactly, whoever redeems at the same time, by whatever calls."""

import asyncio
from collections import Counter

import pytest
from support.exchanges import make_exchanges, outcome
from support.service import refused

PLAYERS = [f"player-{n}" for n in range(16)]


@pytest.fixture
async def exchanges(service):
    """A namespace of codes and one of each other service."""
    return await make_exchanges(service)


@pytest.fixture
def world(exchanges):
    """The namespace of codes."""
    return exchanges.world


async def outcomes(calls):
    """Make calls at the same time; count their outcomes."""
    return Counter(await asyncio.gather(*map(outcome, calls)))


@pytest.fixture(params=["a call", "with a key", "a transaction"])
def use(request, exchanges):
    """Return the call by which a player uses a code."""
    numbers = iter(range(1000))

    def call(user_id, code):
        fields = {"user_id": user_id, "code": code}
        if request.param == "a transaction":
            return exchanges.run("RunTransaction", user_id=user_id, consume=[exchanges.use(code)])
        headers = [("idempotency-key", f"key-{next(numbers)}")] if request.param == "with a key" else []
        return exchanges.world.service.call(
            "UseByUserId", namespace_name=exchanges.world.name, headers=headers, **fields
        )

    return call


async def test_the_last_use_of_a_total_is_exact(world, use):
    """Of more players than there are uses, exactly as many redeem the code."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesTotal": 5})
    assert await outcomes(use(user_id, "WORD") for user_id in PLAYERS) == {"OK": 5, "CAMPAIGN_SOLD_OUT": 11}


async def test_the_last_key_of_a_total_is_exact(world, use):
    """The same with a serial key for each player."""
    await world.put_models(spring={"usesTotal": 5})
    codes = await world.codes(len(PLAYERS))
    calls = (use(user_id, code) for user_id, code in zip(PLAYERS, codes, strict=True))
    assert await outcomes(calls) == {"OK": 5, "CAMPAIGN_SOLD_OUT": 11}


async def test_uses_per_player_are_exact(world, use):
    """Of the campaign code and of serial keys together."""
    await world.put_models(spring={"enableCampaignCode": True, "usesPerUser": 3})
    codes = [*(await world.codes(6)), *["spring"] * 6]
    calls = (use(user_id, code) for code in codes for user_id in PLAYERS[:2])
    results = await outcomes(calls)
    assert results["OK"] <= 6  # two players may have raced for one key
    for user_id in PLAYERS[:2]:
        found = (await world.call("DescribeRedemptions", user_id=user_id)).items
        assert len(found) == 3
        assert (await outcomes([use(user_id, "spring")])) == {"ALREADY_REDEEMED": 1}
    assert results["OK"] == 6


async def test_one_campaign_of_a_group_is_exact(world, use):
    """A player who redeems in all of them at once redeems in one."""
    names = ["RED", "BLUE", "GREEN"]
    await world.put_models(**{name: {"enableCampaignCode": True, "group": "color"} for name in names})
    results = await outcomes(use("alice", name) for name in names * 4)
    assert results == {"OK": 4, "REDEEMED_IN_GROUP": 8}
    found = (await world.call("DescribeRedemptions", user_id="alice")).items
    assert len({item.campaign_model_name for item in found}) == 1


async def test_the_uses_of_a_key_are_exact(world, use):
    """So many players use it, each once."""
    await world.put_models(spring={"usesPerKey": 3})
    [code] = await world.codes()
    results = await outcomes(use(user_id, code) for user_id in PLAYERS[:8] for _ in range(2))
    assert results["OK"] == 3
    found = (await world.call("DescribeRedemptions")).items
    assert len({item.used_user_id for item in found}) == len(found) == 3


async def test_a_key_good_once_is_used_once_within_limits(world, use):
    """Though many players may use a key each."""
    await world.put_models(spring={"usesPerUser": 1, "usesTotal": 9})
    [code] = await world.codes()
    assert await outcomes(use(user_id, code) for user_id in PLAYERS) == {"OK": 1, "CODE_STATUS_INVALID": 15}


async def test_uses_and_reverts_keep_the_total(world, use):
    """Whatever order they come in: what is recorded and what remains make up the total."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesTotal": 6})

    async def come_and_go(user_id):
        for _ in range(2):
            await outcomes([use(user_id, "WORD")])
            await world.call("RevertUseByUserId", user_id=user_id, code="WORD")

    await asyncio.gather(*map(come_and_go, PLAYERS[:8]))
    assert not (await world.call("DescribeRedemptions")).items
    assert await outcomes(use(user_id, "WORD") for user_id in PLAYERS) == {"OK": 6, "CAMPAIGN_SOLD_OUT": 10}


async def test_reverts_of_one_player_each_revert_a_use(world):
    """Of a campaign code that the player used as often: none of them is lost to another that runs at the same time."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 8})
    names = {"user_id": "alice", "code": "WORD"}
    for _ in range(3):
        await asyncio.gather(*(world.call("UseByUserId", **names) for _ in range(8)))
        await asyncio.gather(*(world.call("RevertUseByUserId", **names) for _ in range(8)))
        assert not (await world.call("DescribeRedemptions")).items


async def test_a_limit_that_is_set_meanwhile_counts_every_use(world):
    """Uses that are under way when a total is first set are counted, or refused."""
    codes = await world.codes(24)
    calls = [world.call("UseByUserId", user_id=f"u{n}", code=code) for n, code in enumerate(codes[:16])]
    await asyncio.gather(
        outcomes(calls), world.put_models(spring={"usesTotal": 28}), outcomes(calls_of(world, codes[16:]))
    )
    await outcomes(calls_of(world, await world.codes(8)))
    assert len((await world.call("DescribeRedemptions", limit=100)).items) == 28


def calls_of(world, codes):
    """Return a use of each code by a player of its own."""
    return [world.call("UseByUserId", user_id=f"late-{n}", code=code) for n, code in enumerate(codes)]


async def test_one_transaction_may_use_the_same_code_twice(exchanges, world):
    """Both uses count; a third is refused with the transaction, and makes no use of the room."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 2, "usesTotal": 2})
    with refused("ALREADY_REDEEMED"):
        await exchanges.run("RunTransaction", consume=[exchanges.use("WORD")] * 3)
    await exchanges.run("RunTransaction", consume=[exchanges.use("WORD")] * 2)
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.call("UseByUserId", user_id="bob", code="WORD")
