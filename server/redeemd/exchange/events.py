"""Describes events about exchanges and awaits. A reply with a sheet has no event: nothing has happened yet."""

from redeem.event.v1 import resources_pb2 as event_pb
from redeem.exchange.v1 import requests_pb2 as pb

from redeemd.event.recorder import EventDetails, details
from redeemd.rpc.call import Call

ExchangeRequest = pb.ExchangeRequest | pb.ExchangeByUserIdRequest
IncrementalRequest = pb.IncrementalExchangeRequest | pb.IncrementalExchangeByUserIdRequest
_ExchangeReply = pb.ExchangeResponse | pb.ExchangeByUserIdResponse
_IncrementalReply = pb.IncrementalExchangeResponse | pb.IncrementalExchangeByUserIdResponse
_AcquireReply = pb.AcquireResponse | pb.AcquireByUserIdResponse | pb.AcquireForceByUserIdResponse
_AwaitReply = (
    _AcquireReply
    | pb.CreateAwaitByUserIdResponse
    | pb.SkipByUserIdResponse
    | pb.DeleteAwaitResponse
    | pb.DeleteAwaitByUserIdResponse
)


def exchanged(call: Call[ExchangeRequest], _plan: object, reply: _ExchangeReply) -> EventDetails | None:
    """Describe an exchange."""
    return _exchange(call, reply)


def exchanged_incrementally(
    call: Call[IncrementalRequest], _plan: object, reply: _IncrementalReply
) -> EventDetails | None:
    """Describe an exchange at a rising price."""
    return _exchange(call, reply, incremental=True)


def _exchange(
    call: Call[ExchangeRequest | IncrementalRequest], reply: _ExchangeReply | _IncrementalReply, **more: bool
) -> EventDetails | None:
    if reply.stamp_sheet:
        return None
    exchange = event_pb.Exchange(rate_name=call.request.rate_name, count=call.request.count, **more)
    return details(exchange=exchange)


def acquired(call: Call[object], plan: object, reply: _AcquireReply) -> EventDetails | None:
    """Describe the acquisition of an await."""
    return None if reply.stamp_sheet else awaiting(call, plan, reply)


def awaiting(_call: Call[object], _plan: object, reply: _AwaitReply) -> EventDetails:
    """Describe the state of an await after a call."""
    item = reply.item
    state = event_pb.Await(
        await_name=item.name, rate_name=item.rate_name, count=item.count, acquirable_at=item.acquirable_at
    )
    return details(**{"await": state})
