"""Histories that tests write."""

import itertools
import json

from proof import checker

OPEN = None
UNKNOWN = {"outcome": "unknown"}


def line(kind, answer, *, at=None, **op):
    """Return an operation from a first to a last moment; those without follow each other."""
    return {"op": {"kind": kind, **op}, "answer": {"outcome": "ok"} | answer, "at": at}


def check(program, folder, name, lines):
    """Return whether the checker explains a history of an object, whose name is kind/name."""
    moments = itertools.count(0, 10)
    with (folder / "history-0.jsonl").open("w") as file:
        for each in lines:
            begin, end = each["at"] or (next(moments), next(moments))
            interval = {"begin": begin} if end is OPEN else {"begin": begin, "end": end}
            file.write(json.dumps(each | {"object": name, "client": 0, "call": ""} | interval) + "\n")
    report = checker.check(program, folder)
    assert report["undecided"] == []
    assert sum(report["operations"].values()) == len(lines)
    return not report["anomalies"]


def refused(reason, **said):
    """Return the answer of a refusal."""
    return {"outcome": "refused", "reason": reason, **said}
