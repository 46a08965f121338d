"""Runs one script outside a server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from redeemd.script import bounds, sources
from redeemd.script.errors import ScriptFailed, ScriptRefused
from redeemd.script.literal import Value
from redeemd.script.outcome import Failure, Outcome, Refusal, Usage
from redeemd.script.sandbox import Arguments, Origin, Sandbox
from redeemd.script.scripts import EXTRA_MISSING, longest_text
from redeemd.script.sources import Name


class Trial(NamedTuple):
    """A run. `refusal` is the reason with which the server would refuse the call; `detail` explains it."""

    result: Mapping[str, object]
    actions: Sequence[Mapping[str, str]]
    printed: str
    steps: int
    steps_max: int
    bytes: int
    bytes_max: int
    version: str
    refusal: str | None = None
    detail: str | None = None


def run(path: Path, arguments: Mapping[str, Value], *, seed: str, now: int, after: bool = False) -> Trial:
    """Run the script in a file; with `after`, as one after an event.

    Raises OSError, or ValueError for what is no script.
    """
    try:
        sandbox = Sandbox()
    except ImportError:
        raise ValueError(EXTRA_MISSING) from None
    try:
        source = sources.of_file(Name(path.absolute().parent.name, path.stem), path)
        script = sandbox.compile(source)
    except ValueError as problem:
        raise ValueError(f"{path}: {problem}") from None
    refusal = detail = None
    outcome, usage = Outcome(), None
    try:
        longest = max(longest_text(arguments), source.longest_line)
        outcome, usage = sandbox.run(
            script,
            Arguments(None, arguments, longest),
            Origin.of(seed, now * 1000),
            printing=True,
            result_ignored=after,
        )
    except Refusal as refused:
        refusal, detail, usage = ScriptRefused.reason, f"{refused.status_code} {refused.message}", refused.usage
    except Failure as failure:
        refusal, detail, usage = ScriptFailed.reason, f"{failure.problem}: {failure.detail}", failure.usage
    return _trial(outcome, usage or Usage(0, 0), source.version, refusal, detail)


def _trial(outcome: Outcome, usage: Usage, version: str, refusal: str | None, detail: str | None) -> Trial:
    named = {
        "permit": outcome.permit,
        "rateMode": outcome.rate_mode,
        "rate": outcome.rate,
        "logRate": outcome.log_rate,
        "cost": outcome.cost,
        "logCost": outcome.log_cost,
    }
    return Trial(
        {name: _shown(value) for name, value in named.items() if value is not None},
        [{"kind": each.kind, "action": each.name, "request": each.request} for each in outcome.actions],
        usage.printed,
        usage.steps,
        bounds.STEPS_MAX,
        usage.bytes,
        bounds.MEMORY_BYTES_MAX,
        version,
        refusal,
        detail,
    )


def _shown(value: object) -> object:
    return value if isinstance(value, bool | int | float | str) else "(a table or a function)"
