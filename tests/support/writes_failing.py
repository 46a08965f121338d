"""Calls of which every statement fails once."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from support.service import Dump, Service, read_refusal

Attempt = Callable[..., Awaitable[Any]]


async def fail_at_each_statement(
    service: Service, call: Callable[[], Awaitable[Any]], name: str = ""
) -> tuple[Any, int]:
    """Make a call fail at each of its statements, and before it commits, then let it succeed.

    Return its reply and how many statements failed. Each failure must be refused as NOT_COMMITTED and change nothing.
    The tables are compared once after all failures of the first writing body: a change by any of them is still there.
    """
    attempt = functools.partial(_attempt, service, call, name)
    before = await service.dump()
    failed = await _fail_in_first_body(service, attempt, before, name)
    while (reply := await attempt(failed + 1)) is None:  # a statement that only later bodies have
        failed += 1
        assert await service.dump() == before, f"{name} failing at statement {failed}"
    assert failed, f"{name} ran no statement"
    return reply, failed


async def _fail_in_first_body(service: Service, attempt: Attempt, before: Dump, name: str) -> int:
    """Fail at each statement of the first writing body, then at its end; return how many statements failed.

    With autocommit that is the first one: the effect of such a body may be committed before its end.
    """
    faults, failed, at_end = service.faults, 0, False
    while not at_end:
        assert await attempt(failed + 1, first_body=True) is None, f"{name} ran no statement"
        failed += 1
        at_end = faults.failed_at_end or faults.autocommit
    if await service.dump() != before:
        await _name_the_statement(service, attempt, failed, name)
    return failed if faults.autocommit else failed - 1


async def _attempt(
    service: Service, call: Callable[[], Awaitable[Any]], name: str, place: int, *, first_body: bool = False
) -> Any:
    """Make a call that fails at a statement; return its reply, or None if it failed. With `first_body`, only the first
    writing body fails, and at its end if it has fewer statements."""
    faults = service.faults
    faults.bodies, faults.fail_at = 0, place
    faults.fail_in, faults.or_at_end = (1, True) if first_body else (None, False)
    try:
        return await call()
    except grpc.aio.AioRpcError as error:
        refusal = read_refusal(error)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_COMMITTED"), name
        assert refusal.retry
        return None
    finally:
        faults.fail_in, faults.fail_at, faults.or_at_end = None, None, False


async def _name_the_statement(service: Service, attempt: Attempt, last: int, name: str) -> None:
    """Repeat the failures with a dump after each, to say which of them changes something."""
    for place in range(1, last + 1):
        before = await service.dump()
        await attempt(place, first_body=True)
        assert await service.dump() == before, f"{name} failing at statement {place} changed something"
    raise AssertionError(f"{name} failing at one of its statements changed something, but not again")
