"""A server that is killed or drained under calls by Connect: no code is redeemed twice, no stream is cut unnoticed."""

import asyncio
import signal
from dataclasses import dataclass

import aiohttp
import pytest
from redeem.event.v1 import event_service_pb2
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.options.v1 import options_pb2
from support import web_page
from support.connect import KEYS, enveloped, read_stream
from support.events import told
from support.handler import until
from support.process import serving
from support.web_page import IN_NODE

WATCH = event_service_pb2.DESCRIPTOR.services_by_name["EventService"].methods_by_name["WatchEvents"]
WATCH_PATH = "/redeem.event.v1.EventService/WatchEvents"
CODES = 120
ENDS = [signal.SIGKILL, signal.SIGTERM]


def http_of(process):
    """Return the address of the HTTP side of a process."""
    [line] = [line for line in process.lines if "serving HTTP on" in line]
    return f"http://{line.split()[3]}"


@dataclass
class Pages:
    """Pages that redeem codes of a namespace; the address of the server changes when it starts again."""

    namespace_name: str
    headers: dict[str, str]
    address: str = ""
    redeemed: int = 0
    failed: int = 0

    async def redeem_all(self, users):
        """Redeem codes, some at a time; return who redeemed each."""
        window = asyncio.Semaphore(8)

        async def one(http, code, user_id):
            async with window:
                return code, await self._redeem(http, code, user_id)

        async with aiohttp.ClientSession(headers=self.headers) as http:
            return dict(await asyncio.gather(*(one(http, *each) for each in users.items())))

    async def _redeem(self, http, code, user_id):
        """Repeat a call with its idempotency key until it succeeds."""
        while (redeemed := await self._try(http, code, user_id)) is None:
            self.failed += 1
            await asyncio.sleep(0.05)
        self.redeemed += 1
        return redeemed

    async def _try(self, http, code, user_id):
        request = {"namespaceName": self.namespace_name, "userId": user_id, "code": code}
        key = {"Idempotency-Key": f"key-{code}"}
        try:
            async with http.post(f"{self.address}{KEYS}/UseByUserId", json=request, headers=key) as response:
                reply = await response.json()
        except aiohttp.ClientError:
            return None
        if response.status == 200:
            return reply["item"]["usedUserId"]
        assert reply["code"] == "unavailable", reply
        return None


@pytest.mark.parametrize("number", ENDS)
async def test_a_code_is_redeemed_once_by_calls_that_are_repeated(tmp_path, number):
    """With their idempotency key, until they succeed, while the server ends several times: one event for each code."""
    async with serving(tmp_path) as (_, service):
        world = await service.world()
        pages = Pages(world.name, dict(service.admin))
        users = {code: f"player-{place}" for place, code in enumerate(await world.codes(CODES))}
    redeeming = asyncio.create_task(pages.redeem_all(users))
    for least in (CODES // 4, CODES // 2, CODES):
        async with serving(tmp_path) as (process, service):
            pages.address = http_of(process)
            await until(lambda least=least: pages.redeemed >= least or redeeming.done())
            await process.end(number)
    assert await redeeming == users
    assert pages.failed
    async with serving(tmp_path) as (_, service):
        kinds = [options_pb2.EVENT_KIND_REDEEMED]
        events = await told(service, CODES, namespace_names=[world.name], kinds=kinds)
    assert sorted((event.redemption.code, event.user_id) for event in events) == sorted(users.items())


async def in_flight(http, address):
    """Return how many calls a server has not finished."""
    async with http.get(f"{address}/metrics") as response:
        lines = (await response.text()).splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("redeemd_calls_in_flight "))


@pytest.mark.parametrize("number", ENDS)
async def test_libraries_report_a_stream_that_the_server_left(tmp_path, number):
    """As an error, never as complete; a server that drains says that another one may be asked."""
    async with serving(tmp_path) as (process, service), aiohttp.ClientSession(headers=dict(service.admin)) as http:

        async def all_wait():
            return await in_flight(http, http_of(process)) >= len(IN_NODE)

        async with web_page.in_node(http_of(process)) as page:
            for client in IN_NODE:
                page.send(client, WATCH, event_pb.WatchEventsRequest(), dict(service.admin))
            await until(all_wait)
            await process.end(number)
            ended = [await page.receive() for _ in IN_NODE]
    if number == signal.SIGTERM:
        assert [(said.code, said.reasons) for said in ended] == [("unavailable", ["SERVER_STOPPING"])] * len(IN_NODE)
    assert {said.code for said in ended} <= {"unavailable", "unknown", "aborted"}, ended


@pytest.mark.parametrize("content_type", ["application/connect+proto", "application/grpc-web+proto"])
@pytest.mark.parametrize("number", ENDS)
async def test_a_client_that_ignores_how_streams_end_notices_too(tmp_path, number, content_type):
    """The body of a killed server has no end by HTTP; that of one that drains has an error as its last message."""
    async with serving(tmp_path) as (process, service):
        await service.world()
        body = enveloped(event_pb.WatchEventsRequest(start=event_pb.START_OLDEST))
        headers = dict(service.admin) | {"Content-Type": content_type}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{http_of(process)}{WATCH_PATH}", data=body, headers=headers) as response,
        ):
            received = await response.content.readany()
            ending = asyncio.create_task(process.end(number))
            if number == signal.SIGKILL:
                with pytest.raises(aiohttp.ClientPayloadError):
                    await response.content.read()
            else:
                end = read_stream(received + await response.content.read()).end
                assert end.get("grpc-status") == "14" or end["error"]["code"] == "unavailable"
            await ending
