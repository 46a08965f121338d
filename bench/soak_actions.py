"""What players, game servers and operators do in a soak: a bit of everything, so often each.

Seasons come and go: a namespace with a batch of codes is made, used and deleted, so that what the service forgets can
be told from what it must keep. Only `forever` keeps its used codes, and grows by them.
"""

import json
import random
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from bench.soak_client import Client
from bench.soak_masters import CAMPAIGN, FOREVER, campaigns, count_up, limits, rates

PLAYERS = 100
SEASONS = 2  # that stand at the same time; in the older one codes were used
UPLOAD_BYTES = 100_000

_ACTIVE: Any = 1  # the first of the types

Action = Callable[[], Awaitable[None]]


class Actions:
    """The actions, and what they need to know of each other."""

    def __init__(self, client: Client, rng: random.Random, *, season_codes: int) -> None:
        self._client = client
        self._rng = rng
        self._season_codes = season_codes
        self._seasons: deque[tuple[str, list[str]]] = deque()
        self._forever: list[str] = []
        self._used: deque[tuple[str, str, str, str]] = deque(maxlen=200)  # namespace, code, player, idempotency key
        self._number = 0
        self._turning = False
        self.weighted: list[tuple[Action, int]] = [
            (self.use, 30), (self.use_again, 10), (self.use_nonsense, 4), (self.revert, 5), (self.verify, 8),
            (self.use_forever, 5), (self.count, 12), (self.exchange, 10), (self.rise, 4), (self.wait, 5),
            (self.transact, 4), (self.look, 8), (self.log_in, 3), (self.break_off, 3), (self.download_a_part, 2),
            (self.upload, 2), (self.abandon_upload, 2), (self.dump, 1), (self.visit, 2), (self.bring, 1),
        ]  # fmt: skip

    async def prepare(self) -> None:
        """Make what stays."""
        client = self._client
        await client.call(client.limits.CreateNamespace, limit_pb.CreateNamespaceRequest(name=FOREVER))
        request: Any = limit_pb.UpdateCurrentLimitMasterRequest(namespace_name=FOREVER, settings=limits())
        await client.call(client.limits.UpdateCurrentLimitMaster, request)
        request = exchange_pb.CreateNamespaceRequest(
            name=FOREVER, enable_direct_exchange=True, enable_await_exchange=True
        )
        await client.call(client.exchanges.CreateNamespace, request)
        request = exchange_pb.UpdateCurrentRateMasterRequest(namespace_name=FOREVER, settings=rates())
        await client.call(client.exchanges.UpdateCurrentRateMaster, request)
        self._forever = await self._season(FOREVER, 20_000)
        for _ in range(SEASONS):
            await self._begin_season()

    async def _season(self, name: str, count: int) -> list[str]:
        """Make a namespace with a batch; answer its codes."""
        client = self._client
        await client.call(client.keys.CreateNamespace, pb.CreateNamespaceRequest(name=name))
        request: Any = pb.UpdateCurrentCampaignMasterRequest(namespace_name=name, settings=campaigns())
        await client.call(client.keys.UpdateCurrentCampaignMaster, request)
        request = pb.IssueRequest(namespace_name=name, campaign_model_name=CAMPAIGN, issue_request_count=count)
        job = (await client.call(client.keys.Issue, request)).item.name
        request = pb.StreamSerialKeysRequest(namespace_name=name, campaign_model_name=CAMPAIGN, issue_job_name=job)
        codes: list[str] = []
        async for chunk in client.stream(client.keys.StreamSerialKeys, request, messages=1000):
            codes += chunk.codes
        self._rng.shuffle(codes)
        return codes

    async def _begin_season(self) -> None:
        self._number += 1
        name = f"season-{self._number}"
        self._seasons.append((name, await self._season(name, self._season_codes)))

    async def turn_season(self) -> None:
        """Once a season's codes are used, delete the one before and begin another."""
        if self._turning or len(self._seasons[-1][1]) > 0:
            return
        self._turning = True
        try:
            await self._begin_season()
            name, _ = self._seasons.popleft()
            await self._client.call(self._client.keys.DeleteNamespace, pb.DeleteNamespaceRequest(namespace_name=name))
        finally:
            self._turning = False

    def _player(self) -> str:
        return f"player-{self._rng.randrange(PLAYERS)}"

    # Players redeem

    async def use(self) -> None:
        """A player logs in and uses a code; the call has an idempotency key."""
        name, codes = self._seasons[-1]
        if not codes:
            await self.turn_season()
            return
        await self._use(name, codes.pop(), self._player(), uuid.UUID(int=self._rng.getrandbits(128)).hex)

    async def use_forever(self) -> None:
        """A code that stays used."""
        if self._forever:
            await self._use(FOREVER, self._forever.pop(), self._player(), "")

    async def _use(self, name: str, code: str, user: str, key: str) -> None:
        client = self._client
        token = (await client.call(client.auth.Login, auth_pb.LoginRequest(user_id=user))).token
        request = pb.UseRequest(namespace_name=name, code=code, access_token=token)
        await client.call(client.keys.Use, request, *([("idempotency-key", key)] if key else []))
        if key:
            self._used.append((name, code, user, key))

    def _some_used(self) -> tuple[str, str, str, str] | None:
        return self._rng.choice(self._used) if self._used else None

    async def use_again(self) -> None:
        """A call that was answered is sent again."""
        if (used := self._some_used()) is not None:
            name, code, user, key = used
            request = pb.UseByUserIdRequest(namespace_name=name, code=code, user_id=user)
            await self._client.call(self._client.keys.UseByUserId, request, ("idempotency-key", key))

    async def use_nonsense(self) -> None:
        """A guess, with a key that is none."""
        text = "".join(self._rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=22))
        request = pb.UseByUserIdRequest(namespace_name=FOREVER, code=text, user_id=self._player())
        await self._client.call(self._client.keys.UseByUserId, request)

    async def revert(self) -> None:
        """A redemption is taken back."""
        if self._used:
            name, code, user, _ = self._used.popleft()
            request = pb.RevertUseByUserIdRequest(namespace_name=name, code=code, user_id=user)
            await self._client.call(self._client.keys.RevertUseByUserId, request)

    async def verify(self) -> None:
        """A code is verified as active, used or not."""
        if (used := self._some_used()) is not None:
            request = pb.VerifyCodeByUserIdRequest(
                namespace_name=used[0],
                code=used[1],
                user_id=used[2],
                verify_type=_ACTIVE,
            )
            await self._client.call(self._client.keys.VerifyCodeByUserId, request)

    # Game servers count, exchange, wait

    async def count(self) -> None:
        """A counter that is reset daily goes up."""
        request = limit_pb.CountUpByUserIdRequest(
            namespace_name=FOREVER, limit_name="daily", counter_name="visits", user_id=self._player()
        )
        await self._client.call(self._client.limits.CountUpByUserId, request)

    async def exchange(self) -> None:
        """A code for a count, in one transaction."""
        name, codes = self._seasons[-1]
        if codes:
            config = [common_pb2.Config(key="code", value=codes.pop()), common_pb2.Config(key="season", value=name)]
            await self._exchange("ExchangeByUserId", "code", config=config, duplication_avoider=uuid.uuid4().hex)

    async def rise(self) -> None:
        """An exchange whose price rises, until it is reset."""
        await self._exchange("IncrementalExchangeByUserId", "rising")

    async def _exchange(self, rpc: str, rate: str, **fields: Any) -> Any:
        request = getattr(exchange_pb, f"{rpc}Request")(
            namespace_name=FOREVER, rate_name=rate, user_id=self._player(), count=1, **fields
        )
        return await self._client.call(getattr(self._client.exchanges, rpc), request)

    async def wait(self) -> None:
        """An await is made and got, given up or taken at once."""
        client, user = self._client, self._player()
        request: Any = exchange_pb.CreateAwaitByUserIdRequest(namespace_name=FOREVER, rate_name="later", user_id=user)
        name = (await client.call(client.exchanges.CreateAwaitByUserId, request)).item.name
        rpc = self._rng.choice(["AcquireForceByUserId", "DeleteAwaitByUserId"])
        request = getattr(exchange_pb, f"{rpc}Request")(namespace_name=FOREVER, user_id=user, await_name=name)
        await client.call(getattr(client.exchanges, rpc), request)

    async def transact(self) -> None:
        """A transaction that the game server composes, and what came of it."""
        client, user, number = self._client, self._player(), str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        actions = {"transactionId": number, "consumeActions": [count_up("paid", "#{userId}")]}
        text = json.dumps(actions).replace("#{userId}", user)
        request: Any = transaction_pb.RunTransactionRequest(user_id=user, transaction=text)
        await client.call(client.transactions.RunTransaction, request)
        request = transaction_pb.GetTransactionResultByUserIdRequest(user_id=user, transaction_id=number)
        await client.call(client.transactions.GetTransactionResultByUserId, request)

    # Operators look, export, upload

    async def look(self) -> None:
        """A page of who used what."""
        request = pb.DescribeRedemptionsRequest(namespace_name=FOREVER, limit=30)
        await self._client.call(self._client.keys.DescribeRedemptions, request)

    async def log_in(self) -> None:
        """A key is swapped for a project token, and one is shown that nobody made."""
        client = self._client
        key_id, _, secret = client.admin[0][1].removeprefix("Bearer ").partition(".")
        request = auth_pb.LoginProjectRequest(client_id=key_id, client_secret=secret)
        await client.call(client.auth.LoginProject, request)
        request.client_secret = uuid.uuid4().hex
        await client.call(client.auth.LoginProject, request)

    async def _job(self) -> str:
        request = pb.DescribeIssueJobsRequest(namespace_name=FOREVER, campaign_model_name=CAMPAIGN)
        name: str = (await self._client.call(self._client.keys.DescribeIssueJobs, request)).items[0].name
        return name

    async def break_off(self) -> None:
        """An export whose reader leaves after a chunk."""
        request = pb.StreamSerialKeysRequest(
            namespace_name=FOREVER, campaign_model_name=CAMPAIGN, issue_job_name=await self._job()
        )
        async for _ in self._client.stream(self._client.keys.StreamSerialKeys, request, messages=1):
            pass

    async def download_a_part(self) -> None:
        """A file over HTTP whose reader leaves after the first bytes."""
        request = pb.DownloadSerialCodesRequest(
            namespace_name=FOREVER, campaign_model_name=CAMPAIGN, issue_job_name=await self._job()
        )
        url = (await self._client.call(self._client.keys.DownloadSerialCodes, request)).url
        async with self._client.http.get(url) as response:
            self._client.count_status(response.status)
            await response.content.read(1000)
            response.close()

    async def upload(self) -> None:
        """Master data is uploaded and put in force."""
        client, name = self._client, self._seasons[-1][0]
        request: Any = pb.PreUpdateCurrentCampaignMasterRequest(namespace_name=name)
        prepared = await client.call(client.keys.PreUpdateCurrentCampaignMaster, request)
        data = campaigns(padding="x" * UPLOAD_BYTES)
        async with client.http.put(prepared.upload_url, data=data.encode()) as response:
            client.count_status(response.status)
        mode = common_pb2.MASTER_DATA_MODE_PRE_UPLOAD
        request = pb.UpdateCurrentCampaignMasterRequest(
            namespace_name=name, mode=mode, upload_token=prepared.upload_token
        )
        await client.call(client.keys.UpdateCurrentCampaignMaster, request)

    async def abandon_upload(self) -> None:
        """An upload is prepared, at times sent, and never taken."""
        client, rpc = self._client, pb.PreUpdateCurrentCampaignMasterRequest(namespace_name=self._seasons[-1][0])
        prepared = await client.call(client.keys.PreUpdateCurrentCampaignMaster, rpc)
        if self._rng.random() < 0.5:  # noqa: PLR2004 -- every other time
            async with client.http.put(prepared.upload_url, data=b"x" * UPLOAD_BYTES) as response:
                client.count_status(response.status)

    async def dump(self) -> None:
        """A player's data is asked for, or erased."""
        client, user = self._client, self._player()
        if self._rng.random() < 0.5:  # noqa: PLR2004 -- every other time
            await client.call(client.keys.DumpUserDataByUserId, pb.DumpUserDataByUserIdRequest(user_id=user))
        else:
            await client.call(client.limits.CleanUserDataByUserId, limit_pb.CleanUserDataByUserIdRequest(user_id=user))

    async def bring(self) -> None:
        """Codes from elsewhere come into a season."""
        codes = [uuid.uuid4().hex for _ in range(20)]
        request = pb.ImportSerialKeysRequest(
            namespace_name=self._seasons[-1][0], campaign_model_name=CAMPAIGN, codes=codes, last=True
        )
        await self._client.call(self._client.keys.ImportSerialKeys, iter([request]))

    async def visit(self) -> None:
        """A client connects, calls once and is gone."""
        channel = grpc.aio.insecure_channel(self._client.address, options=[("grpc.use_local_subchannel_pool", 1)])
        method: Any = channel.unary_unary("/redeem.serialkey.v1.SerialKeyService/GetServiceVersion")
        try:
            await self._client.call(method, b"")
        finally:
            await channel.close()
