"""Drafts that are exported and put in force are the drafts, field by field."""

from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.drafts import DOWN, INCREMENTAL, LINEAR, POWER, SCRIPT, UP, USE, VERIFY
from support.exchanges import make_exchanges

IMMEDIATE, AWAIT = 1, 2
NAME = st.text("abcABC019-_.", min_size=1, max_size=20)
REWARD = {"description": st.just("d"), "metadata": st.just("m"), "acquire_actions": st.just([DOWN, DOWN])}
PRICE = {"verify_actions": st.just([VERIFY]), "consume_actions": st.lists(st.sampled_from([UP, USE]), max_size=3)}
TIMING = st.one_of(
    st.sampled_from([{}, {"timing_type": IMMEDIATE}, {"lock_time": 1}]),
    st.fixed_dictionaries({"timing_type": st.just(AWAIT), "lock_time": st.integers(0, 538_214_400)}),
)
LONG = st.integers(0, 9_223_372_036_854_775_805)
CALCULATION = st.one_of(
    st.fixed_dictionaries({"calculate_type": st.just(LINEAR), "base_value": LONG, "coefficient_value": LONG}),
    st.fixed_dictionaries({"calculate_type": st.just(POWER), "coefficient_value": LONG}),
    st.just({"calculate_type": SCRIPT, "calculate_script_id": "grn:script"}),
)
COUNTED = st.fixed_dictionaries({"maximum_exchange_count": st.integers(0, 2_147_483_646)})


def _drafts(*parts):
    """Make drafts by name, of strategies for parts of their fields."""
    draft = st.tuples(*parts).map(lambda found: {name: part[name] for part in found for name in part})
    return st.dictionaries(NAME, draft, max_size=4)


RATES = _drafts(st.fixed_dictionaries({}, optional=REWARD | PRICE), TIMING)
INCREMENTAL_RATES = _drafts(st.just(INCREMENTAL), st.fixed_dictionaries({}, optional=REWARD), CALCULATION, COUNTED)


def _model_of(item):
    """Return what a draft or a model says of the rate, its id included."""
    fields = MessageToDict(item)
    return {name: fields[name] for name in fields.keys() - {"description", "createdAt", "updatedAt", "revision"}}


def _by_name(drafts):
    """Return what drafts say, in the order of models."""
    return [_model_of(draft) for draft in sorted(drafts, key=lambda draft: draft.name)]


async def _make(exchanges, kind, drafts):
    """Make drafts of a kind; return them."""
    return [(await exchanges.call(f"Create{kind}Master", name=name, **drafts[name])).item for name in drafts]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rates=RATES, incremental_rates=INCREMENTAL_RATES)
async def test_exported_drafts_put_in_force_are_the_drafts(service, rates, incremental_rates):
    """Export, put in force: the models are the drafts, field by field, ids included. Export again: the same bytes."""
    exchanges = await make_exchanges(service)
    made = await _make(exchanges, "RateModel", rates)
    made_incremental = await _make(exchanges, "IncrementalRateModel", incremental_rates)
    exported = (await exchanges.call("ExportMaster")).item.settings
    await exchanges.call("UpdateCurrentRateMaster", settings=exported)
    current, models, incremental_models = await exchanges.in_force()
    assert [_model_of(model) for model in models] == _by_name(made)
    assert [_model_of(model) for model in incremental_models] == _by_name(made_incremental)
    assert current.settings == exported
    assert (await exchanges.call("ExportMaster")).item.settings == exported
