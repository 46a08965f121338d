"""The worker that runs scripts after events."""

from redeemd.app.foundation import Foundation
from redeemd.app.services import Services
from redeemd.handlers.after_scripts import AfterScriptRunner, Pace
from redeemd.handlers.dispatcher import Dispatcher
from redeemd.rpc.runtime import Runtime
from redeemd.transaction.after_scripts import PREFIX


def dispatchers(foundation: Foundation, services: Services, runtime: Runtime) -> list[Dispatcher]:
    """Return what dispatches scripts after events, if the server has scripts."""
    if not foundation.scripts.here:
        return []
    transactions = services.run_transaction(runtime)
    runner = AfterScriptRunner(foundation.scripts, services.parser, transactions, foundation.telemetry)
    return [foundation.handlers.dispatcher(PREFIX, runner, Pace())]
