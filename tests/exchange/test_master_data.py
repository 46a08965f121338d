"""Rates of both kinds, as drafts and in force (semantics 3.6, 6.4, 8)."""

import json

import pytest
from google.protobuf.json_format import MessageToDict
from redeem.common.v1 import common_pb2
from support.drafts import COUNT_ID, DOWN, INCREMENTAL, UP, USE, VERIFY
from support.exchanges import VERSION, document, make_exchanges
from support.service import refused
from support.uploads import uploaded

IMMEDIATE, AWAIT = 1, 2
OF_EACH_MAX = 10_000


def _model_of(item):
    """Return what a draft or a model says of the rate, its id included."""
    fields = MessageToDict(item)
    return {name: fields[name] for name in fields.keys() - {"description", "createdAt", "updatedAt", "revision"}}


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own, without rates."""
    return await make_exchanges(service)


async def test_the_document_is_the_documented_one(exchanges):
    """Version, both lists, camelCase names, documented spellings, requests as text; nothing that is the draft's own."""
    rate = {"verify_actions": [VERIFY], "consume_actions": [USE], "acquire_actions": [DOWN]}
    await exchanges.call("CreateRateModelMaster", name="r", timing_type=AWAIT, lock_time=60, description="d", **rate)
    await exchanges.call("CreateIncrementalRateModelMaster", name="i", metadata="m", **INCREMENTAL)
    exported = (await exchanges.call("ExportMaster")).item
    assert exported.namespace_id == f"grn:gs2:local:redeemd:exchange:{exchanges.name}"
    assert json.loads(exported.settings) == {
        "version": VERSION,
        "rateModels": [
            {
                "name": "r",
                "verifyActions": [VERIFY],
                "consumeActions": [USE],
                "timingType": "await",
                "lockTime": 60,
                "acquireActions": [DOWN],
            }
        ],
        "incrementalRateModels": [
            {
                "name": "i",
                "metadata": "m",
                "consumeAction": UP,
                "calculateType": "power",
                "coefficientValue": 1,
                "exchangeCountId": COUNT_ID,
                "maximumExchangeCount": 5,
            }
        ],
    }


async def test_nothing_is_in_force_before_the_first_document(exchanges):
    """Neither a document nor a rate of either kind; an empty document is one."""
    with refused("CURRENT_RATE_MASTER_NOT_FOUND") as refusal:
        await exchanges.call("GetCurrentRateMaster")
    assert refusal.metadata["component"] == "currentRateMaster"
    exported = (await exchanges.call("ExportMaster")).item.settings
    assert json.loads(exported) == {"version": VERSION, "rateModels": [], "incrementalRateModels": []}
    await exchanges.call("UpdateCurrentRateMaster", settings=json.dumps({"version": VERSION}))
    assert (await exchanges.in_force())[1:] == ([], [])


async def test_an_uploaded_document_is_like_one_in_a_call(exchanges):
    """Both kinds are in force, and the upload is used up."""
    settings = document([{"name": "r"}], [exchanges.incremental()])
    token = await uploaded(exchanges, settings.encode(), rpc="PreUpdateCurrentRateMaster")
    uploaded_before = {"mode": common_pb2.MASTER_DATA_MODE_PRE_UPLOAD, "upload_token": token}
    answer = await exchanges.call("UpdateCurrentRateMaster", **uploaded_before)
    current, [rate], [incremental] = await exchanges.in_force()
    assert answer.item == current
    assert (current.settings, rate.name, incremental.name) == (settings, "r", "rising")
    with refused("UPLOAD_NOT_FOUND"):
        await exchanges.call("UpdateCurrentRateMaster", **uploaded_before)


async def test_a_document_replaces_both_kinds(exchanges):
    """Models that a new document lacks are no longer in force, also those of kinds that it does not mention."""
    await exchanges.put_in_force({"name": "a"}, {"name": "b"}, incremental=[exchanges.incremental()])
    await exchanges.put_in_force({"name": "b", "metadata": "new"})
    _, rates, incremental_rates = await exchanges.in_force()
    assert [(rate.name, rate.metadata) for rate in rates] == [("b", "new")]
    assert incremental_rates == []
    with refused("RATE_MODEL_NOT_FOUND"):
        await exchanges.buy("a")
    with refused("INCREMENTAL_RATE_MODEL_NOT_FOUND"):
        await exchanges.rise()


