"""Rates that break a rule: refused by the path of what is wrong, and what is in force stays (semantics 3.2, 3.6, 14).

What actions are asked is in test_hostile_requests.py and test_hostile_expressions.py; here it is everything around.
"""

import json

import pytest
from support.exchanges import document, make_exchanges
from support.service import refused

UP, USE = "Gs2Limit:CountUpByUserId", "Gs2SerialKey:UseByUserId"
VERIFY = "Gs2Limit:VerifyCounterByUserId"
IF = "Gs2Distributor:IfExpressionByUserId"
PLAYER = {"userId": "#{userId}"}
COUNTER = PLAYER | {"namespaceName": "ns", "limitName": "ever", "counterName": "c"}
LOCK_MAX = 538_214_400
INT_MAX = 2_147_483_646
LONG_MAX = 9_223_372_036_854_775_805
GRN = "grn:gs2:{region}:{ownerId}:limit:ns:limit:ever"
ANYWHERE = {"region": "eu-west-1", "ownerId": "my-project"}


def _act(name, request):
    """Answer an action whose request is an object."""
    return {"action": name, "request": request}


PRICE = _act(UP, COUNTER)
CHECK = _act(VERIFY, COUNTER | {"verifyType": "less"})
REWARD = _act("Gs2Limit:CountDownByUserId", COUNTER)
RISING = {
    "name": "rising",
    "consumeAction": PRICE,
    "calculateType": "linear",
    "baseValue": 1,
    "coefficientValue": 1,
    "exchangeCountId": GRN,
    "maximumExchangeCount": 1,
}


@pytest.fixture(scope="module")
async def exchanges(service):
    """Namespaces with a rate of each kind in force, for tests that change nothing."""
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force({"name": "rate", "consumeActions": [PRICE]}, incremental=[RISING])
    return exchanges


# Rates

RATES = {
    "no name": ({"name": None}, "name", "require"),
    "a bad name": ({"name": "a b"}, "name", "invalid"),
    "a name that is a number": ({"name": 5}, "name", "invalid"),
    "long metadata": ({"metadata": "\U0001f600" * 2049}, "metadata", "tooLong"),
    "metadata that is an object": ({"metadata": {}}, "metadata", "invalid"),
    "another timing": ({"timingType": "direct"}, "timingType", "invalid"),
    "a timing in another case": ({"timingType": "Await", "lockTime": 1}, "timingType", "invalid"),
    "a timing as a number": ({"timingType": 2, "lockTime": 1}, "timingType", "invalid"),
    "a negative lock time": ({"timingType": "await", "lockTime": -1}, "lockTime", "invalid"),
    "too long a lock time": ({"timingType": "await", "lockTime": LOCK_MAX + 1}, "lockTime", "invalid"),
    "a lock time beyond 32 bits": ({"timingType": "await", "lockTime": 2**31}, "lockTime", "invalid"),
    "half a minute": ({"timingType": "await", "lockTime": 0.5}, "lockTime", "invalid"),
    "a lock time as text": ({"timingType": "await", "lockTime": "60"}, "lockTime", "invalid"),
    "a lock time that nobody needs": ({"timingType": "immediate", "lockTime": -1}, "lockTime", "invalid"),
    "11 verify actions": ({"verifyActions": [CHECK] * 11}, "verifyActions", "tooMany"),
    "11 consume actions": ({"consumeActions": [PRICE] * 11}, "consumeActions", "tooMany"),
    "101 acquire actions": ({"acquireActions": [REWARD] * 101}, "acquireActions", "tooMany"),
    "actions that are no list": ({"consumeActions": PRICE}, "consumeActions", "invalid"),
}


@pytest.mark.parametrize(("change", "path", "error_type"), RATES.values(), ids=RATES)
async def test_a_rate_that_breaks_a_rule_is_refused(exchanges, change, path, error_type):
    """By the path of the field, behind a good one."""
    settings = document([{"name": "good"}, {"name": "rate"} | change])
    await exchanges.refuses(settings, f"rateModels[1].{path}", error_type=error_type)


