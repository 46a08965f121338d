"""The Exchange service, composed of its groups of RPCs."""

from redeemd.exchange.await_rpcs import AwaitRpcs
from redeemd.exchange.awaits import Awaits
from redeemd.exchange.definition import DEFINITION, RateKinds
from redeemd.exchange.exchange_rpcs import ExchangeRpcs
from redeemd.exchange.rate_rpcs import RateRpcs
from redeemd.exchange.rates import Rates
from redeemd.exchange.scripted import ExchangeScripts
from redeemd.resources.common import SharedServices
from redeemd.script.scripts import Scripts
from redeemd.transaction.after_scripts import AfterScripts
from redeemd.transaction.runner import Runner
from redeemd.transaction.signed import SheetRunner


class ExchangeServicer(RateRpcs, ExchangeRpcs, AwaitRpcs):
    """See ExchangeService in the proto."""

    def __init__(
        self,
        parts: SharedServices,
        kinds: RateKinds,
        awaits: Awaits,
        runner: Runner,
        signed: SheetRunner,
        *,
        scripts: Scripts,
        after_scripts: AfterScripts,
    ) -> None:
        super().__init__(DEFINITION, parts)
        self.kinds = kinds
        self.awaits = awaits
        self.runner = runner
        self.scripts = ExchangeScripts(scripts, after_scripts, self.grns)
        self.signed = signed
        self.rates = Rates(runner.parser.templates)
