"""Limits of campaigns: uses per player, per key and in total, and groups of which a player uses one campaign."""

import json

import pytest
from redeem.serialkey.v1 import resources_pb2
from support.service import refused

ACTIVE, USED = 1, 2
VERIFY_ACTIVE, VERIFY_INACTIVE = 1, 2


@pytest.fixture
async def world(service):
    """A namespace."""
    return await service.world("spring")


async def test_a_campaign_code_is_redeemed_as_often_as_a_player_may(world):
    """Twice by each player; the uses are those of players at times."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 2})
    for user_id in ("alice", "bob"):
        for _ in range(2):
            item = (await world.as_player("Use", user_id, code="WORD")).item
            assert (item.status, item.used_user_id, item.campaign_model_name) == (USED, user_id, "WORD")
        with refused("ALREADY_REDEEMED"):
            await world.as_player("Use", user_id, code="WORD")


async def test_a_campaign_code_is_redeemed_as_often_as_all_players_may(world):
    """Three times; then it is sold out, also for those who have redeemed it."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesTotal": 3})
    for user_id in ("alice", "bob", "alice"):
        await world.as_player("Use", user_id, code="WORD")
    for user_id in ("alice", "carol"):
        with refused("CAMPAIGN_SOLD_OUT"):
            await world.as_player("Use", user_id, code="WORD")