INCREMENTAL = {
    "no name": ({"name": None}, "name", "require"),
    "no price": ({"consumeAction": None}, "consumeAction", "require"),
    "a list of prices": ({"consumeAction": [PRICE]}, "consumeAction", "invalid"),
    "a price without a request": ({"consumeAction": {"action": UP}}, "consumeAction.request", "require"),
    "a price without a name": (
        {"consumeAction": _act(UP, COUNTER | {"limitName": None})},
        "consumeAction.request.limitName",
        "require",
    ),
    "a price that is a reward": ({"consumeAction": REWARD}, "consumeAction.action", "invalid"),
    "a price that is none": (
        {"consumeAction": _act("Gs2Money:WithdrawByUserId", {})},
        "consumeAction.action",
        "invalid",
    ),
    "no way to reckon": ({"calculateType": None}, "calculateType", "require"),
    "an unknown way to reckon": ({"calculateType": "Linear"}, "calculateType", "invalid"),
    "a script without an id": ({"calculateType": "gs2_script"}, "calculateScriptId", "require"),
    "a script with an empty id": (
        {"calculateType": "gs2_script", "calculateScriptId": ""},
        "calculateScriptId",
        "require",
    ),
    "a long id of a script": ({"calculateScriptId": "a" * 1025}, "calculateScriptId", "tooLong"),
    "a negative base": ({"baseValue": -1}, "baseValue", "invalid"),
    "a negative coefficient": ({"coefficientValue": -1}, "coefficientValue", "invalid"),
    "too great a base": ({"baseValue": LONG_MAX + 1}, "baseValue", "invalid"),
    "too great a coefficient": ({"coefficientValue": LONG_MAX + 1}, "coefficientValue", "invalid"),
    "half a base": ({"baseValue": 0.5}, "baseValue", "invalid"),
    "a base as text": ({"baseValue": "1"}, "baseValue", "invalid"),
    "no count": ({"exchangeCountId": None}, "exchangeCountId", "require"),
    "no maximum": ({"maximumExchangeCount": None}, "maximumExchangeCount", "require"),
    "a negative maximum": ({"maximumExchangeCount": -1}, "maximumExchangeCount", "invalid"),
    "too great a maximum": ({"maximumExchangeCount": INT_MAX + 1}, "maximumExchangeCount", "invalid"),
    "101 acquire actions": ({"acquireActions": [REWARD] * 101}, "acquireActions", "tooMany"),
    "an acquire action that is none": ({"acquireActions": [REWARD, PRICE]}, "acquireActions[1].action", "invalid"),
}


@pytest.mark.parametrize(("change", "path", "error_type"), INCREMENTAL.values(), ids=INCREMENTAL)
async def test_an_incremental_rate_that_breaks_a_rule_is_refused(exchanges, change, path, error_type):
    """By the path of the field, behind a good one."""
    settings = document((), [RISING, RISING | {"name": "other"} | change])
    await exchanges.refuses(settings, f"incrementalRateModels[1].{path}", error_type=error_type)


async def test_a_price_without_a_quantity_is_refused(exchanges):
    """There is nothing in which the price could be asked: using a code, giving an await up, deciding."""
    code = PLAYER | {"namespaceName": "ns", "code": "#{code}"}
    gone = PLAYER | {"namespaceName": "ns", "awaitName": "a"}
    for name, request in (
        (USE, code),
        ("Gs2Exchange:DeleteAwaitByUserId", gone),
        (IF, PLAYER | {"condition": CHECK, "trueActions": [PRICE]}),
    ):
        settings = document((), [RISING | {"consumeAction": _act(name, request)}])
        await exchanges.refuses(settings, "incrementalRateModels[0].consumeAction.action")


@pytest.mark.parametrize(
    "grn",
    [
        "",
        "ever",
        "grn:gs2:{region}:{ownerId}:limit:ns",
        "grn:gs2:{region}:{ownerId}:limit:ns:limit:",
        "grn:gs2:{region}:{ownerId}:limit::limit:ever",
        "grn:gs2:{region}:{ownerId}:exchange:ns:limit:ever",
        "grn:gs2:{region}:{ownerId}:limit:ns:model:ever",
        "grn:gs2:{region}:{ownerId}:limit:ns:user:alice:limit:ever:counter:c",
        "grn:gs2:{region}:{ownerId}:limit:ns:limit:ever:more",
        "grn:gs2:{ownerId}:limit:ns:limit:ever",
        "GRN:GS2:{region}:{ownerId}:limit:ns:limit:ever",
        f" {GRN}",
        f"{GRN}\n",
        f"{GRN} too",
        "grn:gs2:{region}:{ownerId}:limit:ns:limit:#{limit}",
        f"grn:gs2:{{region}}:{{ownerId}}:limit:ns:limit:{'a' * 129}",
    ],
)
async def test_a_count_that_is_no_limit_is_refused(exchanges, grn):
    """exchangeCountId has to be the GRN of a limit; nothing is replaced in it but what the platform replaces."""
    settings = document((), [RISING | {"exchangeCountId": grn}])
    await exchanges.refuses(settings, "incrementalRateModels[0].exchangeCountId")


