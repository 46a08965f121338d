"""RPCs that delete and move batches. Methods in the order of the proto."""

from dataclasses import replace
from typing import NamedTuple

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.serialkey import batches, closing, deleting, moving, render
from redeemd.serialkey.closing import Closed, Doomed
from redeemd.serialkey.errors import IssueJobNotFound
from redeemd.serialkey.rpcs.batches import BatchRpcs
from redeemd.serialkey.validity import Phase
from redeemd.store.base import Store, Tx

_DELETION = "deletion"


class _Deletion(NamedTuple):
    """The batch as it was closed, and the number of its used keys, as far as a refusal needs it."""

    closed: Closed | None
    used: int = 0


class ManagingRpcs(BatchRpcs):
    """See SerialKeyService in the proto."""

    store: Store

    async def _close(self, call: Call[pb.DeleteIssueJobRequest]) -> _Deletion:
        """Close the batch, unless the deletion is going to be refused."""
        request = call.request
        names = request.campaign_model_name, request.issue_job_name
        namespace_id = (await self.namespaces.find(request.namespace_name)).namespace_id
        used = 0 if request.unused_only else await self._used_count(namespace_id, *names)
        if used:
            return _Deletion(None, used)
        closed = await closing.close(self.store, namespace_id, *names, now=call.server_now)
        if closed is None:
            return _Deletion(None)
        call.reserved[_DELETION] = Doomed(self.store, closed)
        return _Deletion(closed, 0 if request.unused_only else await self._used_count(namespace_id, *names))

    async def _used_count(self, namespace_id: int, campaign_name: str, job_name: str) -> int:
        async def body(tx: Tx) -> int:
            try:
                batch = await batches.find(tx, namespace_id, campaign_name, job_name)
            except IssueJobNotFound:
                return 0
            return await deleting.used_count(tx, namespace_id, batch.job)

        return await self.store.run(body, write=False)

    @prepared(_close)
    async def DeleteIssueJob(self, call: Call[pb.DeleteIssueJobRequest], plan: _Deletion) -> Message:
        namespace, batch = await self._batch(call)
        unused_only = call.request.unused_only
        call.unchanged = unused_only and batch.job.trimmed  # used keys alone are left
        stays = await deleting.delete(
            call.tx,
            namespace.namespace_id,
            batch.job,
            -1 if plan.closed is None else plan.closed.closed_at,
            unused_only=unused_only,
            used=plan.used,
            now=call.server_now,
        )
        if stays:
            return self._reply_job(call, *await self._batch(call))
        job = replace(batch.job, phase=Phase.OPEN)  # the reply says that used keys stay exactly if they do
        return call.reply(item=render.issue_job(self.grns, namespace.name, job))

    async def MoveIssueJob(self, call: Call[pb.MoveIssueJobRequest]) -> Message:
        namespace, batch = await self._batch(call)
        target = call.request.to_campaign_model_name
        call.unchanged = not await moving.move(call.tx, namespace.namespace_id, batch.job, target, now=call.server_now)
        moved = await batches.find(call.tx, namespace.namespace_id, target, call.request.issue_job_name)
        return call.reply(item=render.issue_job(self.grns, namespace.name, moved.job))
