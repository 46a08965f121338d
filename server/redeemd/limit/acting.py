"""The Limit service's actions, performed without calls (see redeemd.transaction.acting)."""

from typing import Protocol

from google.protobuf.message import Message
from redeem.limit.v1 import requests_pb2 as pb
from redeem.limit.v1 import resources_pb2

from redeemd.contract import documented_json
from redeemd.limit import counting, events, render
from redeemd.limit.counters import Counter, CounterName
from redeemd.limit.models import ModelCache
from redeemd.limit.scripted import CountUpScript
from redeemd.resources.namespaces import Namespaces
from redeemd.resources.resource import Grns
from redeemd.script.scripts import Scripts
from redeemd.transaction.acting import Acting
from redeemd.transaction.action import ActionResult
from redeemd.transaction.after_scripts import AfterScripts

_counter_text = documented_json.renderer(resources_pb2.Counter)


class Counters(Protocol):
    """The servicer, as far as it is needed here."""

    namespaces: Namespaces
    models: ModelCache
    grns: Grns
    scripts: Scripts
    after_scripts: AfterScripts


async def verify(limits: Counters, acting: Acting[pb.VerifyCounterByUserIdRequest]) -> ActionResult | None:
    """Compare a counter."""
    request = acting.request
    name = _name(limits, request)
    if name is None:
        return None
    call = acting.call
    counter = await counting.verify(call.tx, name, verify_type=request.verify_type, count=request.count, now=call.now)
    return _result(limits, request, counter, pb.VerifyCounterByUserIdResponse)


async def count_up(limits: Counters, acting: Acting[pb.CountUpByUserIdRequest]) -> ActionResult | None:
    """Count up."""
    request = acting.request
    name = _name(limits, request)
    if name is None:
        return None
    value = events.value_up(request)
    tx = acting.recording(events.change_of(name.limit_name, name.name, value))
    permit = CountUpScript(
        limits.scripts,
        limits.after_scripts,
        limits.grns,
        request,
        acting.call,
        in_transaction=True,
        issuer=acting.shared,
    )
    counter = await counting.count_up(
        tx, name, limits.models, value=value, max_value=events.most_of(request), now=acting.call.now, permit=permit
    )
    return _result(limits, request, counter, pb.CountUpByUserIdResponse)


async def count_down(limits: Counters, acting: Acting[pb.CountDownByUserIdRequest]) -> ActionResult | None:
    """Count down."""
    request = acting.request
    name = _name(limits, request)
    if name is None:
        return None
    value = events.value_down(request)
    tx = acting.recording(events.change_of(name.limit_name, name.name, -value))
    counter = await counting.count_down(tx, name, limits.models, value=value, now=acting.call.now)
    return _result(limits, request, counter, pb.CountDownByUserIdResponse)


_Request = pb.VerifyCounterByUserIdRequest | pb.CountUpByUserIdRequest | pb.CountDownByUserIdRequest


def _name(limits: Counters, request: _Request) -> CounterName | None:
    """Return the counter that a request names; None if its namespace is not cached."""
    namespace = limits.namespaces.cached(request.namespace_name)
    if namespace is None:
        return None
    return CounterName(namespace.namespace_id, request.user_id, request.limit_name, request.counter_name)


def _result(limits: Counters, request: _Request, counter: Counter, reply_type: type[Message]) -> ActionResult:
    fields = render.counter(limits.grns, request.namespace_name, counter)
    return ActionResult(f'{{"item":{_counter_text(fields)}}}', lambda: reply_type(item=fields))
