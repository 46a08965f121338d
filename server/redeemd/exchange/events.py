"""Describes events about exchanges and awaits. A reply with a sheet has no event: nothing has happened yet."""

from typing import Any

from redeem.event.v1 import resources_pb2 as event_pb

from redeemd.event.recorder import EventDetails


def exchanged(call: Any, _plan: Any, reply: Any) -> EventDetails | None:
    """Describe an exchange."""
    return _exchange(call, reply)


def exchanged_incrementally(call: Any, _plan: Any, reply: Any) -> EventDetails | None:
    """Describe an exchange at a rising price."""
    return _exchange(call, reply, incremental=True)


def _exchange(call: Any, reply: Any, **more: bool) -> EventDetails | None:
    if reply.stamp_sheet:
        return None
    exchange = event_pb.Exchange(rate_name=call.request.rate_name, count=call.request.count, **more)
    return EventDetails({"exchange": exchange})


def acquired(call: Any, plan: Any, reply: Any) -> EventDetails | None:
    """Describe the acquisition of an await."""
    return None if reply.stamp_sheet else awaiting(call, plan, reply)


def awaiting(_call: Any, _plan: Any, reply: Any) -> EventDetails:
    """Describe the state of an await after a call."""
    item = reply.item
    fields = {"await_name": item.name, "rate_name": item.rate_name, "count": item.count}
    return EventDetails({"await": event_pb.Await(**fields, acquirable_at=item.acquirable_at)})
