"""What is asked of handlers and what they answer, whatever it travels on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from redeemd.transaction.registry import prefix_of

# The longest text of a handler that is passed on.
MESSAGE_CHARACTERS_MAX = 200


class Execution(NamedTuple):
    """What a handler is asked to execute. It is the same whenever the key is the same."""

    key: str
    kind: str  # verify, consume or acquire
    action: str
    request: str  # JSON
    user_id: str
    transaction_id: str
    created_at: int  # Unix milliseconds

    @property
    def prefix(self) -> str:
        """By which the handler is found."""
        return prefix_of(self.action)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call. `code` is the name of its status: OK, or why not."""

    code: str
    result: str = "{}"  # JSON, of an execution that is done
    message: str = ""  # of a refusal
    final: bool = False  # refused for good

    @property
    def done(self) -> bool:
        """Whether the handler did it."""
        return self.code == "OK"


class Handler(Protocol):
    """One handler. Its calls raise nothing."""

    async def execute(self, execution: Execution, attempt: int) -> Answer:
        """Have it execute an action."""

    async def execute_batch(self, executions: Sequence[tuple[Execution, int]]) -> Sequence[Answer]:
        """Have it execute actions in one call, each with the number of its attempt; answer what came of each."""

    async def cancel(self, execution: Execution, attempt: int) -> Answer:
        """Have it compensate an action. The response is either done or not done."""


def backoff_ms(attempts: int, *, seconds: float, seconds_max: float, jitter: float) -> int:
    """Answer how long to wait after so many attempts that failed. `jitter` from 0 to 1 takes up to a half off."""
    longest = min(seconds_max, seconds * 2.0 ** min(attempts - 1, 60))
    return int(longest * (1 - jitter / 2) * 1000)
