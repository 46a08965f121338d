"""The form that switches a campaign or a batch on and off."""

from redeem.serialkey.v1 import resources_pb2 as resources

from redeemd.console.visit import Visit


def availability(visit: Visit) -> resources.Availability:
    """Return what a form switches to."""
    on = visit.form.get("to") == "on"
    return resources.AVAILABILITY_ACTIVE if on else resources.AVAILABILITY_INACTIVE
