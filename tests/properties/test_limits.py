"""The arithmetic of limits: how a total is split into slices, and which limit refuses a use."""

from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1.resources_pb2 import CampaignModel
from redeemd.serialkey.errors import AlreadyRedeemed, CampaignSoldOut, KeyUsedUp, RedeemedInGroup
from redeemd.serialkey.limits.model import NO_LIMITS, SLICES, Limits, refusal, split

totals = st.integers(1, 10**12)
slices = st.lists(st.integers(0, 10**9), min_size=SLICES, max_size=SLICES)
few = st.one_of(st.none(), st.integers(1, 3))


@given(totals, slices)
def test_allowances_add_up_to_the_total(total, taken):
    """Whatever was taken, the slices together have room for exactly what remains, or owe what is too much."""
    allowances = split(total, taken)
    assert len(allowances) == len(taken)
    assert sum(allowances) == total


@given(totals, slices)
def test_what_remains_is_divided_evenly(total, taken):
    """No slice has room for more than one use more than another, and none owes while another has room."""
    rooms = [allowed - used for allowed, used in zip(split(total, taken), taken, strict=True)]
    if sum(taken) <= total:
        assert 0 <= min(rooms) <= max(rooms) <= min(rooms) + 1
    else:
        assert max(rooms) <= 0


@st.composite
def states(draw):
    """Return a row of limit_state."""
    uses = st.integers(0, 4)
    return {
        "uses_per_user": draw(few),
        "uses_per_key": draw(st.one_of(st.none(), st.integers(2, 3))),
        "uses_total": draw(few),
        "uses_of_user": draw(uses),
        "uses_of_key_by_user": draw(st.integers(0, 1)),
        "uses_of_key": draw(uses),
        "redeemed_in": draw(st.sampled_from([None, "other"])),
        "room": draw(st.integers(-1, 2)),
    }


def _reached(limit, uses):
    return limit is not None and uses >= limit


@given(states())
def test_a_use_is_refused_if_and_only_if_a_limit_is_reached(state):
    """And the limits that concern the player are named before those of the key and of the campaign."""
    by_player = _reached(state["uses_per_user"], state["uses_of_user"]) or (
        state["uses_per_key"] is not None and state["uses_of_key_by_user"] == 1
    )
    expected = [
        (state["redeemed_in"] is not None, RedeemedInGroup),
        (by_player, AlreadyRedeemed),
        (_reached(state["uses_per_key"], state["uses_of_key"]), KeyUsedUp),
        (state["uses_total"] is not None and state["room"] <= 0, CampaignSoldOut),
        (True, type(None)),
    ]
    assert isinstance(refusal(state), next(kind for applies, kind in expected if applies))


@given(few, few, few, st.sampled_from(["", "color"]))
def test_limits_of_a_model_are_none_where_they_limit_nothing(per_user, total, per_key, group):
    """A key that is good for one player is as one without the limit."""
    given_limits = {"uses_per_user": per_user, "uses_total": total, "uses_per_key": per_key}
    model = CampaignModel(**{name: value for name, value in given_limits.items() if value}, group=group)
    limits = Limits.of(model)
    assert limits == Limits(per_user, total, None if per_key == 1 else per_key, group or None)
    assert (limits == NO_LIMITS) == (not per_user and not total and per_key in {None, 1} and not group)
