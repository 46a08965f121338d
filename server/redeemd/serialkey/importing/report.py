"""The report on codes that are to be imported."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

PROBLEMS_TOLD_MAX = 1000


class Problem(IntEnum):
    """The problems that a code can have; numbers as in ImportProblemKind."""

    DUPLICATE = 1
    CONFLICT = 2
    SERIAL_KEY = 3
    CAMPAIGN_NAME = 4
    WHITE_SPACE = 5
    NO_CHARACTERS = 6


Found = tuple[int, Problem]  # the position of a code in the call, and its problem


@dataclass
class Report:
    """The number of codes received, and their problems.

    `counts` counts all problems; `problems` holds the first PROBLEMS_TOLD_MAX, in the order of the codes.
    """

    received: int = 0
    counts: Counter[Problem] = field(default_factory=Counter)
    problems: list[Found] = field(default_factory=list)

    def add(self, found: Sequence[Found]) -> None:
        """Add problems."""
        self.counts.update(problem for _, problem in found)
        if found:
            self.problems = sorted([*self.problems, *found])[:PROBLEMS_TOLD_MAX]
