"""Describes events about counters."""

from typing import Any

from redeem.event.v1.resources_pb2 import Counting

from redeemd.event.recorder import EventDetails


def counted_up(call: Any, _plan: Any, _reply: Any) -> EventDetails:
    """Describe counting up; the statement adds the new count and revision."""
    request = call.request
    return _changed(request, request.count_up_value if request.HasField("count_up_value") else 1)


def counted_down(call: Any, _plan: Any, _reply: Any) -> EventDetails:
    """Describe counting down; the statement adds the new count and revision."""
    request = call.request
    return _changed(request, -(request.count_down_value if request.HasField("count_down_value") else 1))


def _changed(request: Any, change: int) -> EventDetails:
    counting = Counting(limit_name=request.limit_name, counter_name=request.counter_name, change=change)
    return EventDetails({"counting": counting})


def deleted(_call: Any, _plan: Any, reply: Any) -> EventDetails:
    """Describe the removal of a counter."""
    item = reply.item
    counting = Counting(
        limit_name=item.limit_name, counter_name=item.name, count=item.count, deleted=True, revision=item.revision
    )
    return EventDetails({"counting": counting})
