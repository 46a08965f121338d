"""Transactions during which something else happens, while a handler is busy with an action of theirs."""

import asyncio

import pytest
from redeem.transaction.v1 import requests_pb2 as pb
from support.exchanges import outcome
from support.handler import until
from support.patience import WAIT_SECONDS
from support.sagas import balance, make_ready, no_saga_left, rate, take, world


@pytest.fixture
def deadline_seconds():
    """The test decides when the handler responds, not the deadline."""
    return min(WAIT_SECONDS, 60)  # the most that the configuration allows


@pytest.fixture(autouse=True)
async def ready_to_give(exchanges):
    """Alice has a counter to be counted down."""
    await make_ready(exchanges)


async def test_a_call_that_is_fenced_meanwhile_is_compensated(exchanges, handler):
    """GetOutcome with fence wins over a call that waits for a handler."""
    await world(exchanges, handler)
    handler.script("ok", "held")
    call = asyncio.create_task(outcome(exchanges.buy(duplication_avoider="k")))
    await until(lambda: len(handler.calls()) >= 2)
    service = exchanges.service
    request = pb.GetOutcomeRequest(
        service="redeem.exchange.v1.ExchangeService",
        method="Exchange",
        namespace_name=exchanges.name,
        user_id="alice",
        key="k",
        fence=True,
    )
    assert (await service.transactions.GetOutcome(request, metadata=service.admin)).outcome == pb.OUTCOME_FENCED
    handler.release()
    assert await call == "CALL_FENCED"
    await no_saga_left(exchanges)
    assert await balance(exchanges, handler) == (100, 0, 0, 0)


async def test_what_changes_meanwhile_compensates_all_of_it(exchanges, handler):
    """A local action that refuses only when the handler has executed; and a rate that is another by then."""
    await world(exchanges, handler, consumeActions=[exchanges.up(maxValue=1), take()])
    handler.script("held")
    call = asyncio.create_task(outcome(exchanges.buy()))
    await until(handler.calls)
    await exchanges.limits.up(counter="bought", limit="ever")
    handler.release()
    assert await call == "COUNTER_OVERFLOW"
    await no_saga_left(exchanges)
    await exchanges.put_in_force(rate(exchanges, verifyActions=[], consumeActions=[take(20)]))
    handler.script("held")
    before = len(handler.calls("Execute"))
    call = asyncio.create_task(outcome(exchanges.buy()))
    await until(lambda: len(handler.calls("Execute")) > before)
    await exchanges.put_in_force(rate(exchanges, verifyActions=[], consumeActions=[take(30)]))
    handler.release()
    assert await call == "CONFLICT"
    await no_saga_left(exchanges)
    assert await balance(exchanges, handler) == (100, 0, 1, 0)


async def test_the_call_of_a_caller_who_leaves_is_finished(exchanges, handler):
    """All of it happens, although nobody waits for the response."""
    await world(exchanges, handler)
    handler.script("held")
    call = asyncio.create_task(exchanges.buy())
    await until(handler.calls)
    call.cancel()
    handler.release()
    await until(lambda: handler.items("alice"))
    await no_saga_left(exchanges)
    assert await balance(exchanges, handler) == (90, 1, 1, 1)
