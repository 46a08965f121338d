"""A player's data, dumped, erased and brought back through the public interface."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import grpc
from redeemd.app.maintenance import Chore, Maintenance
from redeemd.resources.user_data_worker import UserDataWorker

from support.service import Service, read_refusal
from support.world import World


async def work_off(service: Service) -> int:
    """Do what there is to do of jobs, and none of the other housekeeping; return in how many steps."""
    components = service.app.components
    chores = [chore for chore in components.maintenance.chores if isinstance(_owner(chore), UserDataWorker)]
    housekeeping = Maintenance(chores, service.telemetry, components.foundation.chores_due)
    steps = 0
    while await housekeeping.step():
        steps += 1
    return steps


def _owner(chore: Chore) -> object:
    return getattr(chore, "__self__", None)


async def is_running(service: Service, rpc: str, **fields: Any) -> bool:
    """Return whether a check says that the work is going on, and when to poll again."""
    try:
        await service.call(rpc, **fields)
    except grpc.aio.AioRpcError as error:
        refusal = read_refusal(error)
        assert (refusal.code, refusal.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "USER_DATA_JOB_RUNNING")
        assert refusal.retry
        return True
    return False


async def dump(service: Service, user_id: str) -> bytes:
    """Dump a player's data; return the file."""
    await service.call("DumpUserDataByUserId", user_id=user_id)
    url = (await service.call("CheckDumpUserDataByUserId", user_id=user_id)).url
    answer = await service.http("GET", url)
    assert answer.status == 200
    return answer.body


async def clean(service: Service, user_id: str) -> None:
    """Erase a player's data, to the end."""
    await service.call("CleanUserDataByUserId", user_id=user_id)
    await work_off(service)
    await service.call("CheckCleanUserDataByUserId", user_id=user_id)


async def upload(service: Service, user_id: str, data: bytes) -> str:
    """Upload a dump; return the token."""
    prepared = await service.call("PrepareImportUserDataByUserId", user_id=user_id)
    answer = await service.http("PUT", prepared.upload_url, data=data)
    assert answer.status == 204
    return prepared.upload_token


async def report(service: Service, user_id: str, token: str) -> dict[int | None, str]:
    """Return the report of a finished import: the outcomes by line number."""
    url = (await service.call("CheckImportUserDataByUserId", user_id=user_id, upload_token=token)).url
    answer = await service.http("GET", url)
    assert answer.status == 200
    lines = [json.loads(line) for line in answer.text.splitlines()]
    outcomes = {line.get("line"): line["outcome"] for line in lines}
    assert len(outcomes) == len(lines)
    return outcomes


async def bring_back(service: Service, user_id: str, data: bytes) -> dict[int | None, str]:
    """Import a dump, to the end; return its report."""
    token = await upload(service, user_id, data)
    await service.call("ImportUserDataByUserId", user_id=user_id, upload_token=token)
    await work_off(service)
    return await report(service, user_id, token)


async def use_all(world: World, codes: Sequence[str], user_id: str) -> None:
    """Make a player use codes, many concurrently."""
    for start in range(0, len(codes), 100):
        calls = (world.call("UseByUserId", user_id=user_id, code=code) for code in codes[start : start + 100])
        await asyncio.gather(*calls)


async def states(world: World, codes: Sequence[str]) -> list[Any]:
    """Return the states of codes, in order."""
    return [(await world.call("GetSerialKey", code=code)).item for code in codes]


def without_stamp(item: Any) -> Any:
    """Return a state without what every change moves: revision and updated_at."""
    bare = type(item)()
    bare.CopyFrom(item)
    bare.ClearField("revision")
    bare.ClearField("updated_at")
    return bare
