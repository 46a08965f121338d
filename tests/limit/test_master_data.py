"""Limits as drafts and in force."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.limits import VERSION, make_limits
from support.service import refused
from support.uploads import uploaded

PRE_UPLOAD = 2
NAME = st.text("abcABC019-_.", min_size=1, max_size=20)
# By reset_type what else it needs.
SCHEDULES = st.one_of(
    st.just({"reset_type": 1}),
    st.fixed_dictionaries({"reset_type": st.just(2), "reset_hour": st.integers(0, 23)}),
    st.fixed_dictionaries(
        {"reset_type": st.just(3), "reset_hour": st.integers(0, 23), "reset_day_of_week": st.integers(1, 7)}
    ),
    st.fixed_dictionaries(
        {"reset_type": st.just(4), "reset_hour": st.integers(0, 23), "reset_day_of_month": st.integers(1, 31)}
    ),
    st.fixed_dictionaries(
        {"reset_type": st.just(5), "days": st.integers(1, 1000), "anchor_timestamp": st.integers(0, 10**13)}
    ),
)
DRAFT = st.tuples(SCHEDULES, st.sampled_from([{}, {"metadata": "m"}, {"reset_time_zone": "Asia/Tokyo"}])).map(
    lambda parts: parts[0] | parts[1]
)


def model_of(item):
    """Return what a draft or a model says of the limit."""
    names = ("name", "metadata", "reset_type", "reset_day_of_month", "reset_day_of_week", "reset_hour")
    names += ("anchor_timestamp", "days", "reset_time_zone", "limit_model_id")
    return {name: getattr(item, name) for name in names if item.HasField(name)}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drafts=st.dictionaries(NAME, DRAFT, max_size=5))
async def test_exported_drafts_put_in_force_are_the_drafts(service, drafts):
    """Export, put in force: the models are the drafts, field by field, ids included. Export again: the same bytes."""
    limits = await make_limits(service)
    made = [(await limits.call("CreateLimitModelMaster", name=name, **draft)).item for name, draft in drafts.items()]
    exported = (await limits.call("ExportMaster")).item.settings
    await limits.call("UpdateCurrentLimitMaster", settings=exported)
    models = (await limits.call("DescribeLimitModels")).items
    assert [model_of(model) for model in models] == [model_of(draft) for draft in sorted(made, key=lambda it: it.name)]
    assert (await limits.call("GetCurrentLimitMaster")).item.settings == exported
    assert (await limits.call("ExportMaster")).item.settings == exported


async def test_the_document_is_the_documented_one(service):
    """Version, camelCase names, documented spellings."""
    limits = await make_limits(service)
    fields = {"reset_type": 3, "reset_day_of_week": 2, "reset_hour": 5, "description": "not part of it"}
    await limits.call("CreateLimitModelMaster", name="w", **fields)
    model = {"name": "w", "resetType": "weekly", "resetDayOfWeek": "monday", "resetHour": 5}
    exported = (await limits.call("ExportMaster")).item
    assert json.loads(exported.settings) == {"version": VERSION, "limitModels": [model]}
    assert exported.namespace_id == f"grn:gs2:local:redeemd:limit:{limits.name}"


async def test_a_draft_that_could_not_be_in_force_is_refused(service):
    """When it is made and when it is changed; a time zone that is none, too."""
    limits = await make_limits(service)
    with refused("VALIDATION_FAILED") as refusal:
        await limits.call("CreateLimitModelMaster", name="m", reset_type=4, reset_hour=1)
    assert refusal.fields == ["reset_day_of_month"]
    await limits.call("CreateLimitModelMaster", name="m", reset_type=1)
    for fields, field in (
        ({"reset_type": 3}, "reset_day_of_week"),
        ({"reset_time_zone": "Mars/Olympus"}, "reset_time_zone"),
    ):
        with refused("VALIDATION_FAILED") as refusal:
            await limits.call("UpdateLimitModelMaster", limit_name="m", **fields)
        assert refusal.fields == [field]
    assert (await limits.call("GetLimitModelMaster", limit_name="m")).item.revision == 1


async def test_limits_are_uploaded_as_campaigns_are(service):
    """The road of an upload, and what is wrong with one; at most 100 limits."""
    limits = await make_limits(service)
    document = json.dumps({"version": VERSION, "limitModels": [{"name": "up", "resetType": "notReset"}]}).encode()
    token = await uploaded(limits, document, rpc="PreUpdateCurrentLimitMaster")
    await limits.call("UpdateCurrentLimitMaster", mode=PRE_UPLOAD, upload_token=token)
    assert [model.name for model in (await limits.call("DescribeLimitModels")).items] == ["up"]
    with refused("UPLOAD_NOT_FOUND"):
        await limits.call("UpdateCurrentLimitMaster", mode=PRE_UPLOAD, upload_token=token)
    with refused("MASTER_DATA_INVALID") as refusal:
        await limits.put_in_force(*({"name": f"l{n}", "resetType": "notReset"} for n in range(101)))
    assert refusal.metadata["error_type"] == "tooMany"


async def test_namespaces_of_limits_are_not_those_of_codes(service):
    """The same name is another namespace in the other service; its script setting is kept as given."""
    limits = await make_limits(service)
    script = {"trigger_script_id": "grn:script", "done_trigger_target_type": 1}
    await limits.call("UpdateNamespace", count_up_script=script)
    assert (await limits.call("GetNamespace")).item.count_up_script.trigger_script_id == "grn:script"
    with refused("NAMESPACE_NOT_FOUND"):
        await service.call("GetNamespace", namespace_name=limits.name)
