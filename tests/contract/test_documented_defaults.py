"""The documented defaults, one by one: what a request means that leaves a field out, and what responses hold then."""

import json
from pathlib import Path

import pytest
from redeem.common.v1 import common_pb2
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeemd.contract.options import absence, spelling
from support.contract import MESSAGES
from support.defaults import Worlds
from support.exchanges import make_exchanges

TABLE = json.loads((Path(__file__).parent / "documented_api.json").read_text(encoding="utf-8"))
ROWS = [
    pytest.param(service, rpc["rpc"], fact["name"], fact["default"], id=f"{service}.{rpc['rpc']}.{fact['name']}")
    for service, facts in TABLE["services"].items()
    for rpc in facts["rpcs"]
    for fact in rpc["request"]
    if fact.get("default") is not None
]
DOCUMENTS = {
    "UpdateCurrentCampaignMaster": {"version": "2022-09-13", "campaignModels": []},
    "UpdateCurrentRateMaster": {"version": "2019-08-19", "rateModels": []},
    "UpdateCurrentLimitMaster": {"version": "2019-04-05", "limitModels": []},
}
PAGE = 30
LATER = {"name": "later", "timingType": "await", "lockTime": 60}


@pytest.fixture
async def worlds(service):
    """Namespaces of the test's own, with a rate to wait for in force."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    await exchanges.put_in_force(LATER)
    return Worlds(exchanges)


def _spelled(message, name):
    """Return the value of a field as the documented JSON has it."""
    field = next(field for field in message.DESCRIPTOR.fields if field.json_name == name)
    assert message.HasField(field.name)
    value = getattr(message, field.name)
    return spelling(field.enum_type, value) if field.enum_type is not None else value


# What follows from the default of a field, by its name.


async def _page(worlds, service, rpc, default):
    """A page holds as many items; one more is on the next page."""
    exchanges = worlds.exchanges
    makers = {
        "Namespaces": lambda number: worlds.call(service, "CreateNamespace", name=f"page-{exchanges.name}-{number}"),
        "IssueJobs": lambda _: exchanges.world.issue(),
        "CampaignModelMasters": lambda n: worlds.call(service, "CreateCampaignModelMaster", name=f"c{n}"),
        "RateModelMasters": lambda n: worlds.call(service, "CreateRateModelMaster", name=f"r{n}"),
        "IncrementalRateModelMasters": lambda n: worlds.call(
            service,
            "CreateIncrementalRateModelMaster",
            name=f"r{n}",
            consume_action=exchanges.up(),
            calculate_type=1,
            exchange_count_id="grn:gs2:r:o:limit:n:limit:l",
            maximum_exchange_count=1,
        ),
        "LimitModelMasters": lambda n: worlds.call(service, "CreateLimitModelMaster", name=f"l{n}", reset_type=1),
        "Awaits": lambda _: exchanges.wait(),
        "Counters": lambda n: exchanges.limits.up(counter=f"c{n}"),
    }
    what = rpc.removeprefix("Describe").removesuffix("ByUserId")
    fields = {"campaign_model_name": "spring"} if what in ("IssueJobs", "SerialKeys") else {}
    if what == "SerialKeys":
        fields["issue_job_name"] = (await exchanges.world.issue(default + 1)).name
    else:
        for number in range(default + 1):
            await makers[what](number)
    page = await worlds.call(service, rpc, **fields)
    assert (len(page.items), bool(page.next_page_token)) == (default, True)


async def _mode(worlds, service, rpc, _default):
    """The document is the one in `settings`."""
    settings = json.dumps(DOCUMENTS[rpc])
    assert (await worlds.call(service, rpc, settings=settings)).item.settings == settings


async def _entity(worlds, service, rpc, name, default):
    """The entity in the response holds the value."""
    fields = {"rate_name": "later"} if rpc == "CreateAwaitByUserId" else {"name": f"default-{worlds.exchanges.name}"}
    assert _spelled((await worlds.call(service, rpc, **fields)).item, name) == default


async def _skip(worlds, service, rpc, _default):
    """All of the wait is skipped."""
    made = await worlds.exchanges.wait()
    skipped = (await worlds.call(service, rpc, await_name=made.name)).item
    assert (skipped.skip_seconds, skipped.acquirable_at) == (60 * 60, skipped.exchanged_at)


async def _change(worlds, service, rpc, default):
    """The counter changes by it."""
    counter = {"limit_name": "ever", "counter_name": "bought"}
    await worlds.exchanges.limits.up(counter="bought", limit="ever", count_up_value=5)
    item = (await worlds.call(service, rpc, **counter)).item
    assert item.count == 5 + (-default if "Down" in rpc else default)


async def _compare(worlds, service, rpc, default):
    """The counter is compared with it: that of nobody is equal."""
    counter = {"limit_name": "ever", "counter_name": "untouched", "verify_type": limit_pb.VERIFY_TYPE_EQUAL}
    assert (await worlds.call(service, rpc, **counter)).item.count == default


async def _multiply(worlds, _service, _rpc, _default):
    """Twice as often, the counter may be twice as great."""
    exchanges = worlds.exchanges
    await exchanges.limits.up(counter="bought", limit="ever", count_up_value=5)
    await exchanges.put_in_force({"name": "rate", "verifyActions": [exchanges.verify("less", 3)]})
    await exchanges.buy(count=2)


EFFECTS = {
    "limit": _page,
    "mode": _mode,
    "skipType": _skip,
    "countUpValue": _change,
    "countDownValue": _change,
    "multiplyValueSpecifyingQuantity": _multiply,
}
ENTITY_FIELDS = {"enableCampaignCode", "enableAwaitExchange", "enableDirectExchange", "timingType"}


@pytest.mark.parametrize(("service_name", "rpc", "name", "default"), ROWS)
async def test_a_documented_default_holds(worlds, service_name, rpc, name, default):
    """A request that leaves the field out means the default."""
    if name in ENTITY_FIELDS or rpc == "CreateAwaitByUserId":
        await _entity(worlds, service_name, rpc, name, default)
    elif name == "count":
        await _compare(worlds, service_name, rpc, default)
    else:
        await EFFECTS[name](worlds, service_name, rpc, default)


# Entities

FLAGS = (
    "enable_auto_run",
    "enable_atomic_commit",
    "transaction_use_distributor",
    "commit_script_result_in_use_distributor",
    "acquire_action_use_job_queue",
)
TRANSACTION = common_pb2.TransactionSetting(
    **dict.fromkeys(FLAGS, False),
    distributor_namespace_id="grn:gs2:local:redeemd:distributor:default",
    queue_namespace_id="grn:gs2:local:redeemd:queue:default",
)
SCRIPT = common_pb2.ScriptSetting(done_trigger_target_type=common_pb2.DONE_TRIGGER_TARGET_TYPE_NONE)
SCRIPTS = {
    "serial_key": (),
    "exchange": ("exchange_script", "incremental_exchange_script", "acquire_await_script"),
    "limit": ("count_up_script",),
}


@pytest.mark.parametrize("service_name", SCRIPTS)
async def test_a_namespace_shows_the_defaults_of_its_settings(worlds, service_name):
    """In all responses that hold it; a setting that is not there stays away."""
    name = f"settings-{worlds.exchanges.name}"
    worlds.names[service_name] = name
    settings = {"transaction_setting": {}} | {script: {} for script in SCRIPTS[service_name]}
    made = (await worlds.call(service_name, "CreateNamespace", name=name, **settings)).item
    assert made.transaction_setting == TRANSACTION
    assert all(getattr(made, script) == SCRIPT for script in SCRIPTS[service_name])
    assert not made.HasField("transaction_setting_v2")
    assert (await worlds.call(service_name, "GetNamespace")).item == made
    mask = {"paths": ["transaction_setting"]}
    changed = (await worlds.call(service_name, "UpdateNamespace", update_mask=mask)).item
    assert not changed.HasField("transaction_setting")
    assert (await worlds.call(service_name, "DeleteNamespace")).item == changed


def _rising(exchanges, **fields):
    item = {"name": "rising", "consumeAction": exchanges.up("paid"), "maximumExchangeCount": 9} | fields
    return item | {"exchangeCountId": f"grn:gs2:r:o:limit:{exchanges.limits.name}:limit:ever"}


# Kind of model: its service, the list in its document, what an item needs, and what it means then.
MODELS = {
    "campaign": ("serial_key", "campaignModels", {}, {"enable_campaign_code": False, "ignore_case": False}),
    "immediate": ("exchange", "rateModels", {}, {"timing_type": "immediate", "lock_time": None}),
    "await": (
        "exchange",
        "rateModels",
        {"timingType": "await"},
        {"timing_type": "await", "lock_time": 0, "await_reward": "promised"},
    ),
    "linear": (
        "exchange",
        "incrementalRateModels",
        {"calculateType": "linear"},
        {"base_value": 0, "coefficient_value": 0},
    ),
    "power": (
        "exchange",
        "incrementalRateModels",
        {"calculateType": "power"},
        {"base_value": None, "coefficient_value": 0},
    ),
    "never": ("limit", "limitModels", {"resetType": "notReset"}, {"reset_hour": None, "anchor_timestamp": None}),
    "daily": ("limit", "limitModels", {"resetType": "daily"}, {"reset_hour": 0, "anchor_timestamp": None}),
    "weekly": ("limit", "limitModels", {"resetType": "weekly", "resetDayOfWeek": "monday"}, {"reset_hour": 0}),
    "monthly": ("limit", "limitModels", {"resetType": "monthly", "resetDayOfMonth": 1}, {"reset_hour": 0}),
    "days": ("limit", "limitModels", {"resetType": "days", "days": 2}, {"reset_hour": None, "anchor_timestamp": 0}),
}
LISTS = {
    "campaignModels": ("UpdateCurrentCampaignMaster", "DescribeCampaignModels", "DescribeCampaignModelMasters"),
    "rateModels": ("UpdateCurrentRateMaster", "DescribeRateModels", "DescribeRateModelMasters"),
    "incrementalRateModels": (
        "UpdateCurrentRateMaster",
        "DescribeIncrementalRateModels",
        "DescribeIncrementalRateModelMasters",
    ),
    "limitModels": ("UpdateCurrentLimitMaster", "DescribeLimitModels", "DescribeLimitModelMasters"),
}


def _shown(item, fields):
    """Return what an entity holds of some fields; None for those that are absent."""
    found = {}
    for name in fields:
        enum = item.DESCRIPTOR.fields_by_name[name].enum_type
        value = getattr(item, name) if item.HasField(name) else None
        found[name] = value if enum is None or value is None else spelling(enum, value)
    return found


@pytest.mark.parametrize("kind", MODELS)
async def test_a_model_and_its_draft_show_what_absence_means(worlds, kind):
    """A number that the vendor's kit leaves out is 0 where the model needs it, a flag and a type their default."""
    service_name, name, item, expected = MODELS[kind]
    update, describe, describe_drafts = LISTS[name]
    item = _rising(worlds.exchanges, **item) if name == "incrementalRateModels" else {"name": "m"} | item
    document = {"version": DOCUMENTS[update]["version"], name: [item]}
    await worlds.call(service_name, update, settings=json.dumps(document))
    [model] = (await worlds.call(service_name, describe)).items
    assert _shown(model, expected) == expected
    create = describe_drafts.replace("Describe", "Create").removesuffix("s")
    kept = (None, "await")  # what the model does not hold by default
    draft = {field.name: value for field, value in model.ListFields() if expected.get(field.name) in kept}
    del draft[model.DESCRIPTOR.fields[0].name]  # the id
    await worlds.call(service_name, create, **draft)
    [master] = (await worlds.call(service_name, describe_drafts)).items
    assert _shown(master, expected) == expected


