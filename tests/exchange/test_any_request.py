"""Requests of any shape: refused when they are uploaded, or run or refused when a player exchanges."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redeemd.exchange import actions as exchange_actions
from redeemd.limit import actions as limit_actions
from redeemd.serialkey import actions as serialkey_actions
from redeemd.transaction import actions as transaction_actions
from support.contract import METHODS, rules_of
from support.exchanges import document, make_exchanges, outcome

MODULES = (exchange_actions, limit_actions, serialkey_actions, transaction_actions)
KINDS = {spec.name: spec.kind for module in MODULES for spec in module.ACTIONS}
FIELDS = {
    name: method.input_type.fields for name in KINDS for method in METHODS if method.name == name.partition(":")[2]
}
# What is good for a required field.
FITTING = {
    "userId": "alice",
    "limitName": "ever",
    "counterName": "c",
    "rateName": "free",
    "awaitName": "none",
    "count": 1,
    "code": "WELCOME2026",
    "campaignModelName": "spring",
}
KEYS = ("a", "b")


@dataclass
class Drawn:
    """An action with what is changed in its request, which would be good without."""

    name: str
    changes: dict[str, Any]


def _action(name):
    members = [field.json_name for field in FIELDS[name]]
    return st.builds(
        Drawn, st.just(name), st.dictionaries(st.sampled_from([*members, "other", "x#{a}"]), VALUE, max_size=2)
    )


TEXT = st.sampled_from(["", "ever", "c", "less", "active", "minutes", "true", "1", "#{a}", "x#{b}#{a}", "#{userId}"])
SCALAR = st.one_of(st.none(), st.booleans(), st.integers(-1, 3), st.floats(0, 2), TEXT)
MEMBER = st.sampled_from(["key", "value", "action", "request", "other", "#{a}"])
ACTION = st.sampled_from(sorted(KINDS)).flatmap(_action)
VALUE = st.deferred(
    lambda: st.one_of(
        SCALAR, ACTION, st.lists(SCALAR | ACTION, max_size=2), st.lists(st.dictionaries(MEMBER, VALUE, max_size=2))
    )
)


def _built(exchanges, value):
    """Return what was drawn as JSON."""
    if isinstance(value, Drawn):
        return {"action": value.name, "request": _good(exchanges, value.name) | _built(exchanges, value.changes)}
    if isinstance(value, list):
        return [_built(exchanges, item) for item in value]
    return {name: _built(exchanges, item) for name, item in value.items()} if isinstance(value, dict) else value


def _good(exchanges, name):
    """Return a request that has all that is required."""
    check = exchanges.verify("equal", 0, userId="alice")
    namespaces = {
        "Gs2Limit": exchanges.limits.name,
        "Gs2SerialKey": exchanges.world.name,
        "Gs2Exchange": exchanges.name,
    }
    fitting = FITTING | {
        "namespaceName": namespaces.get(name.partition(":")[0]),
        "actions": [check],
        "condition": check,
    }
    fitting["verifyType"] = "equal" if name.startswith("Gs2Limit") else "active"
    required = {field.json_name for field in FIELDS[name] if rules_of(field).required} | {"actions"}
    return {field.json_name: fitting[field.json_name] for field in FIELDS[name] if field.json_name in required}


@pytest.fixture(scope="module")
async def exchanges(service):
    """Namespaces in which anything may happen."""
    return await make_exchanges(service, campaign_codes=("WELCOME2026",), enable_await_exchange=True)


def test_every_action_is_drawn():
    """And its request is known."""
    assert FIELDS.keys() == KINDS.keys()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=ACTION, values=st.dictionaries(st.sampled_from(KEYS), TEXT), count=st.integers(1, 2))
async def test_a_request_of_any_shape_succeeds_or_is_refused(exchanges, action, values, count):
    """Never with INTERNAL. What has no placeholders was checked when it was uploaded, and breaks no rule later."""
    rate = {"name": "rate", f"{KINDS[action.name]}Actions": [_built(exchanges, action)]}
    settings_ = document([rate, {"name": "free"}])
    uploaded = await outcome(exchanges.call("UpdateCurrentRateMaster", settings=settings_))
    assert uploaded in {"OK", "MASTER_DATA_INVALID"}
    if uploaded == "OK":
        exchanged = await outcome(exchanges.buy(count=count, values=values))
        assert exchanged != "INTERNAL"
        if count == 1 and "#{" not in settings_:
            assert exchanged != "VALIDATION_FAILED"
