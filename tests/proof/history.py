"""Writes what happened, a line of JSON for each object that a call was about; and what may never happen."""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proof import observed
from proof.calls import Call, Part
from proof.plan import Plan


def now_ns():
    """Return the time of a clock that all processes of a machine share."""
    return time.monotonic_ns()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of one attempt to send a call: ok, refused, nothing or unknown."""

    outcome: str
    begin: int
    end: int
    reply: Any = None
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


class History:
    """The history of one process of clients."""

    def __init__(self, plan: Plan, folder: Path, name: str):
        self._plan = plan
        self._name = name
        self._folder = folder
        self._file = (folder / f"history-{name}.jsonl").open("w")
        self._number = 0
        self.outcomes: Counter[str] = Counter()
        self.anomalies: list[str] = []

    def ok(self, client, call: Call, begin, end, reply):
        """Note a call that got a response."""
        self.outcomes[f"{call.name}|ok"] += 1
        for part in self._numbered(call.parts):
            self.write(client, part, begin, end, {"outcome": "ok"} | observed.answered(self._plan, part, reply))

    def refused(self, client, call: Call, attempt: Attempt):
        """Note a refusal. It reports one object only: the others were not looked at, or were rolled back."""
        self.outcomes[f"{call.name}|refused {attempt.reason}"] += 1
        if attempt.reason in call.no_part:
            return
        part = observed.part_of_refusal(self._numbered(call.parts), attempt.metadata)
        if part is None:
            self.anomaly(f"{call.name}: refused with {attempt.reason} by {attempt.metadata.get('action_path')}")
            return
        said = {"outcome": "refused"} | observed.refused(attempt.reason, attempt.metadata)
        self.write(client, part, attempt.begin, attempt.end, said)

    def unknown(self, client, call: Call, begin):
        """Note a call of which nobody knows whether it was done, or will be."""
        self.outcomes[f"{call.name}|unknown"] += 1
        for part in self._numbered(call.parts) if call.writes else ():
            self.write(client, part, begin, None, {"outcome": "unknown"})

    def nothing(self, call: Call, how):
        """Note a call that changed nothing, and reported nothing."""
        self.outcomes[f"{call.name}|{how}"] += 1

    def anomaly(self, text):
        """Note what may never happen, whatever the history."""
        self.anomalies.append(text)

    def _numbered(self, parts):
        self._number += 1
        return parts

    def write(self, client, part: Part, begin, end, answer):
        """Write a line."""
        op = part.op if part.tick is None else part.op | {"period": observed.periods(self._plan, part, begin, end)}
        line = {
            "call": f"{self._name}-{self._number}",
            "client": client,
            "object": part.object,
            "op": op,
            "answer": answer,
            "begin": begin,
        }
        if end is not None:
            line["end"] = end
        self._file.write(json.dumps(line) + "\n")

    def close(self):
        """Finish the file; write the counts beside it."""
        self._file.close()
        counts = {"outcomes": self.outcomes, "anomalies": self.anomalies}
        (self._folder / f"counts-{self._name}.json").write_text(json.dumps(counts))