async def test_the_models_in_other_responses_show_it_too(worlds):
    """Where a code is used, and where something is exchanged."""
    exchanges = worlds.exchanges
    await exchanges.put_in_force({"name": "rate"})
    assert _spelled((await exchanges.buy()).item, "timingType") == "immediate"
    settings = json.dumps({"version": "2022-09-13", "campaignModels": [{"name": "spring"}]})
    await worlds.call("serial_key", "UpdateCurrentCampaignMaster", settings=settings)
    code = (await worlds.call("serial_key", "IssueOnce", campaign_model_name="spring")).item.code
    used = await worlds.call("serial_key", "UseByUserId", code=code)
    assert _spelled(used.campaign_model, "enableCampaignCode") is False


async def test_what_absence_means_is_what_happens(worlds):
    """An await without a lock time is ready at once; prices without numbers are 0; a day begins at midnight in UTC."""
    exchanges = worlds.exchanges
    await exchanges.put_in_force(
        {"name": "later", "timingType": "await"},
        incremental=[_rising(exchanges, calculateType="linear", baseValue=3)],
    )
    made = await exchanges.wait()
    assert made.acquirable_at == made.exchanged_at
    await exchanges.rise(count=2)
    assert await exchanges.count("paid") == 6
    await exchanges.limits.put_in_force({"name": "daily", "resetType": "daily"})
    assert (await exchanges.limits.up()).next_reset_at % (24 * 60 * 60 * 1000) == 0


def test_every_declared_default_is_tested_here():
    """A field that the contract gives a meaning when it is absent is one of those above."""
    declared = {field.name for message in MESSAGES for field in message.fields if absence(field) is not None}
    tested = {name for *_, expected in MODELS.values() for name in expected}
    settings = {field.name for field, _ in (*TRANSACTION.ListFields(), *SCRIPT.ListFields())}
    assert declared == tested | settings | {"enable_direct_exchange", "enable_await_exchange"}
