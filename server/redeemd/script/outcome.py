"""The outcome of a run of a script."""

from enum import StrEnum
from typing import NamedTuple


class Problem(StrEnum):
    """Why a script has no usable result, as in SCRIPT_FAILED."""

    ERROR = "error"
    STEPS = "steps"
    MEMORY = "memory"
    NESTING = "nesting"
    ARGUMENTS = "arguments"
    RESULT = "result"


class ScriptAction(NamedTuple):
    """An action that a script adds: its kind, its name and its request as JSON text."""

    kind: str
    name: str
    request: str


class Outcome(NamedTuple):
    """The result of a script that succeeded; members that it does not have are None.

    Values are as the script left them, and of any type: see redeemd.script.results.
    """

    permit: object = None
    rate_mode: object = None
    rate: object = None
    log_rate: object = None
    cost: object = None
    log_cost: object = None
    actions: tuple[ScriptAction, ...] = ()


class Usage(NamedTuple):
    """The steps and bytes that a run used, and its output."""

    steps: int
    bytes: int
    printed: str = ""


class Failure(Exception):
    """A script failed, exceeded a limit, or has no usable result."""

    def __init__(self, problem: Problem, detail: str, usage: Usage | None = None) -> None:
        super().__init__(detail)
        self.problem = problem
        self.detail = detail
        self.usage = usage


class Refusal(Exception):
    """A script called `fail`."""

    def __init__(self, status_code: str, message: str, usage: Usage) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.usage = usage