async def test_a_request_may_be_an_object(exchanges):
    """It is the same rate as with the request as text: stored, shown and exchanged by as text."""
    up = exchanges.up(countUpValue=2)
    as_object = up | {"request": json.loads(up["request"])}
    price = exchanges.incremental(consumeAction=as_object)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [up, as_object]}, incremental=[price])
    _, [rate], [rising] = await exchanges.in_force()
    [as_text, was_object] = [item.request for item in rate.consume_actions]
    assert as_text == up["request"]
    assert (json.loads(was_object), was_object) == (as_object["request"], rising.consume_action.request)
    await exchanges.buy()
    await exchanges.rise()
    assert await exchanges.count() == 2 + 2 + 10
    await exchanges.call("CreateRateModelMaster", name="rate", consume_actions=[rate.consume_actions[1]])
    exported = json.loads((await exchanges.call("ExportMaster")).item.settings)
    assert exported["rateModels"][0]["consumeActions"][0]["request"] == was_object


async def test_fields_that_are_not_of_the_format_are_passed_over(exchanges):
    """Retired ones (enableSkip, skipConsumeActions), whatever they hold, ids, and unknown ones; null is absence."""
    more = {"enableSkip": True, "skipConsumeActions": [{"action": "no such action"}], "what": {"is": ["this"]}}
    more |= {"rateModelId": "grn:mine", "incrementalRateModelId": 5, "metadata": None, "verifyActions": None}
    up = exchanges.up() | {"comment": "one"}
    rate = {"name": "rate", "consumeActions": [up]} | more
    await exchanges.put_in_force(rate, incremental=[exchanges.incremental() | more])
    _, [rate], [rising] = await exchanges.in_force()
    assert rate.rate_model_id.endswith(f":exchange:{exchanges.name}:model:rate")
    assert rising.incremental_rate_model_id.endswith(f":exchange:{exchanges.name}:incremental:model:rising")
    await exchanges.buy()
    assert await exchanges.count() == 1


async def test_there_may_be_10_000_of_each_kind(exchanges):
    """Together in one document; one more of either is too many, and what is in force stays."""
    rates = [{"name": f"r{number}"} for number in range(OF_EACH_MAX + 1)]
    rising = exchanges.incremental()
    incremental_rates = [rising | {"name": f"i{number}"} for number in range(OF_EACH_MAX + 1)]
    await exchanges.put_in_force(*rates[:-1], incremental=incremental_rates[:-1])
    _, in_force, incremental_in_force = await exchanges.in_force()
    assert (len(in_force), len(incremental_in_force)) == (OF_EACH_MAX, OF_EACH_MAX)
    for fields, path in (((rates, ()), "rateModels"), (((), incremental_rates), "incrementalRateModels")):
        with refused("MASTER_DATA_INVALID") as refusal:
            await exchanges.call("UpdateCurrentRateMaster", settings=document(*fields))
        assert (refusal.fields, refusal.metadata["error_type"]) == ([f"settings.{path}"], "tooMany")
    assert len((await exchanges.in_force())[1]) == OF_EACH_MAX


KINDS = {"RateModel": ({}, "model"), "IncrementalRateModel": (INCREMENTAL, "incremental:model")}
every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
async def test_a_draft_is_made_listed_changed_and_deleted(exchanges, kind):
    """By pages and prefixes; with the revision rising; a list that is not sent stays, one in the mask is emptied."""
    fields, _ = KINDS[kind]
    for name in ("b", "a1", "a2"):
        made = (await exchanges.call(f"Create{kind}Master", name=name, acquire_actions=[DOWN], **fields)).item
        assert (made.name, made.revision) == (name, 1)
    page = await exchanges.call(f"Describe{kind}Masters", limit=2)
    rest = await exchanges.call(f"Describe{kind}Masters", limit=2, page_token=page.next_page_token)
    assert [item.name for item in (*page.items, *rest.items)] == ["a1", "a2", "b"]
    assert [item.name for item in (await exchanges.call(f"Describe{kind}Masters", name_prefix="a")).items] == [
        "a1",
        "a2",
    ]
    await exchanges.call(f"Update{kind}Master", rate_name="b", description="d")
    changed = (await exchanges.call(f"Get{kind}Master", rate_name="b")).item
    assert (changed.description, len(changed.acquire_actions), changed.revision) == ("d", 1, 2)
    mask = {"update_mask": {"paths": ["acquire_actions"]}}
    emptied = (await exchanges.call(f"Update{kind}Master", rate_name="b", **mask)).item
    assert (emptied.description, len(emptied.acquire_actions), emptied.revision) == ("d", 0, 3)
    assert (await exchanges.call(f"Delete{kind}Master", rate_name="b")).item == emptied
    assert [item.name for item in (await exchanges.call(f"Describe{kind}Masters")).items] == ["a1", "a2"]


