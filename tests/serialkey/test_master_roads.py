"""Master data by its roads: in a call, by upload, from drafts."""

import asyncio
import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redeem.common.v1 import common_pb2
from support.service import read_refusal, refused
from support.uploads import document, in_force, prepare, take, uploaded

CHARACTERS_MAX = 5_242_880
YEAR_2000, END_OF_TIME = 946_684_800_000, 32_503_680_000_000
BOM = "\ufeff".encode()
VERSION = "2022-09-13"


async def put(world, *models, version=VERSION):
    """Put a document in force in a call."""
    text = json.dumps({"version": version, "campaignModels": models})
    return await world.call("UpdateCurrentCampaignMaster", settings=text)


# By upload


async def test_an_uploaded_document_is_like_one_in_a_call(service, world):
    """The same models, the same response, the same document in force, codes to be issued at once."""
    other = await service.world()
    text = document("a", "b").decode()
    answers = [
        await take(world, await uploaded(world, text.encode())),
        await other.call("UpdateCurrentCampaignMaster", settings=text),
    ]
    assert [answer.item.settings for answer in answers] == [text, text]
    for place in (world, other):
        assert (await place.call("GetCurrentCampaignMaster")).item.settings == text
        assert await in_force(place) == ["a", "b"]
        assert len(await place.codes(2, campaign="b")) == 2


async def test_a_byte_order_mark_is_dropped(world):
    """Windows' editors write one; the document in force is without it."""
    answer = await take(world, await uploaded(world, BOM + document("a")))
    assert answer.item.settings.encode() == document("a")


WRONG = {
    "nothing": (b"", ["settings"]),
    "a byte order mark alone": (BOM, ["settings"]),
    "no JSON": (b"campaigns", ["settings"]),
    "cut off": (document("a")[:-1], ["settings"]),
    "a list": (b"[]", ["settings"]),
    "another version": (b'{"version": "2020-01-01"}', ["settings.version"]),
    "a bad name": (document("a", "b/c"), ["settings.campaignModels[1].name"]),
    "not UTF-8": (b'{"version": "\xff"}', ["settings"]),
    "UTF-16": (document("a").decode().encode("utf-16"), ["settings"]),
    "Latin-1": ('{"version": "2022-09-13", "x": "é"}'.encode("latin-1"), ["settings"]),
    "a surrogate": (b'{"version": "\xed\xa0\x80"}', ["settings"]),
    "a cut character": ('{"version": "é'.encode()[:-1], ["settings"]),
    "two byte order marks": (BOM + BOM + document("a"), ["settings"]),
}


@pytest.mark.parametrize(("data", "fields"), WRONG.values(), ids=WRONG)
async def test_a_wrong_upload_is_refused_and_stays(world, data, fields):
    """MASTER_DATA_INVALID with the path, as often as it is tried, also under one idempotency key; nothing changes.

    The upload is not taken: a refusal changes nothing.
    """
    token = await uploaded(world, data)
    for _ in range(2):
        with refused("MASTER_DATA_INVALID") as refusal:
            await take(world, token, headers=[("idempotency-key", "once")])
        assert refusal.fields == fields
    assert await in_force(world) == ["spring"]
    with refused("MASTER_DATA_INVALID"):  # not UPLOAD_NOT_FOUND
        await take(world, token)


async def test_a_document_may_be_5_mib_of_any_characters(world):
    """The limit counts characters, not bytes: 5,242,880 of four bytes each are taken; one more is not."""
    frame = len(json.dumps({"version": VERSION, "x": ""}))
    for more, reason in ((0, None), (1, "MASTER_DATA_INVALID")):
        text = json.dumps({"version": VERSION, "x": "🎁" * (CHARACTERS_MAX - frame + more)}, ensure_ascii=False)
        assert len(text) == CHARACTERS_MAX + more
        token = await uploaded(world, text.encode())
        if reason is None:
            assert (await take(world, token)).item.settings == text
            continue
        with refused(reason) as refusal:
            await take(world, token)
        assert refusal.fields == ["settings"]
        assert refusal.metadata["error_type"] == "tooLong"
    assert await in_force(world) == []


async def test_a_repeated_take_returns_the_stored_response(world):
    """The same idempotency key after a success: the same response although the upload is used up."""
    token = await uploaded(world, document("a"))
    first = await take(world, token, headers=[("idempotency-key", "k")])
    await put(world, {"name": "later"})
    for _ in range(2):
        assert await take(world, token, headers=[("idempotency-key", "k")]) == first
    assert await in_force(world) == ["later"]
    with refused("UPLOAD_NOT_FOUND"):
        await take(world, token, headers=[("idempotency-key", "another")])


