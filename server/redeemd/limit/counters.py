"""Counters, and what identifies one."""

from dataclasses import dataclass
from typing import NamedTuple

from redeemd.store.base import Row


class CounterName(NamedTuple):
    """Identifies one counter of one player."""

    namespace_id: int
    user_id: str
    limit_name: str
    name: str

    def key(self) -> dict[str, int | str]:
        """Return the name as parameters of a query."""
        return {
            "namespace_id": self.namespace_id,
            "user_id": self.user_id,
            "limit_name": self.limit_name,
            "name": self.name,
        }


@dataclass(frozen=True, slots=True)
class CounterPosition:
    """A position among a player's counters, which are ordered by creation, limit and name."""

    created_at: int = -1
    limit_name: str = ""
    name: str = ""

    @classmethod
    def of(cls, counter: "Counter | Row") -> "CounterPosition":
        """Return the position of a counter."""
        if isinstance(counter, Counter):
            return cls(counter.created_at or 0, counter.limit_name, counter.name)
        return cls(counter["created_at"], counter["limit_name"], counter["name"])

    @classmethod
    def parse(cls, text: str) -> "CounterPosition":
        """Parse the result of `str`; names contain no slash. Raises ValueError."""
        created_at, limit_name, name = text.split("/") if text else ("-1", "", "")
        return cls(int(created_at), limit_name, name)

    def __str__(self) -> str:
        return f"{self.created_at}/{self.limit_name}/{self.name}"


class Counter(NamedTuple):
    """A counter at a given time: its count is 0 once its reset has passed."""

    limit_name: str
    name: str
    user_id: str
    count: int  # type: ignore[assignment]  # tuple.count is not used
    next_reset_at: int | None
    created_at: int | None  # None for a counter that was never counted
    updated_at: int | None
    revision: int
