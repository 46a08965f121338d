"""RPCs on batches of codes: issue, import, list, download and switch. Methods in the order of the proto."""

import uuid
from typing import cast

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.errors import ValidationFailed, Violation
from redeemd.event.recorder import emits
from redeemd.http.links import Link, Links, link_end
from redeemd.resources.common import CommonRpcs
from redeemd.resources.namespaces import NamespaceKey
from redeemd.resources.paging import limit_of
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.rpc.streams import Incoming, Page
from redeemd.serialkey import batches, download, events, issuing, listing, render
from redeemd.serialkey.batches import JOBS_BEGINNING, Batch, JobPosition
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.codec.imported import Match
from redeemd.serialkey.codec.loading import load_bulk
from redeemd.serialkey.guessing.guesses import Guesses
from redeemd.serialkey.importing import importer, limits
from redeemd.serialkey.importing.imports import Imports
from redeemd.serialkey.validity import Availability, Validity

# The requests that name a batch.
_BatchRequest = (
    events.BatchRequest
    | pb.GetIssueJobRequest
    | pb.DescribeSerialKeysRequest
    | pb.DownloadSerialCodesRequest
    | pb.StreamSerialKeysRequest
    | pb.DeleteIssueJobRequest
    | pb.MoveIssueJobRequest
)


class BatchRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    codecs: Codecs
    links: Links
    guesses: Guesses
    imports: Imports

    async def _batch(self, call: Call[_BatchRequest]) -> tuple[NamespaceKey, Batch]:
        namespace = await self.namespace_of(call)
        request = call.request
        batch = await batches.find(call.tx, namespace.namespace_id, request.campaign_model_name, request.issue_job_name)
        return namespace, batch

    async def DescribeIssueJobs(self, call: Call[pb.DescribeIssueJobsRequest]) -> Message:
        namespace = await self.namespace_of(call)
        limit = limit_of(call)
        cursor = self.pager.cursor(call)
        jobs = await batches.page(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            after=JobPosition.parse(cursor) if cursor else JOBS_BEGINNING,
            limit=limit + 1,
        )
        return self.pager.reply(
            call,
            jobs,
            limit,
            lambda found: str(found[0]),
            lambda found: render.issue_job(self.grns, namespace.name, found[1]),
        )

    async def GetIssueJob(self, call: Call[pb.GetIssueJobRequest]) -> Message:
        return self._reply_job(call, *await self._batch(call))

    def _reply_job(self, call: Call[object], namespace: NamespaceKey, batch: Batch) -> Message:
        return call.reply(item=render.issue_job(self.grns, namespace.name, batch.job))

    async def _new_name(self, _call: Call[object]) -> str:
        return str(uuid.uuid4())

    @prepared(_new_name)
    @emits(events.issued)
    async def Issue(self, call: Call[pb.IssueRequest], name: str) -> Message:
        return await self._issue(call, call.request.issue_request_count, name)

    @prepared(_new_name)
    @emits(events.issued)
    async def IssueBatch(self, call: Call[pb.IssueBatchRequest], name: str) -> Message:
        return await self._issue(call, call.request.count, name)

    async def _issue(self, call: Call[pb.IssueRequest | pb.IssueBatchRequest], count: int, name: str) -> Message:
        namespace = await self.namespace_of(call)
        job = await issuing.issue(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            count=count,
            name=name,
            key_id=self.codecs.current_key_id,
            metadata=call.request.metadata or None,
            validity=Validity.of(call.request),
            now=call.now,
        )
        return call.reply(item=render.issue_job(self.grns, namespace.name, job))

    async def _load_bulk(self, _call: Call[object]) -> None:
        await load_bulk()

    @prepared(_load_bulk)
    async def DescribeSerialKeys(self, call: Call[pb.DescribeSerialKeysRequest], _loaded: None) -> Message:
        namespace, batch = await self._batch(call)
        page = await listing.page(
            call.tx,
            namespace,
            batch,
            self.codecs.of(namespace),
            self.grns,
            start=int(self.pager.cursor(call) or 0),
            limit=limit_of(call),
        )
        items = [render.masked(item) for item in page.items] if _masks(call) else page.items
        token = None if page.next_start is None else self.pager.token(call, str(page.next_start))
        return call.reply(items=items, next_page_token=token)

    async def DownloadSerialCodes(self, call: Call[pb.DownloadSerialCodesRequest]) -> Message:
        namespace, batch = await self._batch(call)
        assert batch.job.name is not None
        link = Link(
            method="GET",
            purpose=download.PURPOSE,
            namespace_id=namespace.namespace_id,
            subject=download.subject(batch.job.campaign_name, batch.job.name, masked=_masks(call)),
            bytes_max=0,
            expires_at=link_end(call.server_now),
        )
        return call.reply(url=self.links.url(link))

    async def _stream_start(self, call: Call[pb.StreamSerialKeysRequest]) -> int:
        await load_bulk()
        return int(self.pager.cursor(call, "cursor") or 0)

    @prepared(_stream_start)
    async def StreamSerialKeys(self, call: Call[pb.StreamSerialKeysRequest], start: int) -> Page:
        namespace, batch = await self._batch(call)
        reply, following = await listing.chunk(
            call.tx, namespace, batch, self.codecs.of(namespace), start=start, masked=_masks(call)
        )
        if following is not None:
            reply.next_cursor = self.pager.token(call, str(following))
        return Page(reply, following)

    @emits(events.issued)
    async def ImportSerialKeys(
        self, call: Call[pb.ImportSerialKeysRequest], incoming: Incoming[pb.ImportSerialKeysRequest]
    ) -> Message:
        first = call.request
        self.namespaces.forget(first.namespace_name)  # a stream cannot be replayed to retry with fresh data
        namespace = await self.namespaces.find(first.namespace_name)
        codecs = self.codecs.of(namespace)
        match = Match(first.match) if first.HasField("match") else Match.FOLDED
        await load_bulk()
        async with self.imports.begin(namespace, codecs, first.campaign_model_name, match) as made:
            async for message in incoming:
                _check_piece(message, first, made.report.received)
                await made.add(message.codes, message.states)
            await made.written()
            report = made.report
            if not report.received:
                raise ValidationFailed(violations=[Violation("codes", "at least one code is required", "require")])
            nothing = not (made.count or made.changes)
            if first.dry_run or nothing or (report.problems and not first.skip_problems):
                is_allowed = first.dry_run and (first.skip_problems or not report.problems)
                report.used = made.changes if is_allowed else 0
                # A repeated call finds its codes already imported by the first one.
                earlier = None if first.dry_run else await incoming.earlier_reply(made.digest)
                return earlier or _report(call, made, imported=made.count if is_allowed else 0)
            name = str(uuid.uuid4())

            async def finish() -> Message:
                if not made.count:
                    return _report(call, made, imported=0)
                job = await made.finish(
                    call.tx,
                    first.campaign_model_name,
                    name=name,
                    metadata=first.metadata or None,
                    validity=Validity.of(first),
                    now=call.server_now,
                )
                item = render.issue_job(self.grns, namespace.name, job)
                return _report(call, made, imported=made.count, item=item)

            with made.in_doubt():
                await made.use_known()
                await made.write_keys()
                reply = await incoming.commit(finish, made.digest)
            await made.write_states()
            self.guesses.forget(namespace)
            return reply

    @emits(events.batch_switched)
    async def SetIssueJobStatus(self, call: Call[pb.SetIssueJobStatusRequest]) -> Message:
        namespace, batch = await self._batch(call)
        availability = Availability(call.request.availability)
        reason = call.request.reason or None
        await batches.set_status(call.tx, namespace.namespace_id, batch.job, availability, reason, now=call.server_now)
        return self._reply_job(call, *await self._batch(call))

    @emits(events.batch_switched)
    async def SetIssueJobValidity(self, call: Call[pb.SetIssueJobValidityRequest]) -> Message:
        namespace, batch = await self._batch(call)
        validity = Validity.of(call.request)
        await batches.set_validity(call.tx, namespace.namespace_id, batch.job, validity, now=call.server_now)
        return self._reply_job(call, *await self._batch(call))


