"""Seasons of a soak: namespaces with a batch of codes that are made, used and deleted, and one that stays."""

import random
from collections import deque
from typing import Any

from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from bench.soak_client import Client
from bench.soak_masters import CAMPAIGN, FOREVER, campaigns, limits, rates

PLAYERS = 100
SEASONS = 2  # at the same time; in the older one codes were used


class Seasons:
    """The namespaces that the actions are about, with their codes, and who acts."""

    def __init__(self, client: Client, rng: random.Random, *, season_codes: int) -> None:
        self.client = client
        self.rng = rng
        self.running: deque[tuple[str, list[str]]] = deque()
        self.forever: list[str] = []
        self._season_codes = season_codes
        self._number = 0
        self._turning = False

    async def prepare(self) -> None:
        """Make what stays."""
        client = self.client
        await client.call(client.limits.CreateNamespace, limit_pb.CreateNamespaceRequest(name=FOREVER))
        request: Any = limit_pb.UpdateCurrentLimitMasterRequest(namespace_name=FOREVER, settings=limits())
        await client.call(client.limits.UpdateCurrentLimitMaster, request)
        request = exchange_pb.CreateNamespaceRequest(
            name=FOREVER, enable_direct_exchange=True, enable_await_exchange=True
        )
        await client.call(client.exchanges.CreateNamespace, request)
        request = exchange_pb.UpdateCurrentRateMasterRequest(namespace_name=FOREVER, settings=rates())
        await client.call(client.exchanges.UpdateCurrentRateMaster, request)
        self.forever = await self._season(FOREVER, 20_000)
        for _ in range(SEASONS):
            await self._begin_season()

    async def _season(self, name: str, count: int) -> list[str]:
        """Make a namespace with a batch; return its codes."""
        client = self.client
        await client.call(client.keys.CreateNamespace, pb.CreateNamespaceRequest(name=name))
        request: Any = pb.UpdateCurrentCampaignMasterRequest(namespace_name=name, settings=campaigns())
        await client.call(client.keys.UpdateCurrentCampaignMaster, request)
        request = pb.IssueRequest(namespace_name=name, campaign_model_name=CAMPAIGN, issue_request_count=count)
        job = (await client.call(client.keys.Issue, request)).item.name
        request = pb.StreamSerialKeysRequest(namespace_name=name, campaign_model_name=CAMPAIGN, issue_job_name=job)
        codes: list[str] = []
        async for chunk in client.stream(client.keys.StreamSerialKeys, request, messages=1000):
            codes += chunk.codes
        self.rng.shuffle(codes)
        return codes

    async def _begin_season(self) -> None:
        self._number += 1
        name = f"season-{self._number}"
        self.running.append((name, await self._season(name, self._season_codes)))

    async def turn(self) -> None:
        """Once a season's codes are used, delete the one before and begin another."""
        if self._turning or len(self.running[-1][1]) > 0:
            return
        self._turning = True
        try:
            await self._begin_season()
            name, _ = self.running.popleft()
            await self.client.call(self.client.keys.DeleteNamespace, pb.DeleteNamespaceRequest(namespace_name=name))
        finally:
            self._turning = False

    def player(self) -> str:
        """Return one of the players."""
        return f"player-{self.rng.randrange(PLAYERS)}"
