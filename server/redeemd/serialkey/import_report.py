"""What was found in codes that were to be imported."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

PROBLEMS_TOLD_MAX = 1000


class Problem(IntEnum):
    """What can be wrong with a code; numbers as in ImportProblemKind."""

    DUPLICATE = 1
    CONFLICT = 2
    SERIAL_KEY = 3
    CAMPAIGN_NAME = 4
    WHITE_SPACE = 5


Found = tuple[int, Problem]  # the place of a code in the call, and what is wrong with it


@dataclass
class Report:
    """What was found. problems holds the first PROBLEMS_TOLD_MAX, in the order of the codes."""

    received: int = 0
    counts: Counter[Problem] = field(default_factory=Counter)
    problems: list[Found] = field(default_factory=list)

    def add(self, found: Sequence[Found]) -> None:
        """Note problems."""
        self.counts.update(problem for _, problem in found)
        if found:
            self.problems = sorted([*self.problems, *found])[:PROBLEMS_TOLD_MAX]
