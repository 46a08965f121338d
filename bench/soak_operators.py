"""The actions of operators in a soak: they look, export and upload."""

import uuid
from typing import Any

import grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.common.v1 import common_pb2
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from bench.soak_masters import CAMPAIGN, FOREVER, campaigns
from bench.soak_seasons import Seasons

UPLOAD_BYTES = 100_000


class OperatorActions:
    """Lists, downloads, uploads, dumps and imports, some of them broken off."""

    def __init__(self, seasons: Seasons) -> None:
        self._seasons = seasons
        self._client, self._rng = seasons.client, seasons.rng

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
        client, name = self._client, self._seasons.running[-1][0]
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
        client, rpc = (
            self._client,
            pb.PreUpdateCurrentCampaignMasterRequest(namespace_name=self._seasons.running[-1][0]),
        )
        prepared = await client.call(client.keys.PreUpdateCurrentCampaignMaster, rpc)
        if self._rng.random() < 0.5:  # noqa: PLR2004 -- every other time
            async with client.http.put(prepared.upload_url, data=b"x" * UPLOAD_BYTES) as response:
                client.count_status(response.status)

    async def dump(self) -> None:
        """A player's data is dumped, or erased."""
        client, user = self._client, self._seasons.player()
        if self._rng.random() < 0.5:  # noqa: PLR2004 -- every other time
            await client.call(client.keys.DumpUserDataByUserId, pb.DumpUserDataByUserIdRequest(user_id=user))
        else:
            await client.call(client.limits.CleanUserDataByUserId, limit_pb.CleanUserDataByUserIdRequest(user_id=user))

    async def bring(self) -> None:
        """Codes from elsewhere come into a season."""
        codes = [uuid.uuid4().hex for _ in range(20)]
        request = pb.ImportSerialKeysRequest(
            namespace_name=self._seasons.running[-1][0], campaign_model_name=CAMPAIGN, codes=codes, last=True
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
