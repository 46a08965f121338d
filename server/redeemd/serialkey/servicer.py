"""The SerialKey service; methods in the order of the proto."""

import asyncio
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import Message
from redeem.common.v1 import common_pb2
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.errors import NotServedYet
from redeemd.keyring import KeyRing
from redeemd.rpc import crud, master_data
from redeemd.rpc.bind import prepared
from redeemd.rpc.call import Call
from redeemd.rpc.common import CommonRpcs
from redeemd.rpc.namespaces import NamespaceKey, Namespaces
from redeemd.rpc.paging import Pager, limit_of
from redeemd.rpc.resource import Grns, Scope
from redeemd.serialkey import listing, logic, render
from redeemd.serialkey.codecs import Codecs
from redeemd.serialkey.codes import OpenedCode
from redeemd.serialkey.errors import CampaignModelNotFound, CodeNotFound, SerialKeyNotFound
from redeemd.serialkey.spec import CAMPAIGN, CAMPAIGN_MASTER, MASTER_DATA, SPEC
from redeemd.store.base import Store


@dataclass(frozen=True, slots=True)
class TypedCode:
    """What a player typed, as far as it can be known without a transaction.

    serial is set when the text opened as a serial code; else it is the name of a campaign that was a code a moment ago.
    """

    namespace: NamespaceKey
    text: str
    serial: OpenedCode | None


