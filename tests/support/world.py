"""A namespace of serial codes that belongs to one test."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

if TYPE_CHECKING:  # it makes worlds
    from support.service import Headers, Service


@dataclass
class World:
    """A namespace of a test's own."""

    service: "Service"
    name: str

    async def put_in_force(self, *campaigns: str, campaign_codes: Sequence[str] = ()) -> None:
        """Upload master data with these campaigns."""
        await self.put_models(**{name: {"enableCampaignCode": name in campaign_codes} for name in campaigns})

    async def put_models(self, **campaigns: Mapping[str, object]) -> None:
        """Upload master data with these campaigns: the fields of their models by name."""
        models = [{"name": name, **fields} for name, fields in campaigns.items()]
        settings = json.dumps({"version": "2022-09-13", "campaignModels": models})
        await self.call("UpdateCurrentCampaignMaster", settings=settings)

    async def call(self, rpc: str, **fields: Any) -> Any:
        """Call as the administrator, in this namespace."""
        return await self.service.call(rpc, namespace_name=self.name, **fields)

    async def as_player(self, rpc: str, user_id: str, **fields: Any) -> Any:
        """Call as a player, in this namespace."""
        return await self.service.as_player(rpc, user_id, namespace_name=self.name, **fields)

    async def limit_guesses(self, **fields: Any) -> None:
        """Set how many wrong codes players may try."""
        await self.call("UpdateNamespace", guess_limit=resources_pb2.GuessLimit(**fields))

    async def issue(self, count: int = 1, campaign: str = "spring", **fields: Any) -> Any:
        """Issue a batch; return its job."""
        answer = await self.call("Issue", campaign_model_name=campaign, issue_request_count=count, **fields)
        return answer.item

    async def keys(self, job: Any, campaign: str = "spring", limit: int = 1000) -> list[Any]:
        """List all keys of a batch."""
        found, token = [], None
        while token != "":
            page = await self.call(
                "DescribeSerialKeys",
                campaign_model_name=campaign,
                issue_job_name=job.name,
                limit=limit,
                page_token=token,
            )
            found += page.items
            token = page.next_page_token
        return found

    async def bring(
        self,
        codes: Sequence[str],
        campaign: str = "spring",
        *,
        piece: int = 1000,
        headers: "Headers" = (),
        **fields: Any,
    ) -> Any:
        """Import codes, in messages of `piece` codes."""
        starts = range(0, len(codes), piece) or [0]
        requests = (
            pb.ImportSerialKeysRequest(
                namespace_name=self.name,
                campaign_model_name=campaign,
                codes=codes[start : start + piece],
                last=start + piece >= len(codes),
                **fields,
            )
            for start in starts
        )
        metadata = self.service.admin + tuple(headers)
        return await self.service.serial_keys.ImportSerialKeys(requests, metadata=metadata)

    async def codes(self, count: int = 1, campaign: str = "spring", **fields: Any) -> list[str]:
        """Issue a batch; return its codes."""
        return [item.code for item in await self.keys(await self.issue(count, campaign, **fields), campaign)]
