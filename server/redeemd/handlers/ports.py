"""The requests to handlers and their replies, independent of the transport."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from redeemd.base.trace import Trace
from redeemd.transaction.definition import prefix_of

# Longer texts of handlers are cut before they reach callers.
MESSAGE_CHARACTERS_MAX = 200


class Execution(NamedTuple):
    """An action for a handler to execute. Executions with the same key are equal."""

    key: str
    kind: str  # verify, consume or acquire
    action: str
    request: str  # JSON
    user_id: str
    transaction_id: str
    created_at: int  # Unix milliseconds

    @property
    def prefix(self) -> str:
        """The part of the action's name that selects the handler."""
        return prefix_of(self.action)


@dataclass(frozen=True, slots=True)
class HandlerReply:
    """The outcome of a call. `code` is the name of its gRPC status."""

    code: str
    result: str = "{}"  # JSON, of an execution that is done
    message: str = ""  # of a refusal
    final: bool = False  # refused for good

    @property
    def done(self) -> bool:
        """Whether the handler executed the action."""
        return self.code == "OK"


class Executor(Protocol):
    """What executes the deliveries of a prefix. Its calls raise nothing."""

    async def execute(self, execution: Execution, attempt: int, trace: Trace | None = None) -> HandlerReply:
        """Execute an action, as a part of a trace if there is one."""

    async def execute_batch(self, executions: Sequence[tuple[Execution, int]]) -> Sequence[HandlerReply]:
        """Execute actions in one call, each with the number of its attempt. Return an outcome for each."""


class Handler(Executor, Protocol):
    """One handler. Its calls raise nothing."""

    async def cancel(self, execution: Execution, attempt: int) -> HandlerReply:
        """Compensate an action. The outcome is either done or not done."""
