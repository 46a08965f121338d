"""The SerialKey service, composed of its groups of RPCs."""

from redeemd.http.links import Links
from redeemd.resources.common import SharedServices
from redeemd.resources.master_data import Document
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.serialkey.codec.codecs import Codecs
from redeemd.serialkey.definition import DEFINITION
from redeemd.serialkey.guessing.guesses import Guesses
from redeemd.serialkey.importing.imports import Imports
from redeemd.serialkey.limits.known import KnownLimits
from redeemd.serialkey.rpcs.alone import AloneRpcs
from redeemd.serialkey.rpcs.campaigns import CampaignRpcs
from redeemd.serialkey.rpcs.codes import CodeRpcs
from redeemd.serialkey.rpcs.guesses import GuessRpcs
from redeemd.serialkey.rpcs.managing import ManagingRpcs
from redeemd.serialkey.rpcs.redemptions import RedemptionRpcs
from redeemd.store.base import Store
from redeemd.transaction.signed import SheetRunner


class SerialKeyServicer(ManagingRpcs, AloneRpcs, CodeRpcs, CampaignRpcs, RedemptionRpcs, GuessRpcs):
    """See SerialKeyService in the proto."""

    def __init__(
        self,
        store: Store,
        codecs: Codecs,
        parts: SharedServices,
        signed: SheetRunner,
        *,
        links: Links,
        guesses: Guesses,
        imports: Imports,
    ) -> None:
        super().__init__(DEFINITION, parts)
        self.store = store
        self.codecs = codecs
        self.links = links
        self.guesses = guesses
        self.imports = imports
        self.signed = signed
        self.known_limits = KnownLimits()

    def forget_settings(self, name: str) -> None:
        """See CommonRpcs."""
        super().forget_settings(name)
        self._forget_guess_rules(name)

    async def follow_master(self, call: Call[object], namespace: NamespaceKey, document: Document) -> None:
        """See CommonRpcs."""
        await super().follow_master(call, namespace, document)
        call.after_commit(lambda: self._forget_guess_rules(namespace.name))
        call.after_commit(self.codecs.of(namespace).formats.forget)

    def _forget_guess_rules(self, name: str) -> None:
        known = self.namespaces.cached(name)
        if known is not None:
            self.guesses.forget(known)