async def test_an_idempotency_key_of_another_upload_is_refused(world):
    """IDEMPOTENCY_KEY_REUSED, whether that upload is there or not."""
    await take(world, await uploaded(world, document("a")), headers=[("idempotency-key", "k")])
    for token in (await uploaded(world, document("b")), "0" * 32):
        with refused("IDEMPOTENCY_KEY_REUSED"):
            await take(world, token, headers=[("idempotency-key", "k")])
    assert await in_force(world) == ["a"]


async def test_concurrent_takes_with_one_key_all_get_the_response(world):
    """Ten retries at once: the upload is taken once, and each gets the same response."""
    token = await uploaded(world, document("a"))
    takes = (take(world, token, headers=[("idempotency-key", "k")]) for _ in range(10))
    answers = await asyncio.gather(*takes)
    assert len({answer.SerializeToString() for answer in answers}) == 1


async def test_a_repeated_preparation_returns_the_same_upload(world):
    """One idempotency key, one token and URL; without a key every call prepares another."""
    with_key = [await world.call("PreUpdateCurrentCampaignMaster", headers=[("idempotency-key", "k")]) for _ in "ab"]
    assert with_key[0] == with_key[1]
    assert len({(await prepare(world))[0] for _ in range(3)}) == 3


async def test_concurrent_takes_of_several_uploads_leave_one_whole_document(world):
    """Whichever comes last is in force: models and document are of the same upload."""
    tokens = [await uploaded(world, document(f"a-{n}", f"b-{n}")) for n in range(10)]
    await asyncio.gather(*(take(world, token) for token in tokens))
    current = json.loads((await world.call("GetCurrentCampaignMaster")).item.settings)
    assert await in_force(world) == [model["name"] for model in current["campaignModels"]]


async def test_each_mode_wants_its_own_field(world):
    """settings without a mode or in mode direct, upload_token in mode preUpload; the other one is passed over."""
    direct, pre_upload = common_pb2.MASTER_DATA_MODE_DIRECT, common_pb2.MASTER_DATA_MODE_PRE_UPLOAD
    for fields in ({}, {"mode": direct}, {"mode": direct, "upload_token": "x"}, {"mode": pre_upload, "settings": "{}"}):
        with refused("VALIDATION_FAILED"):
            await world.call("UpdateCurrentCampaignMaster", **fields)
    token = await uploaded(world, document("a"))
    both = {"settings": document("b").decode(), "upload_token": token}
    await world.call("UpdateCurrentCampaignMaster", mode=direct, **both)
    assert await in_force(world) == ["b"]
    await world.call("UpdateCurrentCampaignMaster", mode=pre_upload, **both)
    assert await in_force(world) == ["a"]


# From drafts

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NAME = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)
TIMES = st.just(0) | st.integers(YEAR_2000, END_OF_TIME)
DRAFT = st.fixed_dictionaries(
    {},
    optional={
        "description": TEXT,
        "metadata": TEXT,
        "enable_campaign_code": st.booleans(),
        "valid_from": TIMES,
        "valid_until": TIMES,
    },
).filter(lambda draft: draft.get("valid_from", -1) < draft.get("valid_until", END_OF_TIME + 1))
MODEL_FIELDS = ("name", "metadata", "enable_campaign_code", "valid_from", "valid_until")


def model_of(item):
    """Return what a draft or a model says of the model, by field; what is absent is left out."""
    return {field: getattr(item, field) for field in MODEL_FIELDS if item.HasField(field)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=st.dictionaries(NAME, DRAFT, max_size=6))
@example(drafts={"none": {}, "flag": {"enable_campaign_code": False}, "zero": {"valid_from": 0}})
@example(drafts={"a": {"metadata": '"\\\n\u2028\U0001f381</script>'}, "A": {}, ".": {}, "..": {}, "-": {}})
async def test_exported_drafts_put_in_force_are_the_drafts(service, drafts):
    """Export, put in force: the models are the drafts, field by field. Export again: the same bytes."""
    world = await service.world()
    made = [(await world.call("CreateCampaignModelMaster", name=name, **draft)).item for name, draft in drafts.items()]
    exported = (await world.call("ExportMaster")).item.settings
    await world.call("UpdateCurrentCampaignMaster", settings=exported)
    models = (await world.call("DescribeCampaignModels")).items
    assert [model_of(model) for model in models] == [model_of(draft) for draft in sorted(made, key=lambda it: it.name)]
    assert (await world.call("GetCurrentCampaignMaster")).item.settings == exported
    assert (await world.call("ExportMaster")).item.settings == exported
    await take(world, await uploaded(world, exported.encode()))
    assert (await world.call("DescribeCampaignModels")).items == models


