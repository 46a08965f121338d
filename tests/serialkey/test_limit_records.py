"""Uses that are recorded because of limits: listed, told as events, and part of a player's data."""

import json

import pytest
from redeem.options.v1 import options_pb2
from support.events import told
from support.exchanges import make_exchanges
from support.service import refused
from support.user_data import bring_back, clean, dump

USED = 2
REDEEMED, REVERTED = options_pb2.EVENT_KIND_REDEEMED, options_pb2.EVENT_KIND_REVERTED
WORD = {"enableCampaignCode": True, "usesTotal": 3}


@pytest.fixture
async def own(own_service):
    """A namespace of a server of the test's own, whose housekeeping works when the test says so."""
    await own_service.stop_housekeeping()
    return await own_service.world("spring")


async def played(world):
    """Put limits in force; let two players use a word, a key for several players, and one for each of them."""
    await world.put_models(WORD=WORD, shared={"usesPerKey": 3}, single={})
    [shared] = await world.codes(campaign="shared", metadata="pack")
    singles = await world.codes(2, campaign="single")
    for user_id, single in zip(("alice", "bob"), singles, strict=True):
        for code in ("WORD", shared, single):
            await world.call("UseByUserId", user_id=user_id, code=code)
    return shared, singles


async def listed(world, **fields):
    """List redemptions page by page; return the player and the code of each."""
    found, token = [], None
    while token != "":
        page = await world.call("DescribeRedemptions", limit=2, page_token=token, **fields)
        found += page.items
        token = page.next_page_token
    assert all(item.status == USED and item.used_at for item in found)
    return [(item.used_user_id, item.code) for item in found]


async def test_each_recorded_use_is_listed(service):
    """With its player, by campaign, among the keys that one player used; page by page, of all or of one player."""
    world = await service.world("spring")
    shared, singles = await played(world)
    both = ["alice", "bob"]
    expected = (
        [(user, "WORD") for user in both] + [(user, shared) for user in both] + list(zip(both, singles, strict=True))
    )
    assert sorted(await listed(world)) == sorted(expected)
    assert await listed(world, user_id="bob") == [pair for pair in expected if pair[0] == "bob"]
    assert await listed(world, campaign_model_name="shared") == expected[2:4]
    [item, _] = (await world.call("DescribeRedemptions", campaign_model_name="shared")).items
    assert (item.metadata, item.campaign_model_name) == ("pack", "shared")
    assert item.serial_key_id.endswith(f"serialKey:{shared}")


async def test_a_recorded_use_and_its_revert_emit_events(service):
    """Of a campaign code by its name, of a key by the key."""
    world = await service.world("spring")
    await world.put_models(WORD=WORD, shared={"usesPerKey": 3})
    [shared] = await world.codes(campaign="shared")
    for code in ("WORD", shared):
        for rpc in ("UseByUserId", "RevertUseByUserId"):
            await world.call(rpc, user_id="alice", code=code)
    events = await told(service, 4, namespace_names=[world.name], kinds=[REDEEMED, REVERTED])
    assert [event.kind for event in events] == [REDEEMED, REVERTED] * 2
    redemptions = [event.redemption for event in events]
    assert [each.campaign_model_name for each in redemptions] == ["WORD", "WORD", "shared", "shared"]
    assert [each.campaign_code for each in redemptions] == [True, True, False, False]
    assert [each.code for each in redemptions] == ["", "", shared, shared]


async def test_limits_apply_in_exchanges(service):
    """A rate that costs a code: the refusal is that of the code, and nothing is granted."""
    exchanges = await make_exchanges(service)
    await exchanges.world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 1}, spring={})
    await exchanges.put_in_force(
        {"name": "reward", "consumeActions": [exchanges.use("WORD")], "acquireActions": [exchanges.issue()]}
    )
    await exchanges.buy("reward")
    with refused("ALREADY_REDEEMED"):
        await exchanges.buy("reward")
    answer = await exchanges.run("Preflight", consume=[exchanges.use("WORD")])
    assert [item.reason for item in answer.items] == ["ALREADY_REDEEMED"]


async def test_an_erased_player_leaves_uses_that_count(own):
    """They are listed without a player; totals and keys have no more room, and the player may come again."""
    await played(own)
    await clean(own.service, "alice")
    assert {user_id for user_id, _ in await listed(own)} == {"", "bob"}
    assert len(await listed(own)) == 6
    await own.call("UseByUserId", user_id="alice", code="WORD")
    with refused("CAMPAIGN_SOLD_OUT"):
        await own.call("UseByUserId", user_id="alice", code="WORD")


async def test_an_erased_player_gets_the_uses_back(own):
    """A dump has each use; after it is brought back, all are as before, and no use counts twice."""
    shared, _ = await played(own)
    before = await listed(own)
    data = await dump(own.service, "alice")
    assert [json.loads(line)["payload"]["code"] for line in data.splitlines()][:2] == ["WORD", shared]
    await clean(own.service, "alice")
    for outcome in ("restored", "unchanged"):
        assert set((await bring_back(own.service, "alice", data)).values()) == {outcome}
        assert await listed(own) == before
    with refused("ALREADY_REDEEMED"):
        await own.call("UseByUserId", user_id="alice", code=shared)
    await own.call("UseByUserId", user_id="carol", code="WORD")
    with refused("CAMPAIGN_SOLD_OUT"):
        await own.call("UseByUserId", user_id="carol", code="WORD")


async def test_a_use_that_was_reverted_counts_again_when_it_is_restored(own):
    """In the total and of the key."""
    shared, singles = await played(own)
    data = await dump(own.service, "alice")
    for code in ("WORD", shared, singles[0]):
        await own.call("RevertUseByUserId", user_id="alice", code=code)
    assert set((await bring_back(own.service, "alice", data)).values()) == {"restored"}
    for code, reason in (("WORD", "CAMPAIGN_SOLD_OUT"), (shared, "KEY_USED_UP")):
        await own.call("UseByUserId", user_id="carol", code=code)
        with refused(reason):
            await own.call("UseByUserId", user_id="dora", code=code)


async def test_a_refusal_by_a_limit_is_no_wrong_guess(service):
    """A player may repeat a word that is right, and is not locked out."""
    world = await service.world("spring")
    await world.limit_guesses(burst=2)
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 1})
    await world.as_player("Use", "alice", code="WORD")
    for _ in range(5):
        with refused("ALREADY_REDEEMED"):
            await world.as_player("Use", "alice", code="WORD")
