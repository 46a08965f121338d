"""Describes events about codes. An event stores only the position of a code, from which the code is computed again."""

from redeem.event.v1 import resources_pb2 as event_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.event.recorder import EventDetails, details
from redeemd.resources import namespaces
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.serialkey import redemptions
from redeemd.serialkey.batches import IMPORTED
from redeemd.serialkey.codec.codecs import CACHE_MAX, Codecs
from redeemd.serialkey.codec.codes import OpenedCode, mask
from redeemd.serialkey.lookup import TypedCode
from redeemd.store.base import Tx

REDEMPTION = event_pb.Event(redemption=event_pb.Redemption()).SerializeToString()  # its statement adds the rest

BatchRequest = pb.SetIssueJobStatusRequest | pb.SetIssueJobValidityRequest
_BatchReply = pb.SetIssueJobStatusResponse | pb.SetIssueJobValidityResponse
_IssueRequest = pb.IssueRequest | pb.IssueBatchRequest | pb.ImportSerialKeysRequest
_IssueReply = pb.IssueResponse | pb.IssueBatchResponse | pb.ImportSerialKeysResponse


def code_position(namespace: NamespaceKey, code: OpenedCode) -> str:
    """Return the position of a code: its namespace id, campaign number, sequence and key id, separated by slashes."""
    return f"{namespace.namespace_id}/{code.campaign_number}/{code.sequence}/{code.key_id}"


def used(_call: Call[object], typed: TypedCode, _reply: object) -> EventDetails:
    """Describe the use of a code."""
    if typed.code is None:
        redemption = event_pb.Redemption(campaign_model_name=typed.text, campaign_code=True)
        return details(redemption=redemption)
    return EventDetails(REDEMPTION, code_position(typed.namespace, typed.code))


def reverted(call: Call[object], typed: TypedCode, reply: pb.RevertUseByUserIdResponse) -> EventDetails | None:
    """Describe a reverted use. Return None for a campaign code of which no use was recorded: `call.noted` is None."""
    item = reply.item
    if typed.code is None:
        redemption = event_pb.Redemption(campaign_model_name=item.campaign_model_name, campaign_code=True)
        return None if call.noted is None else details(redemption=redemption)
    redemption = event_pb.Redemption(campaign_model_name=item.campaign_model_name, revision=item.revision)
    return details(code_position(typed.namespace, typed.code), redemption=redemption)


def issued(call: Call[_IssueRequest], _plan: object, reply: _IssueReply) -> EventDetails:
    """Describe the issue or the import of a batch."""
    job = reply.item
    issue = event_pb.Issue(
        campaign_model_name=call.request.campaign_model_name,
        issue_job_name=job.name,
        count=job.issued_count,
        imported=job.imported or None,
    )
    return details(issue=issue)


def issued_alone(call: Call[pb.IssueOnceRequest], _plan: object, _reply: object) -> EventDetails:
    """Describe the issue of a single code, whose position is in `call.noted`."""
    issue = event_pb.Issue(campaign_model_name=call.request.campaign_model_name, count=1)
    return details(call.noted, issue=issue)


def issued_for_users(
    call: Call[pb.IssueForUsersRequest], _plan: object, reply: pb.IssueForUsersResponse
) -> EventDetails:
    """Describe the issue of codes for players."""
    issue = event_pb.Issue(campaign_model_name=call.request.campaign_model_name, count=len(reply.items))
    return details(issue=issue)


def code_switched(_call: Call[object], typed: TypedCode, reply: pb.SetSerialKeyStatusResponse) -> EventDetails:
    """Describe the switching of one code."""
    item = reply.item
    switch = event_pb.Switch(
        campaign_model_name=item.campaign_model_name,
        active=item.status == resources_pb2.SERIAL_KEY_STATUS_ACTIVE,
        reason=item.status_reason or None,
        revision=item.revision,
    )
    assert typed.code is not None, "campaign codes cannot be switched"
    return details(code_position(typed.namespace, typed.code), switch=switch)


def batch_switched(call: Call[BatchRequest], _plan: object, reply: _BatchReply) -> EventDetails:
    """Describe the switching of a batch, or a change of its validity."""
    return details(switch=_switch(call, reply.item, issue_job_name=reply.item.name))


def campaign_switched(
    call: Call[pb.SetCampaignStatusRequest], _plan: object, reply: pb.SetCampaignStatusResponse
) -> EventDetails:
    """Describe the switching of a campaign."""
    return details(switch=_switch(call, reply.item))


def _switch(
    call: Call[BatchRequest | pb.SetCampaignStatusRequest],
    item: resources_pb2.IssueJob | resources_pb2.CampaignStatus,
    issue_job_name: str | None = None,
) -> event_pb.Switch:
    return event_pb.Switch(
        campaign_model_name=call.request.campaign_model_name,
        issue_job_name=issue_job_name,
        active=item.availability == resources_pb2.AVAILABILITY_ACTIVE,
        reason=item.status_reason or None,
        valid_from=item.valid_from if item.HasField("valid_from") else None,
        valid_until=item.valid_until if item.HasField("valid_until") else None,
        revision=item.revision,
    )


class Codes:
    """Computes the codes of events for callers that may see them."""

    def __init__(self, codecs: Codecs) -> None:
        self._codecs = codecs
        self._namespaces: dict[int, NamespaceKey] = {}

    async def show(self, tx: Tx, position: str, access: options_pb2.CodeAccess) -> str | None:
        """Return the code at a position as `access` shows it; None without access, or if its namespace is gone."""
        if access == options_pb2.CODE_ACCESS_UNSPECIFIED:
            return None
        code = await self._at(tx, position)
        return mask(code) if code is not None and access == options_pb2.CODE_ACCESS_MASKED else code

    async def _at(self, tx: Tx, position: str) -> str | None:
        namespace_id, campaign_number, sequence, key_id = position.split("/")
        namespace = await self._namespace(tx, int(namespace_id))
        if namespace is None:
            return None
        codecs = self._codecs.of(namespace)
        if key_id == IMPORTED:
            return await redemptions.imported_code(tx, namespace, codecs, int(campaign_number), int(sequence))
        return codecs.encode(key_id, int(campaign_number), int(sequence))

    async def _namespace(self, tx: Tx, namespace_id: int) -> NamespaceKey | None:
        """Look up a namespace by its id. Ids are never reused, so cached entries stay valid."""
        known = self._namespaces.get(namespace_id)
        if known is None:
            known = await namespaces.by_id(tx, namespace_id)
            if known is None:
                return None
            if len(self._namespaces) >= CACHE_MAX:
                self._namespaces.clear()
            self._namespaces[namespace_id] = known
        return known
