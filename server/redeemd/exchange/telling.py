"""What events about exchanges and awaits say."""

from typing import Any

from redeem.event.v1 import resources_pb2 as event_pb

from redeemd.event.telling import About


def exchanged(call: Any, _plan: Any, _reply: Any) -> About:
    """Describe an exchange."""
    exchange = event_pb.Exchange(rate_name=call.request.rate_name, count=call.request.count)
    return About({"exchange": exchange})


def exchanged_incrementally(call: Any, _plan: Any, _reply: Any) -> About:
    """Describe an exchange at a rising price."""
    exchange = event_pb.Exchange(rate_name=call.request.rate_name, count=call.request.count, incremental=True)
    return About({"exchange": exchange})


def awaiting(_call: Any, _plan: Any, reply: Any) -> About:
    """Describe what became of an await."""
    item = reply.item
    fields = {"await_name": item.name, "rate_name": item.rate_name, "count": item.count}
    return About({"await": event_pb.Await(**fields, acquirable_at=item.acquirable_at)})
