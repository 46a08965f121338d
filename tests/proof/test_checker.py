"""The checker explains what can be explained, and nothing else."""

import itertools
import json

import pytest

from proof import checker

_OPEN = None


def _line(kind, answer, *, at=None, **op):
    """Make an operation from a first to a last moment; those without follow each other."""
    return {"op": {"kind": kind, **op}, "answer": {"outcome": "ok"} | answer, "at": at}


def _check(program, folder, name, lines):
    moments = itertools.count(0, 10)
    with (folder / "history-0.jsonl").open("w") as file:
        for line in lines:
            begin, end = line["at"] or (next(moments), next(moments))
            interval = {"begin": begin} if end is _OPEN else {"begin": begin, "end": end}
            file.write(json.dumps(line | {"object": name, "client": 0, "call": ""} | interval) + "\n")
    report = checker.check(program, folder)
    assert report["undecided"] == []
    assert sum(report["operations"].values()) == len(lines)
    return not report["anomalies"]


def _used(user, revision):
    return {"status": "USED", "user": user, "revision": revision}


def _refused(reason, **said):
    return {"outcome": "refused", "reason": reason, **said}


_UNKNOWN = {"outcome": "unknown"}
_USE = _line("use", _used("alice", 1), user="alice")
_REVERT = _line("revert", {"status": "ACTIVE", "user": "", "revision": 2}, user="alice")
_UP = _line("up", {"count": 1, "revision": 1}, value=1)
_RESET = {"value": 1, "period": [0, 0]}
_TOMORROW = {"value": 1, "period": [1, 1]}
_EITHER = {"value": 1, "period": [0, 1]}
_SECOND = 1_000_000_000
_LIMIT = {"burst": 2, "interval_ms": 10_000}


def _told(begin, end, **op):
    """A wrong code that the player learns about, between two moments in seconds."""
    return _line("wrong", _refused("CODE_NOT_FOUND"), at=(int(begin * _SECOND), int(end * _SECOND)), **_LIMIT | op)


def _start(begin, clock_ms):
    """A start of the server, which takes a second, with another clock."""
    return _line("start", {}, at=(begin * _SECOND, (begin + 1) * _SECOND), clock_ms=clock_ms)


_TOO_MANY = _refused("TOO_MANY_GUESSES")

CASES = {
    "a code is used, reverted and used": (True, "code/1", [_USE, _REVERT, _line("use", _used("bob", 3), user="bob")]),
    "a code is used twice": (False, "code/1", [_USE, _line("use", _used("bob", 2), user="bob")]),
    "a used code is refused": (
        True,
        "code/1",
        [_USE, _line("use", _refused("CODE_STATUS_INVALID", status="USED"), user="bob")],
    ),
    "a code is refused that nobody used": (
        False,
        "code/1",
        [_line("use", _refused("CODE_STATUS_INVALID", status="USED"), user="bob")],
    ),
    "a refusal gives a state that is no reason": (
        False,
        "code/1",
        [_USE, _REVERT, _line("use", _refused("CODE_STATUS_INVALID", status="ACTIVE"), user="bob")],
    ),
    "another player reverts": (
        False,
        "code/1",
        [_USE, _line("revert", {"status": "ACTIVE", "user": "", "revision": 2}, user="bob")],
    ),
    "a use is seen that was lost": (
        True,
        "code/1",
        [_line("use", _UNKNOWN, user="bob", at=(0, _OPEN)), _line("get", _used("bob", 1), at=(50, 60))],
    ),
    "a use that was answered is not seen": (
        False,
        "code/1",
        [_USE, _line("get", {"status": "ACTIVE", "user": "", "revision": 0})],
    ),
    "a forged code is refused": (True, "forged/1", [_line("use", _refused("CODE_NOT_FOUND"), user="bob")]),
    "a forged code is used": (False, "forged/1", [_USE]),
    "a counter is counted twice": (True, "counter/1", [_UP, _line("up", {"count": 2, "revision": 2}, value=1)]),
    "a repeated call is counted again": (False, "counter/1", [_UP, _line("get", {"count": 2, "revision": 2})]),
    "a maximum is kept": (True, "counter/1", [_UP, _line("up", _refused("COUNTER_OVERFLOW", count=1), value=3, max=3)]),
    "a maximum is not kept": (False, "counter/1", [_UP, _line("up", {"count": 4, "revision": 2}, value=3, max=3)]),
    "a condition holds": (
        True,
        "counter/1",
        [_UP, _line("verify_up", {"count": 2, "revision": 2}, value=1, verify="less", than=2)],
    ),
    "a condition is passed that does not hold": (
        False,
        "counter/1",
        [_UP, _line("verify_up", {"count": 2, "revision": 2}, value=1, verify="less", than=1)],
    ),
    "a counter is deleted": (
        True,
        "counter/1",
        [_UP, _line("delete", {"count": 1, "revision": 1}), _line("up", {"count": 1, "revision": 1}, value=1)],
    ),
    "a counter is reset by its time": (
        True,
        "resetting/1",
        [
            _line("up", {"count": 1, "revision": 1, "until": 1}, **_RESET),
            _line("up", {"count": 1, "revision": 3, "until": 2}, **_TOMORROW),
            _line("up", {"count": 2, "revision": 4, "until": 2}, **_RESET),
        ],
    ),
    "a counter is reset by a clock that is behind": (
        False,
        "resetting/1",
        [
            _line("up", {"count": 1, "revision": 1, "until": 2}, **_TOMORROW),
            _line("up", {"count": 1, "revision": 3, "until": 1}, **_RESET),
        ],
    ),
    "nobody knows which clock it was": (
        True,
        "resetting/1",
        [
            _line("up", {"count": 1, "revision": 1, "until": 1}, **_RESET),
            _line("up", {"count": 2, "revision": 2, "until": 1}, **_EITHER),
            _line("up", {"count": 1, "revision": 4, "until": 2}, **_EITHER),
        ],
    ),
    "an await is acquired once": (
        True,
        "await/1",
        [_line("acquire", {}), _line("acquire", _refused("AWAIT_NOT_FOUND"))],
    ),
    "a serial code is refused for too many guesses": (False, "code/1", [_line("use", _TOO_MANY, user="alice")]),
    "a used serial code is refused for too many guesses": (
        False,
        "code/1",
        [_USE, _line("use", _TOO_MANY, user="bob")],
    ),
    "a guess is refused, whatever it is": (
        True,
        "guesses/1",
        [_line("wrong", _TOO_MANY, **_LIMIT), _line("right", _TOO_MANY, **_LIMIT)],
    ),
    "guesses that are right cost nothing": (True, "guesses/1", [_line("right", {}, **_LIMIT)] * 5),
    "a guess that is right is not found": (False, "guesses/1", [_line("right", _refused("CODE_NOT_FOUND"), **_LIMIT)]),
    "a wrong code is accepted": (False, "guesses/1", [_line("wrong", {}, **_LIMIT)]),
    "a wrong code is refused for another reason": (
        False,
        "guesses/1",
        [_line("wrong", _refused("CODE_STATUS_INVALID", status="USED"), **_LIMIT)],
    ),
    "a guess without an answer told nothing": (
        True,
        "guesses/1",
        [_line("wrong", _UNKNOWN, at=(0, _OPEN), **_LIMIT), _told(1, 2), _told(2, 3)],
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
    "an await is acquired twice": (False, "await/1", [_line("acquire", {}), _line("acquire", {})]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_history_is_explained_or_not(program, tmp_path, name):
    """The verdict on the history of this name."""
    explained, of, lines = CASES[name]
    assert _check(program, tmp_path, of, lines) == explained
