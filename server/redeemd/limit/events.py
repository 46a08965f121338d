"""Describes events about counters."""

from redeem.event.v1.resources_pb2 import Counting
from redeem.limit.v1 import requests_pb2 as pb

from redeemd.event.recorder import EventDetails
from redeemd.rpc.call import Call

CountUpRequest = pb.CountUpRequest | pb.CountUpByUserIdRequest


def counted_up(call: Call[CountUpRequest], _plan: object, _reply: object) -> EventDetails:
    """Describe counting up; the statement adds the new count and revision."""
    request = call.request
    return _changed(request, request.count_up_value if request.HasField("count_up_value") else 1)


def counted_down(call: Call[pb.CountDownByUserIdRequest], _plan: object, _reply: object) -> EventDetails:
    """Describe counting down; the statement adds the new count and revision."""
    request = call.request
    return _changed(request, -(request.count_down_value if request.HasField("count_down_value") else 1))


def _changed(request: CountUpRequest | pb.CountDownByUserIdRequest, change: int) -> EventDetails:
    counting = Counting(limit_name=request.limit_name, counter_name=request.counter_name, change=change)
    return EventDetails({"counting": counting})


def deleted(_call: Call[object], _plan: object, reply: pb.DeleteCounterByUserIdResponse) -> EventDetails:
    """Describe the removal of a counter."""
    item = reply.item
    counting = Counting(
        limit_name=item.limit_name, counter_name=item.name, count=item.count, deleted=True, revision=item.revision
    )
    return EventDetails({"counting": counting})
