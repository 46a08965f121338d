"""Calls of which every statement fails once."""

import grpc

from support.service import read_refusal


async def fail_at_each_statement(service, call, name=""):
    """Make a call with its first statement failing, its second, and so on, until it runs to its end; answer its answer
    and how many statements failed. Expects each failure to be told as one that committed nothing, and to be one."""
    before = await service.dump()
    failed = 0
    while True:
        service.faults.fail_at = failed + 1
        try:
            answer = await call()
        except grpc.aio.AioRpcError as error:
            failed += 1
            refusal = read_refusal(error)
            assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_COMMITTED"), name
            assert refusal.retry
            assert await service.dump() == before, f"{name} failing at statement {failed}"
        else:
            assert failed, f"{name} ran no statement"
            return answer, failed
        finally:
            service.faults.fail_at = None
