"""The checker explains what can be explained, and nothing else."""

import pytest

from proof.written import OPEN, UNKNOWN, check, line, refused


def _used(user, revision):
    return {"status": "USED", "user": user, "revision": revision}


_USE = line("use", _used("alice", 1), user="alice")
_REVERT = line("revert", {"status": "ACTIVE", "user": "", "revision": 2}, user="alice")
_UP = line("up", {"count": 1, "revision": 1}, value=1)
_RESET = {"value": 1, "period": [0, 0]}
_TOMORROW = {"value": 1, "period": [1, 1]}
_EITHER = {"value": 1, "period": [0, 1]}
_SECOND = 1_000_000_000
_LIMIT = {"burst": 2, "interval_ms": 10_000}


def _told(begin, end, **op):
    """A wrong code that the player learns about, between two moments in seconds."""
    return line("wrong", refused("CODE_NOT_FOUND"), at=(int(begin * _SECOND), int(end * _SECOND)), **_LIMIT | op)


def _start(begin, clock_ms):
    """A start of the server, which takes a second, with another clock."""
    return line("start", {}, at=(begin * _SECOND, (begin + 1) * _SECOND), clock_ms=clock_ms)


_TOO_MANY = refused("TOO_MANY_GUESSES")

CASES = {
    "a code is used, reverted and used": (True, "code/1", [_USE, _REVERT, line("use", _used("bob", 3), user="bob")]),
    "a code is used twice": (False, "code/1", [_USE, line("use", _used("bob", 2), user="bob")]),
    "a used code is refused": (
        True,
        "code/1",
        [_USE, line("use", refused("CODE_STATUS_INVALID", status="USED"), user="bob")],
    ),
    "a code is refused that nobody used": (
        False,
        "code/1",
        [line("use", refused("CODE_STATUS_INVALID", status="USED"), user="bob")],
    ),
    "a refusal gives a state that is no reason": (
        False,
        "code/1",
        [_USE, _REVERT, line("use", refused("CODE_STATUS_INVALID", status="ACTIVE"), user="bob")],
    ),
    "another player reverts": (
        False,
        "code/1",
        [_USE, line("revert", {"status": "ACTIVE", "user": "", "revision": 2}, user="bob")],
    ),
    "a use is seen that was lost": (
        True,
        "code/1",
        [line("use", UNKNOWN, user="bob", at=(0, OPEN)), line("get", _used("bob", 1), at=(50, 60))],
    ),
    "a use that was answered is not seen": (
        False,
        "code/1",
        [_USE, line("get", {"status": "ACTIVE", "user": "", "revision": 0})],
    ),
    "a forged code is refused": (True, "forged/1", [line("use", refused("CODE_NOT_FOUND"), user="bob")]),
    "a forged code is used": (False, "forged/1", [_USE]),
    "a counter is counted twice": (True, "counter/1", [_UP, line("up", {"count": 2, "revision": 2}, value=1)]),
    "a repeated call is counted again": (False, "counter/1", [_UP, line("get", {"count": 2, "revision": 2})]),
    "a maximum is kept": (True, "counter/1", [_UP, line("up", refused("COUNTER_OVERFLOW", count=1), value=3, max=3)]),
    "a maximum is not kept": (False, "counter/1", [_UP, line("up", {"count": 4, "revision": 2}, value=3, max=3)]),
    "a condition holds": (
        True,
        "counter/1",
        [_UP, line("verify_up", {"count": 2, "revision": 2}, value=1, verify="less", than=2)],
    ),
    "a condition is passed that does not hold": (
        False,
        "counter/1",
        [_UP, line("verify_up", {"count": 2, "revision": 2}, value=1, verify="less", than=1)],
    ),
    "a counter is deleted": (
        True,
        "counter/1",
        [_UP, line("delete", {"count": 1, "revision": 1}), line("up", {"count": 1, "revision": 1}, value=1)],
    ),
    "a counter is reset by its time": (
        True,
        "resetting/1",
        [
            line("up", {"count": 1, "revision": 1, "until": 1}, **_RESET),
            line("up", {"count": 1, "revision": 3, "until": 2}, **_TOMORROW),
            line("up", {"count": 2, "revision": 4, "until": 2}, **_RESET),
        ],
    ),
    "a counter is reset by a clock that is behind": (
        False,
        "resetting/1",
        [
            line("up", {"count": 1, "revision": 1, "until": 2}, **_TOMORROW),
            line("up", {"count": 1, "revision": 3, "until": 1}, **_RESET),
        ],
    ),
    "nobody knows which clock it was": (
        True,
        "resetting/1",
        [
            line("up", {"count": 1, "revision": 1, "until": 1}, **_RESET),
            line("up", {"count": 2, "revision": 2, "until": 1}, **_EITHER),
            line("up", {"count": 1, "revision": 4, "until": 2}, **_EITHER),
        ],
    ),
    "an await is acquired once": (
        True,
        "await/1",
        [line("acquire", {}), line("acquire", refused("AWAIT_NOT_FOUND"))],
    ),
    "a serial code is refused for too many guesses": (False, "code/1", [line("use", _TOO_MANY, user="alice")]),
    "a used serial code is refused for too many guesses": (
        False,
        "code/1",
        [_USE, line("use", _TOO_MANY, user="bob")],
    ),
    "a guess is refused, whatever it is": (
        True,
        "guesses/1",
        [line("wrong", _TOO_MANY, **_LIMIT), line("right", _TOO_MANY, **_LIMIT)],
    ),
    "guesses that are right cost nothing": (True, "guesses/1", [line("right", {}, **_LIMIT)] * 5),
    "a guess that is right is not found": (False, "guesses/1", [line("right", refused("CODE_NOT_FOUND"), **_LIMIT)]),
    "a wrong code is accepted": (False, "guesses/1", [line("wrong", {}, **_LIMIT)]),
    "a wrong code is refused for another reason": (
        False,
        "guesses/1",
        [line("wrong", refused("CODE_STATUS_INVALID", status="USED"), **_LIMIT)],
    ),
    "a guess without an answer told nothing": (
        True,
        "guesses/1",
        [line("wrong", UNKNOWN, at=(0, OPEN), **_LIMIT), _told(1, 2), _told(2, 3)],
    ),
    "the burst, and one more for the time that it takes to come back": (
        True,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _told(10.9, 11), _told(20.9, 21)],
    ),
    "one more than the burst": (False, "guesses/1", [_told(1, 2), _told(1, 2), _told(10.8, 10.9)]),
    "one more than comes back": (
        False,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _told(11, 12), _told(12, 13)],
    ),
    "a guess may have been taken later than another that began later": (
        True,
        "guesses/1",
        [_told(1, 30), _told(2, 3), _told(2, 3)],
    ),
    "who waits longer than it takes has no more than the burst": (
        False,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _told(50, 51), _told(50, 51), _told(50, 51)],
    ),
    "a server starts, and guesses are as they were": (
        False,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _start(3, 0), _told(4, 5)],
    ),
    "a server starts whose clock is ahead": (
        True,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _start(3, 7_000), _told(4, 5)],
    ),
    "a server starts whose clock is not ahead enough": (
        False,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _start(3, 5_000), _told(4, 5)],
    ),
    "a clock that is set back may make a budget whole, once": (
        True,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _start(3, -1_000), _told(4, 5), _told(4, 5)],
    ),
    "a clock that is set back makes a budget no more than whole": (
        False,
        "guesses/1",
        [_told(1, 2), _told(1, 2), _start(3, -1_000), _told(4, 5), _told(4, 5), _told(4, 5)],
    ),
    "an await is acquired twice": (False, "await/1", [line("acquire", {}), line("acquire", {})]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_history_is_explained_or_not(program, tmp_path, name):
    """The verdict on the history of this name."""
    explained, of, lines = CASES[name]
    assert check(program, tmp_path, of, lines) == explained
