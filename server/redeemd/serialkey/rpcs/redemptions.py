"""RPCs on used codes: list and count them. Methods in the order of the proto."""

from collections.abc import Callable, Sequence

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.resources.common import CommonRpcs
from redeemd.resources.paging import limit_of
from redeemd.rpc.call import Call
from redeemd.serialkey import batch_curves, batches, campaigns, redemptions, render, tallies
from redeemd.serialkey.batches import JOBS_BEGINNING, JobPosition
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.redemptions import BEGINNING, TIME_END, Among, CodePosition, TimePosition
from redeemd.serialkey.tallies import QUARTER_MS
from redeemd.store.base import Row

_QUARTERS = {
    pb.REDEMPTION_COUNT_UNIT_QUARTER_HOUR: 1,
    pb.REDEMPTION_COUNT_UNIT_HOUR: 4,
    pb.REDEMPTION_COUNT_UNIT_DAY: 96,
}


class RedemptionRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    codecs: Codecs

    async def DescribeRedemptions(self, call: Call[pb.DescribeRedemptionsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        limit, cursor = limit_of(call), self.pager.cursor(call)
        among = await self._among(call, namespace.namespace_id)
        rows: Sequence[Row]
        cursor_of: Callable[[Row], CodePosition | TimePosition]
        if _by_time(call):
            cursor_of, since = TimePosition.of, TimePosition.parse(cursor) if cursor else None
            rows = await redemptions.page_by_time(call.tx, namespace, after=since, limit=limit + 1, among=among)
        else:
            cursor_of, after = CodePosition.of, CodePosition.parse(cursor) if cursor else BEGINNING
            user_id = call.request.user_id or None
            rows = await redemptions.page(
                call.tx, namespace, after=after, limit=limit + 1, user_id=user_id, among=among
            )
        codecs = self.codecs.of(namespace)

        def item(row: Row) -> Message:
            found = redemptions.item(row, namespace, codecs, self.grns)
            return render.masked(found) if call.caller.sees_codes_masked else found

        return self.pager.reply(call, rows, limit, lambda row: str(cursor_of(row)), item)

    async def _among(self, call: Call[pb.DescribeRedemptionsRequest], namespace_id: int) -> Among:
        """Return the codes among which a call lists used ones. Raises CampaignModelNotFound or IssueJobNotFound."""
        request, number, job = call.request, None, None
        if request.campaign_model_name:
            number = (await campaigns.find(call.tx, namespace_id, request.campaign_model_name)).number
        if request.issue_job_name:
            name = request.issue_job_name
            job = (await batches.find(call.tx, namespace_id, request.campaign_model_name, name)).job
        return Among(number, job, request.used_from, _until(call))

    async def GetRedemptionCounts(self, call: Call[pb.GetRedemptionCountsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        campaign = await campaigns.find(call.tx, namespace.namespace_id, call.request.campaign_model_name)
        if call.request.unit == pb.REDEMPTION_COUNT_UNIT_BATCH:
            return await self._by_batch(call, namespace.namespace_id, campaign.number)
        return await self._by_time(call, namespace.namespace_id, campaign.number)

    async def _by_batch(
        self, call: Call[pb.GetRedemptionCountsRequest], namespace_id: int, campaign_number: int
    ) -> Message:
        limit, cursor = limit_of(call), self.pager.cursor(call)
        after = JobPosition.parse(cursor) if cursor else JOBS_BEGINNING
        found = await tallies.by_batch(
            call.tx, namespace_id, campaign_number, call.request.campaign_model_name, after=after, limit=limit + 1
        )
        return self.pager.reply(call, found, limit, lambda batch: str(batch.position), render.batch_counts)

    async def _by_time(
        self, call: Call[pb.GetRedemptionCountsRequest], namespace_id: int, campaign_number: int
    ) -> Message:
        request, limit, quarters = call.request, limit_of(call), _QUARTERS[call.request.unit]
        span = {
            "quarters": quarters,
            "first": max(request.used_from // QUARTER_MS, int(self.pager.cursor(call) or 0)),
            "end": -(-_until(call) // QUARTER_MS),
            "limit": limit + 1,
        }
        if request.issue_job_name:
            batch = await batches.find(call.tx, namespace_id, request.campaign_model_name, request.issue_job_name)
            points = await batch_curves.curve(call.tx, namespace_id, batch.job, **span)
        else:
            points = await tallies.curve(call.tx, namespace_id, campaign_number, **span)
        return self.pager.reply(
            call,
            points,
            limit,
            lambda point: str((point.part + 1) * quarters),
            lambda point: render.curve_point(point, point.part * quarters * QUARTER_MS),
        )


def _until(call: Call[pb.DescribeRedemptionsRequest | pb.GetRedemptionCountsRequest]) -> int:
    """Return the end of the time that a call asks about, exclusive, in Unix milliseconds."""
    return call.request.used_until if call.message.HasField("used_until") else TIME_END


def _by_time(call: Call[pb.DescribeRedemptionsRequest]) -> bool:
    """Return whether a call lists codes in the order of use."""
    timed = call.message.HasField("used_from") or call.message.HasField("used_until")
    return timed and not call.request.user_id
