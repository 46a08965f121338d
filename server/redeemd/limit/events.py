"""Describes events about counters."""

import functools

from redeem.event.v1.resources_pb2 import Counting, Event
from redeem.limit.v1 import requests_pb2 as pb

from redeemd.event.recorder import EventDetails, details
from redeemd.rpc.call import Call

_CACHE_MAX = 10_000

CountUpRequest = pb.CountUpRequest | pb.CountUpByUserIdRequest


def counted_up(call: Call[CountUpRequest], _plan: object, _reply: object) -> EventDetails:
    """Describe counting up; the statement adds the new count and revision."""
    request = call.request
    return EventDetails(change_of(request.limit_name, request.counter_name, value_up(request)))


def counted_down(call: Call[pb.CountDownByUserIdRequest], _plan: object, _reply: object) -> EventDetails:
    """Describe counting down; the statement adds the new count and revision."""
    request = call.request
    return EventDetails(change_of(request.limit_name, request.counter_name, -value_down(request)))


@functools.lru_cache(maxsize=_CACHE_MAX)
def change_of(limit_name: str, counter_name: str, change: int) -> bytes:
    """Return a serialized Event with the details of a change: see redeemd.event.method_events."""
    counting = Counting(limit_name=limit_name, counter_name=counter_name, change=change)
    return Event(counting=counting).SerializeToString()


def value_up(request: CountUpRequest) -> int:
    """Return how much a request counts up."""
    return request.count_up_value if request.HasField("count_up_value") else 1


def most_of(request: CountUpRequest) -> int | None:
    """Return the count that a request may not exceed, if it states one."""
    return request.max_value if request.HasField("max_value") else None


def value_down(request: pb.CountDownByUserIdRequest) -> int:
    """Return how much a request counts down."""
    return request.count_down_value if request.HasField("count_down_value") else 1


def deleted(_call: Call[object], _plan: object, reply: pb.DeleteCounterByUserIdResponse) -> EventDetails:
    """Describe the removal of a counter."""
    item = reply.item
    counting = Counting(
        limit_name=item.limit_name, counter_name=item.name, count=item.count, deleted=True, revision=item.revision
    )
    return details(counting=counting)