async def test_rates_at_their_limits_are_taken(service):
    """10, 10 and 100 actions; the shortest and the longest wait; the greatest numbers; any region and owner."""
    exchanges = await make_exchanges(service)
    many = {"verifyActions": [CHECK] * 10, "consumeActions": [PRICE] * 10, "acquireActions": [REWARD] * 100}
    rates = [
        {"name": "many", "metadata": "\U0001f600" * 2048} | many,
        {"name": "short", "timingType": "await", "lockTime": 0},
        {"name": "long", "timingType": "await", "lockTime": LOCK_MAX},
    ]
    most = {"baseValue": LONG_MAX, "coefficientValue": LONG_MAX, "maximumExchangeCount": INT_MAX}
    least = {
        "baseValue": 0,
        "coefficientValue": 0,
        "maximumExchangeCount": 0,
        "exchangeCountId": GRN.format(**ANYWHERE),
    }
    power = {"calculateType": "power", "baseValue": None}
    incremental = [RISING | {"name": name} | fields for name, fields in (("a", most), ("b", least), ("c", power))]
    await exchanges.put_in_force(*rates, incremental=incremental)
    _, taken, incremental_taken = await exchanges.in_force()
    assert [rate.name for rate in (*taken, *incremental_taken)] == ["long", "many", "short", "a", "b", "c"]


# The document

NO_DOCUMENTS = {
    "no JSON": ("rates", ""),
    "a list": ("[]", ""),
    "another version": ('{"version": "2022-09-13"}', "version"),
    "a number beyond 64 bits": (json.dumps({"version": "2019-08-19", "x": LONG_MAX + 3}), ""),
    "an escaped U+0000": (document([{"name": "rate", "metadata": "\0"}]), ""),
    "an escaped U+0000 in a request": (document([{"name": "r", "consumeActions": [_act(UP, {"\0": 1})]}]), ""),
    "depth 33": (document([{"name": "rate", "x": json.loads("[" * 30 + "]" * 30)}]), ""),
    "rates that are no list": (document({"name": "rate"}), "rateModels"),
    "incremental rates that are no list": (document((), RISING), "incrementalRateModels"),
    "a rate that is no object": (document([{"name": "rate"}, "rate"]), "rateModels[1]"),
    "an incremental rate that is none": (document((), [None]), "incrementalRateModels[0]"),
}


