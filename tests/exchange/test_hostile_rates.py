"""Rates that break a rule: refused by the path of what is wrong, and what is in force stays (semantics 3.2, 3.6, 14).

What actions are asked is in test_hostile_requests.py and test_hostile_expressions.py; here it is everything around.
"""

import json

import pytest
from support.exchanges import document, make_exchanges
from support.rates import CHECK, COUNTER, GRN, LOCK_MAX, PLAYER, PRICE, REWARD, RISING, UP, USE, act
from support.service import refused

IF = "Gs2Distributor:IfExpressionByUserId"
INT_MAX = 2_147_483_646
LONG_MAX = 9_223_372_036_854_775_805
ANYWHERE = {"region": "eu-west-1", "ownerId": "my-project"}


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
        {"consumeAction": act(UP, COUNTER | {"limitName": None})},
        "consumeAction.request.limitName",
        "require",
    ),
    "a price that is a reward": ({"consumeAction": REWARD}, "consumeAction.action", "invalid"),
    "a price that is none": (
        {"consumeAction": act("Gs2Money:WithdrawByUserId", {})},
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
    """Using a code, giving an await up and deciding have no field that could hold the price."""
    code = PLAYER | {"namespaceName": "ns", "code": "#{code}"}
    gone = PLAYER | {"namespaceName": "ns", "awaitName": "a"}
    for name, request in (
        (USE, code),
        ("Gs2Exchange:DeleteAwaitByUserId", gone),
        (IF, PLAYER | {"condition": CHECK, "trueActions": [PRICE]}),
    ):
        settings = document((), [RISING | {"consumeAction": act(name, request)}])
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
    "an escaped U+0000 in a request": (document([{"name": "r", "consumeActions": [act(UP, {"\0": 1})]}]), ""),
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


async def test_every_mistake_is_reported(exchanges):
    """In all rates of both kinds, all actions and all fields; at most 20; the first names the error type."""
    broken = {"verifyActions": [CHECK, PRICE], "consumeActions": [act(UP, COUNTER | {"limitName": "/", "userId": ""})]}
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
