"""Master data that is uploaded by PUT and then taken."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from redeem.common.v1 import common_pb2
from redeemd.http.uploads import CHUNK_BYTES

from support.patience import WAIT_SECONDS
from support.service import HttpAnswer, Service
from support.world import World

_PIECE_BYTES = 1 << 20


def document(*campaigns: str, chunks: int = 1) -> bytes:
    """Render master data that takes some chunks to store."""
    models = [{"name": name} for name in campaigns]
    padding = "x" * ((chunks - 1) * CHUNK_BYTES)
    return json.dumps({"version": "2022-09-13", "campaignModels": models, "padding": padding}).encode()


async def prepare(world: Any, rpc: str = "PreUpdateCurrentCampaignMaster") -> tuple[str, str]:
    """Return the token and the URL of a new upload."""
    answer = await world.call(rpc)
    return answer.upload_token, answer.upload_url


async def uploaded(world: Any, data: bytes, *, rpc: str = "PreUpdateCurrentCampaignMaster") -> str:
    """Return the token of a new upload of these bytes."""
    token, url = await prepare(world, rpc)
    assert (await world.service.http("PUT", url, data=in_pieces(data))).status == 204
    return token


async def put_again(service: Service, url: str, data: bytes) -> HttpAnswer:
    """PUT to the URL of an upload that broke off, as soon as the server has noticed that."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            answer = await service.http("PUT", url, data=data)
            if answer.status != 409 or "Retry-After" not in answer.headers:
                return answer


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    """Send without saying how long it is."""
    for start in range(0, len(data), _PIECE_BYTES):
        yield data[start : start + _PIECE_BYTES]


async def take(world: World, token: str, **fields: Any) -> Any:
    """Put an upload in force."""
    mode = common_pb2.MASTER_DATA_MODE_PRE_UPLOAD
    return await world.call("UpdateCurrentCampaignMaster", mode=mode, upload_token=token, **fields)


async def in_force(world: World) -> list[str]:
    """Return the names of the campaigns."""
    return [item.name for item in (await world.call("DescribeCampaignModels")).items]


HOUR, WEEK = 3600, 7 * 24 * 3600


async def rows(service: Service) -> tuple[int, int]:
    """Return how many uploads and chunks there are."""
    dump = await service.dump()
    return len(dump["upload"]), len(dump["upload_chunk"])


async def keep_house(service: Service, *, replicas: int = 1) -> None:
    """Do all there is to do in the background, as so many replicas do at once: it holds nothing that one would lack."""

    async def of_one() -> None:
        while await service.maintenance.step():
            pass

    await asyncio.gather(*(of_one() for _ in range(replicas)))
