"""The report on codes that are to be imported."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

PROBLEMS_TOLD_MAX = 1000


class Problem(IntEnum):
    """The problems that a code can have; numbers as in ImportProblemKind."""

    DUPLICATE = 1
    CONFLICT = 2
    SERIAL_KEY = 3
    CAMPAIGN_NAME = 4
    WHITE_SPACE = 5
    NO_CHARACTERS = 6
    STATE = 7


Found = tuple[int, Problem]  # the position of a code in the call, and its problem


class Here(NamedTuple):
    """The state of a code that is here."""

    status: int
    used_user_id: str | None
    used_at: int | None


@dataclass
class Report:
    """The number of codes received, and their problems.

    `counts` counts all problems; `problems` holds the first PROBLEMS_TOLD_MAX, in the order of the codes. `here` has
    the states of those of them that are here in another one, by position. `unchanged` counts the codes that are here in
    the same state, `used` those that are here and become used.
    """

    received: int = 0
    unchanged: int = 0
    used: int = 0
    counts: Counter[Problem] = field(default_factory=Counter)
    problems: list[Found] = field(default_factory=list)
    here: dict[int, Here] = field(default_factory=dict)

    def add(self, found: Sequence[Found]) -> None:
        """Add problems."""
        self.counts.update(problem for _, problem in found)
        if found:
            self.problems = sorted([*self.problems, *found])[:PROBLEMS_TOLD_MAX]

    def differ(self, here: Mapping[int, Here]) -> None:
        """Add codes that are here in another state, by position."""
        self.add([(position, Problem.STATE) for position in here])
        told = {position for position, _ in self.problems}
        self.here = {position: state for position, state in {**self.here, **here}.items() if position in told}