def _masks(call: Call[object]) -> bool:
    return call.caller.code_access != options_pb2.CODE_ACCESS_FULL


def _check_piece(message: pb.ImportSerialKeysRequest, first: pb.ImportSerialKeysRequest, received: int) -> None:
    """Check a message against the first one and the number of codes received before. Raises ValidationFailed."""
    if message.campaign_model_name != first.campaign_model_name:
        raise ValidationFailed(violations=[Violation("campaign_model_name", "must be that of the first message")])
    if received and bool(message.states) != bool(first.states) and message.codes:
        raise ValidationFailed(violations=[Violation("states", "must be in all messages with codes, or in none")])
    if message.states and len(message.states) != len(message.codes):
        raise ValidationFailed(violations=[Violation("states", "must be as many as codes")])
    if received + len(message.codes) > limits.CODES_MAX:
        text = f"at most {limits.CODES_MAX:,} codes in a call"
        raise ValidationFailed(violations=[Violation("codes", text, "tooMany")])


def _report(
    call: Call[object], made: importer.Import, *, imported: int, item: resources_pb2.IssueJob | None = None
) -> Message:
    report = made.report
    return call.reply(
        item=item,
        received_count=report.received,
        imported_count=imported,
        problem_counts=[
            pb.ImportProblemCount(kind=cast("pb.ImportProblemKind", kind), count=count)
            for kind, count in sorted(report.counts.items())
        ],
        problems=[
            pb.ImportProblem(
                position=position,
                kind=cast("pb.ImportProblemKind", kind),
                **report.here[position]._asdict() if position in report.here else {},
            )
            for position, kind in report.problems
        ],
        unchanged_count=report.unchanged,
        used_count=report.used,
    )
