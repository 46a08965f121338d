"""The checker explains what can be explained of codes of campaigns with limits, and nothing else."""

import pytest

from proof.written import OPEN, UNKNOWN, check, line, refused


def _capped(kind, user, answer, *, key=0, at=None, campaign="red", **limits):
    """An operation on the campaign code, or on a key, of a campaign with limits."""
    return line(kind, answer, at=at, user=user, campaign=campaign, key=key, **limits)


def _take(user, revision=None, **op):
    """A use that succeeds; `revision` is that of a key."""
    return _capped("use", user, {"status": "USED", "user": user, "revision": revision}, **op)


def _give(user, **op):
    """A revert that succeeds."""
    return _capped("revert", user, {"status": "ACTIVE", "user": ""}, **op)


_TWO = {"total": 2}
_ONCE = {"per_user": 1}
_KEY = {"per_key": 2, "key": 1}
_SOLD_OUT, _REDEEMED = refused("CAMPAIGN_SOLD_OUT"), refused("ALREADY_REDEEMED")
_LOST_USE = _capped("use", "alice", UNKNOWN, at=(0, OPEN), **_TWO)

CASES = {
    "a total is redeemed, and no more": (
        True,
        [_take("alice", **_TWO), _take("bob", **_TWO), _capped("use", "carol", _SOLD_OUT, **_TWO)],
    ),
    "a total is exceeded": (False, [_take(user, **_TWO) for user in ("alice", "bob", "carol")]),
    "a campaign with room is sold out": (
        False,
        [_take("alice", **_TWO), _capped("use", "bob", _SOLD_OUT, **_TWO)],
    ),
    "a use that was lost may be the last": (
        True,
        [_LOST_USE, _take("bob", at=(10, 20), **_TWO), _capped("use", "carol", _SOLD_OUT, at=(30, 40), **_TWO)],
    ),
    "a use that was lost happens once": (
        False,
        [_LOST_USE, _capped("use", "carol", _SOLD_OUT, at=(30, 40), **_TWO)],
    ),
    "a revert makes room": (
        True,
        [_take("alice", **_TWO), _take("alice", **_TWO), _give("alice", **_TWO), _take("bob", **_TWO)],
    ),
    "a revert makes room once": (
        False,
        [
            _take("alice", **_TWO),
            _take("bob", **_TWO),
            _give("bob", **_TWO),
            _take("bob", **_TWO),
            _take("carol", **_TWO),
        ],
    ),
    "a revert without a use makes no room": (
        False,
        [_take("alice", **_TWO), _take("alice", **_TWO), _give("bob", **_TWO), _take("bob", **_TWO)],
    ),
    "two reverts revert two uses": (
        False,
        [
            _take("alice", **_TWO),
            _take("alice", **_TWO),
            _give("alice", at=(50, 60), **_TWO),
            _give("alice", at=(50, 60), **_TWO),
            _capped("count", "alice", {"count": 1}, at=(70, 80), **_TWO),
        ],
    ),
    "a player has redeemed": (True, [_take("alice", **_ONCE), _capped("use", "alice", _REDEEMED, **_ONCE)]),
    "a player redeems twice": (False, [_take("alice", **_ONCE), _take("alice", **_ONCE)]),
    "a player has redeemed what another has": (
        False,
        [_take("alice", **_ONCE), _capped("use", "bob", _REDEEMED, **_ONCE)],
    ),
    "what concerns the player comes before what is sold out": (
        False,
        [_take("alice", per_user=1, total=1), _capped("use", "alice", _SOLD_OUT, per_user=1, total=1)],
    ),
    "a key is used by two players": (
        True,
        [
            _take("alice", 1, **_KEY),
            _capped("use", "alice", _REDEEMED, **_KEY),
            _take("bob", 2, **_KEY),
            _capped("use", "carol", refused("KEY_USED_UP"), **_KEY),
            _capped("get", "", {"status": "USED", "user": "", "revision": 2}, **_KEY),
        ],
    ),
    "a key is used by three players": (
        False,
        [_take(user, revision, **_KEY) for revision, user in enumerate(("alice", "bob", "carol"), 1)],
    ),
    "a key is used up by one player": (
        False,
        [_take("alice", 1, **_KEY), _capped("use", "bob", refused("KEY_USED_UP"), **_KEY)],
    ),
    "a campaign code is no key": (
        False,
        [_take("alice", per_key=2), _capped("use", "alice", _REDEEMED, per_key=2)],
    ),
    "a key good once is used by another": (
        True,
        [
            _take("alice", 1, key=1, **_TWO),
            _capped("use", "bob", refused("CODE_STATUS_INVALID", status="USED"), key=1, **_TWO),
        ],
    ),
    "a player redeems in one campaign of a group": (
        True,
        [_take("alice"), _capped("use", "alice", refused("REDEEMED_IN_GROUP", campaign="red"), campaign="blue")],
    ),
    "a player redeems in two campaigns of a group": (
        False,
        [_take("alice"), _take("alice", campaign="blue")],
    ),
    "a player is refused in a group for another": (
        False,
        [_take("alice"), _capped("use", "bob", refused("REDEEMED_IN_GROUP", campaign="red"), campaign="blue")],
    ),
    "a check gives what a use would": (
        True,
        [
            _capped("verify", "bob", {}, active=True, **_TWO),
            _take("alice", **_TWO),
            _take("alice", **_TWO),
            _capped("verify", "bob", _SOLD_OUT, active=True, **_TWO),
            _capped("verify", "bob", {}, **_TWO),
        ],
    ),
    "a check passes that a use would not": (
        False,
        [_take("alice", **_ONCE), _capped("verify", "alice", {}, active=True, **_ONCE)],
    ),
    "a use is not recorded": (False, [_take("alice"), _capped("count", "alice", {"count": 0})]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_history_is_explained_or_not(program, tmp_path, name):
    """The verdict on the history of this name."""
    explained, lines = CASES[name]
    assert check(program, tmp_path, "capped/1", lines) == explained
