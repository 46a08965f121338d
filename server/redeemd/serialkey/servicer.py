"""The SerialKey service, put together of its RPCs."""

from redeemd.clock import Clock
from redeemd.http.links import Links
from redeemd.rpc.common import ServiceParts
from redeemd.serialkey.batch_rpcs import BatchRpcs
from redeemd.serialkey.campaign_rpcs import CampaignRpcs
from redeemd.serialkey.code_rpcs import CodeRpcs
from redeemd.serialkey.codecs import Codecs
from redeemd.serialkey.spec import SPEC
from redeemd.store.base import Store


class SerialKeyServicer(BatchRpcs, CodeRpcs, CampaignRpcs):
    """See SerialKeyService in the proto."""

    def __init__(self, store: Store, codecs: Codecs, parts: ServiceParts, *, links: Links, clock: Clock) -> None:
        super().__init__(SPEC, parts)
        self.store = store
        self.codecs = codecs
        self.links = links
        self.clock = clock
