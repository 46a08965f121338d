"""Plans for people and for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence

from redeemd.cli.templates.planning import Outcome, Step
from redeemd.cli.templates.template import Resource

CHANGES_SHOWN_MAX = 100  # of a resource; programs get all

_SIGNS = {Outcome.CREATE: "+", Outcome.CHANGE: "~", Outcome.UNCHANGED: "="}


def lines(steps: Sequence[Step], others: Sequence[Resource]) -> Iterator[str]:
    """Yield the lines of a plan."""
    for step in steps:
        yield title(step)
        for change in step.changes[:CHANGES_SHOWN_MAX]:
            yield f"    {change.line()}"
        if len(step.changes) > CHANGES_SHOWN_MAX:
            yield f"    and {len(step.changes) - CHANGES_SHOWN_MAX:,} more changes"
        for action in step.not_here:
            yield f"    ! {action} is not here: what would run it is refused"
    for resource in others:
        yield f"! {resource.type} ({resource.name}) belongs to another service and is not applied"
    counts = Counter(step.outcome for step in steps)
    parts = [f"{counts[Outcome.CREATE]} to create", f"{counts[Outcome.CHANGE]} to change"]
    yield ", ".join(
        [*parts, f"{counts[Outcome.UNCHANGED]} unchanged", *([f"{len(others)} not applied"] if others else [])]
    )


def title(step: Step) -> str:
    """Return the line of a step without its changes."""
    resource = step.place.resource
    return f"{_SIGNS[step.outcome]} {resource.type} {step.place.namespace} ({resource.name})"


def json_of_step(step: Step, *, applied: bool) -> dict[str, object]:
    """Return a step as JSON."""
    return {
        "resource": step.place.resource.name,
        "type": step.place.resource.type,
        "namespaceName": step.place.namespace,
        "outcome": step.outcome.value,
        "applied": applied,
        "changes": [change.members() for change in step.changes],
        **({"actionsNotHere": list(step.not_here)} if step.not_here else {}),
    }


def json_of_other(resource: Resource) -> dict[str, object]:
    """Return a resource of another service as JSON."""
    return {"resource": resource.name, "type": resource.type, "outcome": "notApplied", "applied": False}