@every_kind
async def test_a_name_that_is_taken_or_not_there_is_refused(exchanges, kind):
    """By the reasons and components of the kind, of drafts and of what is in force."""
    reason = {"RateModel": "RATE_MODEL", "IncrementalRateModel": "INCREMENTAL_RATE_MODEL"}[kind]
    component = kind[0].lower() + kind[1:]
    await exchanges.call(f"Create{kind}Master", name="r", **KINDS[kind][0])
    with refused(f"{reason}_MASTER_ALREADY_EXISTS") as refusal:
        await exchanges.call(f"Create{kind}Master", name="r", **KINDS[kind][0])
    assert refusal.metadata["component"] == f"{component}Master"
    for verb in ("Get", "Update", "Delete"):
        with refused(f"{reason}_MASTER_NOT_FOUND") as refusal:
            await exchanges.call(f"{verb}{kind}Master", rate_name="other")
        assert refusal.metadata["component"] == f"{component}Master"
    with refused(f"{reason}_NOT_FOUND") as refusal:  # a draft is not in force
        await exchanges.call(f"Get{kind}", rate_name="r")
    assert refusal.metadata["component"] == component


@every_kind
async def test_a_rate_has_the_documented_grn(exchanges, kind):
    """Semantics 6.4: the draft and the model have the same."""
    fields, path = KINDS[kind]
    draft = (await exchanges.call(f"Create{kind}Master", name="r", **fields)).item
    exported = (await exchanges.call("ExportMaster")).item.settings
    await exchanges.call("UpdateCurrentRateMaster", settings=exported)
    model = (await exchanges.call(f"Get{kind}", rate_name="r")).item
    field = "rate_model_id" if kind == "RateModel" else "incremental_rate_model_id"
    grn = f"grn:gs2:local:redeemd:exchange:{exchanges.name}:{path}:r"
    assert (getattr(draft, field), getattr(model, field)) == (grn, grn)


async def test_the_two_kinds_have_names_of_their_own(exchanges):
    """A rate and an incremental rate of one name are two, as drafts, in force, and when they are exchanged by."""
    await exchanges.call("CreateRateModelMaster", name="rising", metadata="rate")
    await exchanges.call("CreateIncrementalRateModelMaster", name="rising", metadata="incremental", **INCREMENTAL)
    await exchanges.call("DeleteRateModelMaster", rate_name="rising")
    draft = await exchanges.call("GetIncrementalRateModelMaster", rate_name="rising")
    assert draft.item.metadata == "incremental"
    await exchanges.put_in_force(
        {"name": "rising", "consumeActions": [exchanges.up()]}, incremental=[exchanges.incremental()]
    )
    await exchanges.buy("rising")
    await exchanges.rise()
    assert (await exchanges.count(), await exchanges.count("paid")) == (1, 10)
    await exchanges.put_in_force(incremental=[exchanges.incremental()])
    with refused("RATE_MODEL_NOT_FOUND"):
        await exchanges.call("GetRateModel", rate_name="rising")
    assert (await exchanges.call("GetIncrementalRateModel", rate_name="rising")).item.name == "rising"


async def test_a_draft_is_not_in_force(exchanges):
    """Making, changing and deleting drafts changes nothing for players until the document is put in force."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up()]})
    before = await exchanges.in_force()
    await exchanges.call("CreateRateModelMaster", name="rate")
    await exchanges.call("UpdateRateModelMaster", rate_name="rate", consume_actions=[exchanges.up("other")])
    await exchanges.call("DeleteRateModelMaster", rate_name="rate")
    assert await exchanges.in_force() == before
    await exchanges.buy()
    assert await exchanges.count() == 1
