"""The SerialKey service, put together of its RPCs."""

from redeemd.clock import Clock
from redeemd.http.links import Links
from redeemd.rpc.masters import Masters
from redeemd.rpc.namespaces import Namespaces
from redeemd.rpc.paging import Pager
from redeemd.rpc.resource import Grns
from redeemd.rpc.user_data_jobs import UserDataJobs
from redeemd.serialkey.batch_rpcs import BatchRpcs
from redeemd.serialkey.campaign_rpcs import CampaignRpcs
from redeemd.serialkey.code_rpcs import CodeRpcs
from redeemd.serialkey.codecs import Codecs
from redeemd.serialkey.spec import SPEC
from redeemd.store.base import Store


class SerialKeyServicer(BatchRpcs, CodeRpcs, CampaignRpcs):
    """See SerialKeyService in the proto."""

    def __init__(
        self,
        store: Store,
        codecs: Codecs,
        *,
        namespaces: Namespaces,
        grns: Grns,
        pager: Pager,
        masters: Masters,
        user_data: UserDataJobs,
        links: Links,
        clock: Clock,
    ) -> None:
        super().__init__(SPEC, namespaces=namespaces, grns=grns, pager=pager, user_data=user_data)
        self.store = store
        self.codecs = codecs
        self.masters = masters
        self.links = links
        self.clock = clock