async def test_a_draft_cannot_be_changed_into_one_that_could_not_be_uploaded(world):
    """An end of its window that alone is good, and not with the other end it has: refused, and it is as before."""
    await world.call("CreateCampaignModelMaster", name="a", valid_from=YEAR_2000 + 10, valid_until=YEAR_2000 + 20)
    with refused("VALIDATION_FAILED") as refusal:
        await world.call("UpdateCampaignModelMaster", campaign_model_name="a", valid_from=YEAR_2000 + 30)
    assert refusal.fields == ["valid_until"]
    draft = (await world.call("GetCampaignModelMaster", campaign_model_name="a")).item
    assert (draft.valid_from, draft.valid_until, draft.revision) == (YEAR_2000 + 10, YEAR_2000 + 20, 1)
    exported = (await world.call("ExportMaster")).item.settings
    await world.call("UpdateCurrentCampaignMaster", settings=exported)
    assert await in_force(world) == ["a"]


# Windows


async def test_a_window_in_master_data_is_written_as_documented(world):
    """validFrom and validUntil in the document; proto names are passed over, as unknown ones are."""
    window = {"validFrom": YEAR_2000 + 5, "validUntil": YEAR_2000 + 6}
    await put(world, {"name": "a", **window}, {"name": "b", "valid_from": YEAR_2000, "valid_until": YEAR_2000 + 1})
    a, b = (await world.call("DescribeCampaignModels")).items
    assert (a.valid_from, a.valid_until) == tuple(window.values())
    assert not b.HasField("valid_from")
    assert not b.HasField("valid_until")


@pytest.mark.parametrize(
    ("window", "path"),
    [
        ({"validFrom": YEAR_2000, "validUntil": YEAR_2000}, "settings.campaignModels[1].validUntil"),
        ({"validFrom": 0, "validUntil": 0}, "settings.campaignModels[1].validUntil"),
        ({"validFrom": -1}, "settings.campaignModels[1].validFrom"),
        ({"validFrom": 1_767_225_600}, "settings.campaignModels[1].validFrom"),  # in seconds
        ({"validUntil": END_OF_TIME + 1}, "settings.campaignModels[1].validUntil"),
        ({"validUntil": "6"}, "settings.campaignModels[1].validUntil"),
        ({"validFrom": 6.5}, "settings.campaignModels[1].validFrom"),
        ({"validFrom": True}, "settings.campaignModels[1].validFrom"),
        ({"validFrom": 2**63}, "settings"),
    ],
)
async def test_a_window_that_is_none_is_refused_with_its_path(world, window, path):
    """MASTER_DATA_INVALID, and what was in force stays."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await put(world, {"name": "a"}, {"name": "b", **window})
    assert refusal.fields == [path]
    assert await in_force(world) == ["spring"]


async def causes(world, *codes):
    """Return for each code why it cannot be used and verified now; empty when it can. Changes nothing."""
    found = []
    for code in codes:
        calls = [
            world.as_player("Use", "alice", code=code, headers=[("x-dry-run", "true")]),
            world.as_player("VerifyCode", "alice", code=code, verify_type=1),
        ]
        told = await asyncio.gather(*calls, return_exceptions=True)
        of_code = {read_refusal(it).metadata["cause"] if isinstance(it, Exception) else "" for it in told}
        (cause,) = of_code
        found.append(cause)
    return found


async def test_each_upload_sets_the_windows_anew(own_service):
    """Ended, opened, put off, taken away: serial codes and the campaign code follow at once, by every road."""
    world = await own_service.world()
    (code,) = await world.codes()
    now = own_service.clock.now
    for window, cause in (
        ({"validUntil": now}, "expired"),
        ({"validUntil": now + 1}, ""),
        ({"validFrom": now + 1}, "not_yet_valid"),
        ({"validFrom": now}, ""),
        ({"validFrom": now - 2, "validUntil": now - 1}, "expired"),
        ({}, ""),
    ):
        model = {"name": "spring", "enableCampaignCode": True, **window}
        text = json.dumps({"version": VERSION, "campaignModels": [model]})
        await take(world, await uploaded(world, text.encode()))
        assert await causes(world, code, "spring") == [cause, cause]


async def test_a_campaign_that_comes_back_has_the_window_it_comes_with(own_service):
    """Gone and back without a window, its codes are valid again; other campaigns keep theirs."""
    world = await own_service.world()
    now = own_service.clock.now
    await put(world, {"name": "spring", "validUntil": now}, {"name": "summer", "validUntil": now})
    codes = [*await world.codes(), *await world.codes(campaign="summer")]
    assert await causes(world, *codes) == ["expired", "expired"]
    await put(world, {"name": "summer", "validUntil": now})
    await put(world, {"name": "spring"}, {"name": "summer", "validUntil": now})
    assert await causes(world, *codes) == ["", "expired"]


async def test_the_window_of_a_draft_is_in_force_when_it_is_exported_and_uploaded(own_service):
    """Not before: a draft changes nothing."""
    world = await own_service.world()
    (code,) = await world.codes()
    await world.call("CreateCampaignModelMaster", name="spring", valid_until=own_service.clock.now)
    assert await causes(world, code) == [""]
    exported = (await world.call("ExportMaster")).item.settings
    await world.call("UpdateCurrentCampaignMaster", settings=exported)
    assert await causes(world, code) == ["expired"]