async def test_already_yours_is_told_from_sold_out(world):
    """A player who has redeemed the code is told so, whether it is sold out or not."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesPerUser": 1, "usesTotal": 1})
    await world.as_player("Use", "alice", code="WORD")
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code="WORD")
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "bob", code="WORD")


async def test_serial_keys_are_used_as_often_as_a_player_may(world):
    """One card per player; the refused card stays good for another one."""
    await world.put_models(spring={"usesPerUser": 1})
    first, second = await world.codes(2)
    await world.as_player("Use", "alice", code=first)
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=second)
    assert (await world.as_player("Use", "bob", code=second)).item.used_user_id == "bob"


async def test_codes_that_are_issued_alone_have_the_limits_of_their_campaign(world):
    """Their numbers have more than 32 bits."""
    await world.put_models(spring={"usesPerUser": 1, "usesTotal": 2})
    codes = [(await world.call("IssueOnce", campaign_model_name="spring")).item.code for _ in range(4)]
    await world.as_player("Use", "alice", code=codes[0])
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "alice", code=codes[0])
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=codes[1])
    with refused("ALREADY_REDEEMED"):
        await world.as_player("VerifyCode", "alice", code=codes[1], verify_type=VERIFY_ACTIVE)
    await world.as_player("Use", "bob", code=codes[2])
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "carol", code=codes[3])


async def test_a_key_is_good_for_several_players_once_each(world):
    """It is ACTIVE until all uses are gone, then USED, without a single user."""
    await world.put_models(spring={"usesPerKey": 2})
    (code,) = await world.codes()
    assert (await world.as_player("Use", "alice", code=code)).item.used_user_id == "alice"
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=code)
    assert (await world.call("GetSerialKey", code=code)).item.status == ACTIVE
    await world.as_player("Use", "bob", code=code)
    with refused("KEY_USED_UP"):
        await world.as_player("Use", "carol", code=code)
    item = (await world.call("GetSerialKey", code=code)).item
    assert (item.status, item.HasField("used_user_id")) == (USED, False)


async def test_a_key_with_several_uses_can_be_switched_off_between_them(world):
    """And on again."""
    await world.put_models(spring={"usesPerKey": 2})
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    await world.call("SetSerialKeyStatus", code=code, availability=2)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=code)
    await world.call("SetSerialKeyStatus", code=code, availability=1)
    await world.as_player("Use", "bob", code=code)
    with refused("KEY_USED_UP"):
        await world.as_player("Use", "carol", code=code)


async def test_a_player_redeems_in_one_campaign_of_a_group(world):
    """Any number of codes there, and none in the others; other players choose for themselves."""
    await world.put_models(red={"group": "color"}, blue={"group": "color", "enableCampaignCode": True}, spring={})
    first, second = await world.codes(2, campaign="red")
    await world.as_player("Use", "alice", code=first)
    with refused("REDEEMED_IN_GROUP") as refusal:
        await world.as_player("Use", "alice", code="blue")
    assert refusal.metadata["campaign_model_name"] == "red"
    await world.as_player("Use", "alice", code=second)
    await world.as_player("Use", "bob", code="blue")


@pytest.mark.parametrize(
    ("fields", "other"),
    [({"usesPerUser": 1}, "alice"), ({"usesTotal": 1}, "bob"), ({"usesPerUser": 1, "usesTotal": 1}, "alice")],
)
@pytest.mark.parametrize("kind", ["campaign code", "keys"])
async def test_a_reverted_use_makes_room(world, kind, fields, other):
    """For one more use, and no second one."""
    await world.put_models(spring={**fields, "enableCampaignCode": True})
    codes = ["spring"] * 3 if kind == "campaign code" else await world.codes(3)
    await world.as_player("Use", "alice", code=codes[0])
    await world.call("RevertUseByUserId", user_id="alice", code=codes[0])
    await world.as_player("Use", other, code=codes[1])
    with refused("ALREADY_REDEEMED" if "usesPerUser" in fields else "CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", other, code=codes[2])


async def test_a_reverted_use_of_a_key_with_several_uses_makes_room(world):
    """For the same player; a player who has not used it cannot revert."""
    await world.put_models(spring={"usesPerKey": 2, "usesTotal": 2})
    (code,) = await world.codes()
    for user_id in ("alice", "bob"):
        await world.as_player("Use", user_id, code=code)
    with refused("CODE_STATUS_INVALID"):
        await world.call("RevertUseByUserId", user_id="carol", code=code)
    reverted = await world.call("RevertUseByUserId", user_id="alice", code=code)
    assert reverted.item.status == ACTIVE
    await world.as_player("Use", "alice", code=code)
    with refused("KEY_USED_UP"):
        await world.as_player("Use", "carol", code=code)


async def test_a_campaign_code_that_was_not_used_reverts_to_nothing(world):
    """As one without limits does; it makes no room."""
    await world.put_models(WORD={"enableCampaignCode": True, "usesTotal": 1})
    await world.as_player("Use", "alice", code="WORD")
    await world.call("RevertUseByUserId", user_id="bob", code="WORD")
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "bob", code="WORD")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"usesPerUser": 1}, "ALREADY_REDEEMED"),
        ({"usesTotal": 1}, "CAMPAIGN_SOLD_OUT"),
        ({"usesPerKey": 2}, "ALREADY_REDEEMED"),
        ({"group": "color"}, None),
    ],
)
async def test_verify_says_what_use_would(world, fields, reason):
    """Active before a use; after it, what refuses the next use refuses the check, and the code counts as inactive."""
    await world.put_models(spring=fields, other={"group": "color", "enableCampaignCode": True})
    first, second = await world.codes(2)
    await world.as_player("VerifyCode", "alice", code=first, verify_type=VERIFY_ACTIVE)
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("VerifyCode", "alice", code=first, verify_type=VERIFY_INACTIVE)
    await world.as_player("Use", "alice", code=first)
    next_code = first if "usesPerKey" in fields else second
    if reason is None:
        next_code, reason = "other", "REDEEMED_IN_GROUP"
    with refused(reason):
        await world.call("VerifyCodeByUserId", user_id="alice", code=next_code, verify_type=VERIFY_ACTIVE)
    await world.call("VerifyCodeByUserId", user_id="alice", code=next_code, verify_type=VERIFY_INACTIVE)


async def test_uses_per_key_do_not_concern_the_campaign_code(world):
    """A player who has used it may do so again, is told so by a check, and learns when it is sold out."""
    await world.put_models(spring={"enableCampaignCode": True, "usesPerKey": 2, "usesTotal": 2})
    for _ in range(2):
        await world.call("VerifyCodeByUserId", user_id="alice", code="spring", verify_type=VERIFY_ACTIVE)
        await world.as_player("Use", "alice", code="spring")
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "alice", code="spring")


async def test_a_limit_counts_what_was_redeemed_before_it(world):
    """Serial keys, of a campaign that had no limits: by the player, and in total."""
    codes = await world.codes(6)
    await world.as_player("Use", "alice", code=codes[0])
    await world.as_player("Use", "bob", code=codes[1])
    await world.put_models(spring={"usesPerUser": 1})
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=codes[2])
    await world.put_models(spring={"usesTotal": 3})
    await world.as_player("Use", "alice", code=codes[2])
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "carol", code=codes[3])
    await world.put_models(spring={"usesPerKey": 2})
    with refused("ALREADY_REDEEMED"):
        await world.as_player("Use", "alice", code=codes[0])
    await world.as_player("Use", "bob", code=codes[0])
    with refused("KEY_USED_UP"):
        await world.as_player("Use", "carol", code=codes[0])


async def test_a_changed_total_applies_from_then_on(world):
    """A greater one makes room, and a smaller one has to be undercut by reverts before there is any."""
    word = {"enableCampaignCode": True}
    await world.put_models(WORD={**word, "usesTotal": 40})
    for n in range(40):
        await world.as_player("Use", f"player-{n}", code="WORD")
    await world.put_models(WORD={**word, "usesTotal": 41})
    await world.as_player("Use", "alice", code="WORD")
    await world.put_models(WORD={**word, "usesTotal": 39})
    for n in range(2):
        await world.call("RevertUseByUserId", user_id=f"player-{n}", code="WORD")
        with refused("CAMPAIGN_SOLD_OUT"):
            await world.as_player("Use", "bob", code="WORD")
    await world.call("RevertUseByUserId", user_id="alice", code="WORD")
    await world.as_player("Use", "bob", code="WORD")
    with refused("CAMPAIGN_SOLD_OUT"):
        await world.as_player("Use", "bob", code="WORD")


async def test_a_campaign_without_limits_again_is_as_before(world):
    """A key that several players could use is good for none if one has used it; others are good once."""
    await world.put_models(spring={"usesPerKey": 3, "usesTotal": 3})
    used, reverted, new = await world.codes(3)
    for code in (used, reverted):
        await world.as_player("Use", "alice", code=code)
    await world.call("RevertUseByUserId", user_id="alice", code=reverted)
    await world.put_models(spring={})
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=used)
    for code in (reverted, new):
        assert (await world.as_player("Use", "bob", code=code)).item.used_user_id == "bob"
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "carol", code=code)


@pytest.mark.parametrize(
    "fields",
    [
        {"usesPerUser": 0},
        {"usesPerUser": 10_001},
        {"usesTotal": 0},
        {"usesTotal": 10**12 + 1},
        {"usesPerKey": 0},
        {"usesPerKey": 1_000_001},
        {"group": "with space"},
        {"usesPerUser": 3, "usesTotal": 2},
        {"usesPerKey": 3, "usesTotal": 2},
    ],
)
async def test_a_limit_that_means_nothing_is_refused_by_name(world, fields):
    """In a document, and in a draft."""
    name = next(iter(fields))
    with refused("MASTER_DATA_INVALID") as refusal:
        await world.put_models(spring=fields)
    assert refusal.fields == [f"settings.campaignModels[0].{name}"]
    snake = {"usesPerUser": "uses_per_user", "usesTotal": "uses_total", "usesPerKey": "uses_per_key", "group": "group"}
    with refused("VALIDATION_FAILED"):
        await world.call("CreateCampaignModelMaster", name="x", **{snake[key]: value for key, value in fields.items()})


async def test_a_draft_keeps_its_limits_until_they_are_removed(world):
    """Created, exported, put in force, and cleared by an update mask."""
    limits = {"uses_per_user": 1, "uses_total": 10_000, "uses_per_key": 2, "group": "color"}
    await world.call("CreateCampaignModelMaster", name="spring", enable_campaign_code=True, **limits)
    settings = (await world.call("ExportMaster")).item.settings
    shown = {"usesPerUser": 1, "usesTotal": 10_000, "usesPerKey": 2, "group": "color"}
    assert shown.items() <= json.loads(settings)["campaignModels"][0].items()
    await world.call("UpdateCurrentCampaignMaster", settings=settings)
    model = (await world.call("GetCampaignModel", campaign_model_name="spring")).item
    assert {name: getattr(model, name) for name in limits} == limits
    draft = await world.call(
        "UpdateCampaignModelMaster", campaign_model_name="spring", update_mask={"paths": ["uses_total", "group"]}
    )
    kept = resources_pb2.CampaignModelMaster(uses_per_user=1, uses_per_key=2)
    assert [draft.item.HasField(name) for name in limits] == [kept.HasField(name) for name in limits]


async def test_items_of_a_batch_keep_the_limits(world):
    """Each of them, though they run together."""
    await world.put_models(spring={"usesPerUser": 2, "usesTotal": 3})
    codes = await world.codes(6)
    names = {"namespace_name": world.name}
    items = [
        {"id": n, "request": {**names, "user_id": "alice" if n < 3 else "bob", "code": code}}
        for n, code in enumerate(codes)
    ]
    outcomes = (await world.call("BatchUse", items=items)).outcomes
    assert [each.HasField("error") for each in outcomes].count(False) == 3
    assert len((await world.call("DescribeRedemptions")).items) == 3
