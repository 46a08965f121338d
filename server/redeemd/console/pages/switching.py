"""The form that switches a campaign or a batch on and off."""

from redeem.serialkey.v1 import resources_pb2 as resources

from redeemd.console.visit import Visit


def availability(visit: Visit) -> resources.Availability:
    """Return what a form switches to."""
    return resources.AVAILABILITY_ACTIVE if _is_on(visit) else resources.AVAILABILITY_INACTIVE


def report(visit: Visit, *, on: str, off: str) -> None:
    """Show the text of what a form switched to, given in English."""
    visit.say(on if _is_on(visit) else off)


def _is_on(visit: Visit) -> bool:
    return visit.form.get("to") == "on"