class SerialKeyServicer(CommonRpcs):
    """See SerialKeyService in the proto."""

    def __init__(self, store: Store, ring: KeyRing, *, namespaces: Namespaces, grns: Grns, pager: Pager) -> None:
        super().__init__(SPEC, namespaces=namespaces, grns=grns, pager=pager)
        self._store = store
        self._codecs = Codecs(ring)

    # Issue jobs and serial keys

    async def DescribeIssueJobs(self, call: Call[pb.DescribeIssueJobsRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        limit = limit_of(call)
        after = int(self.pager.cursor(call) or -1)
        jobs = await logic.issue_jobs(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            after_sequence=after,
            limit=limit + 1,
        )
        shown, token = self.pager.page(call, jobs, limit, lambda job: str(job.first_sequence))
        return call.reply(
            items=[render.issue_job(self.grns, namespace.name, job) for job in shown], next_page_token=token
        )

    async def GetIssueJob(self, call: Call[pb.GetIssueJobRequest]) -> Message:
        """See the proto."""
        namespace, batch = await self._batch(call)
        return call.reply(item=render.issue_job(self.grns, namespace.name, batch.job))

    async def _new_name(self, _call: Call[Any]) -> str:
        return str(uuid.uuid4())

    @prepared(_new_name)
    async def Issue(self, call: Call[pb.IssueRequest], name: str) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        job = await logic.issue(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            count=call.request.issue_request_count,
            name=name,
            key_id=self._codecs.newest_key_id,
            metadata=_optional(call.request, "metadata"),
            now=call.now,
        )
        return call.reply(item=render.issue_job(self.grns, namespace.name, job))

    async def DescribeSerialKeys(self, call: Call[pb.DescribeSerialKeysRequest]) -> Message:
        """See the proto."""
        namespace, batch = await self._batch(call)
        page = await listing.page(
            call.tx,
            namespace,
            batch,
            self._codecs.of(namespace),
            self.grns,
            start=int(self.pager.cursor(call) or 0),
            limit=limit_of(call),
        )
        items = page.items
        if call.caller.code_access != options_pb2.CODE_ACCESS_FULL:
            items = [render.masked(item) for item in items]
        token = None if page.next_start is None else self.pager.token(call, str(page.next_start))
        return call.reply(items=items, next_page_token=token)

    async def DownloadSerialCodes(self, _call: Call[pb.DownloadSerialCodesRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="downloads")

    async def _draw_sequences(self, _call: Call[Any]) -> list[int]:
        span = logic.BATCH_SEQUENCES_END
        return [span + secrets.randbelow(span) for _ in range(logic.SINGLE_TRIES)]

    @prepared(_draw_sequences)
    async def IssueOnce(self, call: Call[pb.IssueOnceRequest], sequences: list[int]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        job = await logic.issue_once(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            sequences=sequences,
            key_id=self._codecs.newest_key_id,
            metadata=_optional(call.request, "metadata"),
            now=call.now,
        )
        code = self._codecs.of(namespace).encode(job.key_id, job.campaign_number, job.first_sequence)
        opened = OpenedCode(job.key_id, job.campaign_number, job.first_sequence, code)
        key = await logic.read(call.tx, namespace.namespace_id, opened, now=call.now)
        return call.reply(item=render.serial_key(self.grns, namespace.name, code, key))

    async def _batch(self, call: Call[Any]) -> tuple[NamespaceKey, logic.Batch]:
        namespace = await self.namespace_of(call)
        request = call.request
        batch = await logic.batch(call.tx, namespace.namespace_id, request.campaign_model_name, request.issue_job_name)
        return namespace, batch

    # Codes

    async def _typed_code(self, call: Call[Any]) -> TypedCode:
        """Open what the player typed. A text that is no code of the namespace ends here, far from the writer."""
        namespace = await self.namespaces.find(call.request.namespace_name)
        text: str = call.request.code
        serial = self._codecs.of(namespace).decode(text)
        if serial is None:
            await self._store.run(lambda tx: logic.campaign_code(tx, namespace.namespace_id, text), write=False)
        return TypedCode(namespace, text, serial)

    async def _known_code(self, call: Call[Any]) -> TypedCode:
        with _as_serial_key_not_found():
            return await self._typed_code(call)

    async def _key(self, call: Call[Any], typed: TypedCode) -> logic.Key:
        namespace_id = typed.namespace.namespace_id
        if typed.serial is None:
            return await logic.campaign_code(call.tx, namespace_id, typed.text)
        return await logic.read(call.tx, namespace_id, typed.serial, now=call.now)

    def _reply(self, call: Call[Any], typed: TypedCode, key: logic.Key, **more: Message | None) -> Message:
        if key.model is None:
            raise CampaignModelNotFound
        namespace = typed.namespace
        code = typed.text if typed.serial is None else typed.serial.text
        return call.reply(
            item=render.serial_key(self.grns, namespace.name, code, key),
            campaign_model=master_data.render(key.campaign_name, key.model, self.grns, namespace.name, CAMPAIGN),
            **more,
        )

    @prepared(_known_code)
    async def GetSerialKey(self, call: Call[pb.GetSerialKeyRequest], typed: TypedCode) -> Message:
        """See the proto."""
        with _as_serial_key_not_found():
            key = await self._key(call, typed)
        job = None if key.job is None else render.issue_job(self.grns, typed.namespace.name, key.job)
        return self._reply(call, typed, key, issue_job=job)

    @prepared(_typed_code)
    async def VerifyCode(self, call: Call[pb.VerifyCodeRequest], typed: TypedCode) -> Message:
        """See the proto."""
        return await self._verify(call, typed)

    @prepared(_typed_code)
    async def VerifyCodeByUserId(self, call: Call[pb.VerifyCodeByUserIdRequest], typed: TypedCode) -> Message:
        """See the proto."""
        return await self._verify(call, typed)

    async def _verify(self, call: Call[Any], typed: TypedCode) -> Message:
        key = await self._key(call, typed)
        active = call.request.verify_type == pb.VERIFY_TYPE_ACTIVE
        logic.verify(key, active=active, campaign_name=call.request.campaign_model_name)
        return self._reply(call, typed, key)

    @prepared(_typed_code)
    async def Use(self, call: Call[pb.UseRequest], typed: TypedCode) -> Message:
        """See the proto."""
        assert call.caller.user_id is not None
        return await self._use(call, typed, user_id=call.caller.user_id)

    @prepared(_typed_code)
    async def UseByUserId(self, call: Call[pb.UseByUserIdRequest], typed: TypedCode) -> Message:
        """See the proto."""
        return await self._use(call, typed, user_id=call.request.user_id)

    async def _use(self, call: Call[Any], typed: TypedCode, *, user_id: str) -> Message:
        if typed.serial is None:
            key = await self._key(call, typed)
        else:
            namespace_id = typed.namespace.namespace_id
            key = await logic.use(call.tx, namespace_id, typed.serial, user_id=user_id, now=call.now)
        return self._reply(call, typed, key)

    @prepared(_typed_code)
    async def RevertUseByUserId(self, call: Call[pb.RevertUseByUserIdRequest], typed: TypedCode) -> Message:
        """See the proto."""
        if typed.serial is None:
            key = await self._key(call, typed)
        else:
            namespace_id, user_id = typed.namespace.namespace_id, call.request.user_id
            key = await logic.revert(call.tx, namespace_id, typed.serial, user_id=user_id, now=call.now)
        return self._reply(call, typed, key)

    async def UseByStampTask(self, _call: Call[pb.UseByStampTaskRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="signed tasks and sheets")

    async def RevertUseByStampSheet(self, _call: Call[pb.RevertUseByStampSheetRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="signed tasks and sheets")

    async def VerifyByStampTask(self, _call: Call[pb.VerifyByStampTaskRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="signed tasks and sheets")

    async def IssueOnceByStampSheet(self, _call: Call[pb.IssueOnceByStampSheetRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="signed tasks and sheets")

    # Campaigns

    async def DescribeCampaignModels(self, call: Call[pb.DescribeCampaignModelsRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        return call.reply(items=await master_data.models(call, self.grns, namespace, CAMPAIGN))

    async def GetCampaignModel(self, call: Call[pb.GetCampaignModelRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        name = call.request.campaign_model_name
        return call.reply(item=await master_data.model(call, self.grns, namespace, CAMPAIGN, name))

    async def _drafts(self, call: Call[Any]) -> Scope:
        namespace = await self.namespace_of(call)
        key = {"namespace_id": namespace.namespace_id, "kind": CAMPAIGN.kind}
        return Scope(key, namespace_name=namespace.name)

    async def DescribeCampaignModelMasters(self, call: Call[pb.DescribeCampaignModelMastersRequest]) -> Message:
        """See the proto."""
        return await crud.describe(call, CAMPAIGN_MASTER, self.grns, await self._drafts(call), self.pager)

    async def CreateCampaignModelMaster(self, call: Call[pb.CreateCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.create(call, CAMPAIGN_MASTER, self.grns, await self._drafts(call))

    async def GetCampaignModelMaster(self, call: Call[pb.GetCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.get(call, CAMPAIGN_MASTER, self.grns, await self._drafts(call))

    async def UpdateCampaignModelMaster(self, call: Call[pb.UpdateCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.update(call, CAMPAIGN_MASTER, self.grns, await self._drafts(call))

    async def DeleteCampaignModelMaster(self, call: Call[pb.DeleteCampaignModelMasterRequest]) -> Message:
        """See the proto."""
        return await crud.delete(call, CAMPAIGN_MASTER, self.grns, await self._drafts(call))

    # Master data

    async def ExportMaster(self, call: Call[pb.ExportMasterRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        return self._current(call, namespace, await master_data.export(call.tx, namespace, MASTER_DATA))

    async def GetCurrentCampaignMaster(self, call: Call[pb.GetCurrentCampaignMasterRequest]) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        return self._current(call, namespace, await master_data.current(call.tx, namespace, MASTER_DATA))

    async def PreUpdateCurrentCampaignMaster(self, _call: Call[pb.PreUpdateCurrentCampaignMasterRequest]) -> Message:
        """See the proto."""
        raise NotServedYet(feature="mode preUpload")

    async def _document(self, call: Call[pb.UpdateCurrentCampaignMasterRequest]) -> master_data.Document:
        if call.request.mode == common_pb2.MASTER_DATA_MODE_PRE_UPLOAD:
            raise NotServedYet(feature="mode preUpload")
        # A document may be 5 MiB: the loop goes on while a thread reads it.
        return await asyncio.to_thread(master_data.parse, call.request.settings, MASTER_DATA)

    @prepared(_document)
    async def UpdateCurrentCampaignMaster(
        self, call: Call[pb.UpdateCurrentCampaignMasterRequest], document: master_data.Document
    ) -> Message:
        """See the proto."""
        namespace = await self.namespace_of(call)
        await master_data.replace(call.tx, namespace, MASTER_DATA, document, now=call.server_now)
        await logic.number_campaigns(call.tx, namespace.namespace_id, now=call.server_now)
        return self._current(call, namespace, document.settings)

    async def UpdateCurrentCampaignMasterFromGitHub(
        self, _call: Call[pb.UpdateCurrentCampaignMasterFromGitHubRequest]
    ) -> Message:
        """See the proto."""
        raise NotServedYet(feature="checkouts from GitHub")

    def _current(self, call: Call[Any], namespace: NamespaceKey, settings: str) -> Message:
        item = resources_pb2.CurrentCampaignMaster(namespace_id=self.grns.of(namespace.name), settings=settings)
        return call.reply(item=item)


@contextmanager
def _as_serial_key_not_found() -> Iterator[None]:
    """Reading a code that is none has a documented refusal of its own."""
    try:
        yield
    except CodeNotFound:
        raise SerialKeyNotFound from None


def _optional(request: Any, field: str) -> str | None:
    """Answer a text field, None when it is absent or empty."""
    return getattr(request, field) or None
