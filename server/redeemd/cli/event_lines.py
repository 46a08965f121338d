"""Events as commands print them: as members of JSON, and as lines for people."""

from datetime import UTC, datetime
from typing import cast

from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2

from redeemd.cli.results import members
from redeemd.contract.options import spelling

_KIND = options_pb2.EventKind.DESCRIPTOR
KINDS = {
    spelling(_KIND, number): cast("options_pb2.EventKind", number)
    for number in options_pb2.EventKind.values()
    if number
}


def moment(event: Event) -> str:
    """Return the time of an event, in UTC."""
    return datetime.fromtimestamp(event.at / 1000, UTC).isoformat(timespec="milliseconds")


def kind_of(event: Event) -> str:
    """Return the kind of an event, as the documented JSON spells it."""
    return spelling(_KIND, event.kind)


def members_of(event: Event) -> dict[str, object]:
    """Return the members of an event in the documented JSON, its time first."""
    found = members(event)
    del found["cursor"]
    return {"time": moment(event), **found}


def campaign_of(event: Event) -> str:
    """Return the campaign that an event is about; empty if it is about none."""
    about = event.WhichOneof("about")
    return getattr(getattr(event, about), "campaign_model_name", "") if about else ""


def change_of(event: Event) -> str:
    """Return what an event is about as `name=value`, separated by spaces."""
    about = event.WhichOneof("about")
    found = members(getattr(event, about)) if about else {}
    return " ".join(f"{name}={_shown(value)}" for name, value in found.items())


def by(event: Event) -> str:
    """Return who caused an event, as a part of a line."""
    return f"by {event.actor}" * bool(event.actor)


def line(*parts: str) -> str:
    """Return the parts that are not empty as a line, without what could move the cursor of a terminal."""
    text = "  ".join(filter(None, parts))
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