@pytest.mark.parametrize(("settings", "path"), NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
async def test_a_document_that_is_none_is_refused(exchanges, settings, path):
    """As documents of other services are."""
    await exchanges.refuses(settings, path)


async def test_a_name_that_stands_twice_is_refused(exchanges):
    """In either list, at each repetition."""
    settings = document([{"name": "rate"}, {"name": "other"}, {"name": "rate"}], [RISING, RISING])
    await exchanges.refuses(settings, "rateModels[2].name", "incrementalRateModels[1].name", error_type="duplicate")


async def test_everything_that_is_wrong_is_told(exchanges):
    """In all rates of both kinds, all actions and all fields; at most 20; the first names the error type."""
    broken = {"verifyActions": [CHECK, PRICE], "consumeActions": [_act(UP, COUNTER | {"limitName": "/", "userId": ""})]}
    rates = [{"name": "a"} | broken, {"name": "b"}, {"name": "c", "timingType": "await", "lockTime": -1}]
    paths = ["[0].verifyActions[1].action", "[0].consumeActions[0].request.limitName"]
    paths += ["[0].consumeActions[0].request.userId", "[2].lockTime"]
    incremental = [RISING | {"baseValue": -1, "exchangeCountId": "x"}, RISING | {"name": "x", "exchangeCountId": "x"}]
    await exchanges.refuses(
        document(rates, incremental),
        *(f"rateModels{path}" for path in paths),
        "incrementalRateModels[0].baseValue",
        "incrementalRateModels[1].exchangeCountId",
    )
    many = [{"name": f"r{number}", "consumeActions": [CHECK]} for number in range(30)]
    paths = [f"rateModels[{number}].consumeActions[0].action" for number in range(20)]
    await exchanges.refuses(document(many), *paths)


# Drafts


def _draft(action):
    """Answer an action as drafts have it."""
    return {"action": action["action"], "request": json.dumps(action["request"])}


BAD_REWARD = _act("Gs2Limit:CountDownByUserId", COUNTER | {"counterName": "a/b", "countDownValue": "#{n}"})
CHECK_PRICE = _act("Gs2Distributor:OrExpressionByUserId", PLAYER | {"actions": [CHECK, PRICE]})
DRAFTS = [
    ({"lock_time": LOCK_MAX + 1}, "lock_time"),
    ({"metadata": "a" * 2049}, "metadata"),
    ({"verify_actions": [_draft(CHECK)] * 11}, "verify_actions"),
    ({"consume_actions": [_draft(PRICE), {"action": UP}]}, "consume_actions[1].request"),
    ({"consume_actions": [_draft(PRICE), _draft(CHECK)]}, "consume_actions[1].action"),
    ({"consume_actions": [{"action": UP, "request": "#{all}"}]}, "consume_actions[0].request"),
    ({"acquire_actions": [_draft(REWARD), _draft(BAD_REWARD)]}, "acquire_actions[1].request.counterName"),
    ({"verify_actions": [_draft(CHECK_PRICE)]}, "verify_actions[0].request.actions[1].action"),
]
RISING_DRAFT = {
    "consume_action": _draft(PRICE),
    "calculate_type": 2,
    "coefficient_value": 1,
    "exchange_count_id": GRN,
    "maximum_exchange_count": 1,
}
RISING_DRAFTS = [
    ({"calculate_type": 3}, "calculate_script_id"),
    ({"base_value": -1}, "base_value"),
    ({"exchange_count_id": "ever"}, "exchange_count_id"),
    ({"consume_action": {"action": UP, "request": "[]"}}, "consume_action.request"),
    ({"consume_action": _draft(CHECK_PRICE)}, "consume_action.action"),
    ({"consume_action": {"action": "Gs2Limit:CountUp", "request": "{}"}}, "consume_action.action"),
    ({"acquire_actions": [_draft(BAD_REWARD)]}, "acquire_actions[0].request.counterName"),
]


async def _refuses_draft(exchanges, kind, good, change, path):
    """Check that a draft is refused when it is made, and when a good one is changed into it; that stays."""
    name = f"draft-{kind}"
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.call(f"Create{kind}Master", name=name, **good | change)
    assert refusal.fields == [path]
    made = (await exchanges.call(f"Create{kind}Master", name=name, **good)).item
    with refused("VALIDATION_FAILED") as refusal:
        await exchanges.call(f"Update{kind}Master", rate_name=name, **change)
    assert refusal.fields == [path]
    assert (await exchanges.call(f"Delete{kind}Master", rate_name=name)).item == made


@pytest.mark.parametrize(("change", "path"), DRAFTS, ids=[path for _, path in DRAFTS])
async def test_a_rate_that_could_not_be_in_force_is_no_draft(exchanges, change, path):
    """Neither made nor changed; the path is that of the request."""
    await _refuses_draft(exchanges, "RateModel", {}, change, path)


@pytest.mark.parametrize(("change", "path"), RISING_DRAFTS, ids=[path for _, path in RISING_DRAFTS])
async def test_an_incremental_rate_that_could_not_be_in_force_is_no_draft(exchanges, change, path):
    """Neither made nor changed; the path is that of the request."""
    await _refuses_draft(exchanges, "IncrementalRateModel", RISING_DRAFT, change, path)


async def test_what_fits_only_together_is_checked_together(exchanges):
    """A field that was good with the others is refused when it is taken away, or the others change."""
    script = {"calculate_type": 3, "calculate_script_id": "grn:script"}
    await exchanges.call("CreateIncrementalRateModelMaster", name="together", **RISING_DRAFT | script)

    async def clear(*paths):
        mask = {"paths": paths}
        return await exchanges.call("UpdateIncrementalRateModelMaster", rate_name="together", update_mask=mask)

    with refused("VALIDATION_FAILED") as refusal:
        await clear("calculate_script_id")
    assert refusal.fields == ["calculate_script_id"]
    with refused("VALIDATION_FAILED") as refusal:
        await clear("calculate_script_id", "calculate_type")
    assert refusal.fields == ["calculate_type"]
    found = (await exchanges.call("GetIncrementalRateModelMaster", rate_name="together")).item
    assert (found.calculate_script_id, found.revision) == ("grn:script", 1)


async def test_of_a_thousand_wrong_rates_twenty_problems_are_reported(exchanges):
    """Nothing looks at what comes after them."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force(*({"name": f"a {number}"} for number in range(1000)))
    assert refusal.fields == [f"settings.rateModels[{index}].name" for index in range(20)]


async def test_of_a_list_with_too_many_actions_no_action_is_looked_at(exchanges):
    """The list alone is reported, although each of its items is wrong as well."""
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force({"name": "rate", "consumeActions": [{}] * 1000})
    assert refusal.fields == ["settings.rateModels[0].consumeActions"]
