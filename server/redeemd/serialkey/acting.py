"""The SerialKey service's actions, performed without calls (see redeemd.transaction.acting)."""

from typing import Protocol

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.contract import documented_json
from redeemd.resources import master_data
from redeemd.resources.namespaces import NamespaceKey, Namespaces
from redeemd.resources.resource import Grns
from redeemd.serialkey import events, render
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.definition import CAMPAIGN
from redeemd.serialkey.errors import CampaignModelNotFound
from redeemd.serialkey.limits import uses
from redeemd.serialkey.limits.known import KnownLimits
from redeemd.serialkey.redeeming import CodeState
from redeemd.transaction.acting import Acting
from redeemd.transaction.action import ActionResult

_REPLY: type[Message] = pb.UseByUserIdResponse

_key_text = documented_json.renderer(resources_pb2.SerialKey)


class SerialKeys(Protocol):
    """The servicer, as far as it is needed here."""

    namespaces: Namespaces
    codecs: Codecs
    grns: Grns
    known_limits: KnownLimits


async def use(keys: SerialKeys, acting: Acting[pb.UseByUserIdRequest]) -> ActionResult | None:
    """Use a serial key. An imported code or a campaign code has to be looked up, and costs a guess if there is none."""
    request = acting.request
    namespace = keys.namespaces.cached(request.namespace_name)
    if namespace is None:
        return None
    code = keys.codecs.of(namespace).decode(request.code)
    if code is None:
        return None
    tx = acting.recording(events.REDEMPTION, events.code_position(namespace, code))
    namespace_id, now = namespace.namespace_id, acting.call.now
    state = await uses.use(tx, namespace_id, code, keys.known_limits, user_id=request.user_id, now=now)
    return _result(keys, namespace, code.text, state)


def _result(keys: SerialKeys, namespace: NamespaceKey, code: str, state: CodeState) -> ActionResult:
    if state.model is None:
        raise CampaignModelNotFound
    campaign = state.campaign_name, state.model, keys.grns, namespace.name, CAMPAIGN
    item = render.serial_key(keys.grns, namespace.name, code, state)
    text = f'{{"item":{_key_text(item)},"campaignModel":{master_data.render_text(*campaign)}}}'
    return ActionResult(text, lambda: _REPLY(item=item, campaign_model=master_data.render(*campaign)))
