"""RPCs that issue codes outside of batches. Methods in the order of the proto."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.event.recorder import emits
from redeemd.resources.common import CommonRpcs
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.serialkey import events, issuing, redeeming, render
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.codec.codes import OpenedCode
from redeemd.serialkey.codec.formatted import ALONE
from redeemd.serialkey.validity import Validity

_TRIES = 8  # draws more than codes, because a sequence may be taken

_Request = pb.IssueOnceRequest | pb.IssueForUsersRequest


class _Issued(NamedTuple):
    """A code issued alone, and its state."""

    code: OpenedCode
    state: redeeming.CodeState


class AloneRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    codecs: Codecs

    async def _draw(self, _call: Call[pb.IssueOnceRequest]) -> list[int]:
        return _draws(_TRIES)

    @prepared(_draw, inside=_draw)
    @emits(events.issued_alone)
    async def IssueOnce(self, call: Call[pb.IssueOnceRequest], draws: list[int]) -> Message:
        owner = call.request.owner_user_id if call.request.HasField("owner_user_id") else None
        namespace, [issued] = await self._issue_alone(call, [owner], draws)
        call.noted = events.code_position(namespace, issued.code)
        return call.reply(item=self._issued_item(namespace, issued))

    async def _issue_alone(
        self, call: Call[_Request], owners: Sequence[str | None], draws: Sequence[int]
    ) -> tuple[NamespaceKey, list[_Issued]]:
        namespace = await self.namespace_of(call)
        jobs = await issuing.issue_alone(
            call.tx,
            namespace.namespace_id,
            call.request.campaign_model_name,
            owners=owners,
            draws=draws,
            key_id=self.codecs.current_key_id,
            metadata=call.request.metadata or None,
            validity=Validity.of(call.request),
            now=call.now,
        )
        encode = self.codecs.of(namespace).encode
        codes = [
            OpenedCode(*position, encode(*position))
            for job in jobs
            for position in [(job.key_id, job.campaign_number, job.first_sequence)]
        ]
        state = await redeeming.read(call.tx, namespace.namespace_id, codes[0], now=call.now)  # but for its owner
        states = [state._replace(owner_user_id=owner) for owner in owners]
        return namespace, [_Issued(*issued) for issued in zip(codes, states, strict=True)]

    def _issued_item(self, namespace: NamespaceKey, issued: _Issued) -> dict[str, object]:
        return render.serial_key(self.grns, namespace.name, issued.code.text, issued.state)

    async def _draw_many(self, call: Call[pb.IssueForUsersRequest]) -> list[int]:
        return _draws(2 * len(call.request.user_ids) + _TRIES)

    @prepared(_draw_many)
    @emits(events.issued_for_users)
    async def IssueForUsers(self, call: Call[pb.IssueForUsersRequest], draws: list[int]) -> Message:
        namespace, issued = await self._issue_alone(call, call.request.user_ids, draws)
        return call.reply(items=[self._issued_item(namespace, each) for each in issued])


def _draws(count: int) -> list[int]:
    """Return random numbers, of which each leads to a sequence."""
    return [secrets.randbelow(ALONE) for _ in range(count)]
