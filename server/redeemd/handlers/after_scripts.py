"""Runs the deliveries of scripts after events.

A script has an effect by the actions that it adds: they are one transaction, whose id is that of the delivery. So it
happens once, although a script may run again when the outcome of an attempt is unknown.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2 as pb

from redeemd.base.log import Severity
from redeemd.base.telemetry import Telemetry
from redeemd.base.trace import Trace
from redeemd.errors import Code, ServiceError
from redeemd.handlers.ports import Execution, HandlerReply
from redeemd.rpc.call import Authorized
from redeemd.rpc.refusals import refusal_of
from redeemd.script.errors import ScriptFailed, ScriptNotFound
from redeemd.script.outcome import Failure, Outcome, ScriptAction
from redeemd.script.sandbox import Origin
from redeemd.script.scripts import ConstantArguments, ScriptRun, Scripts
from redeemd.transaction import added
from redeemd.transaction.after_scripts import AfterScript
from redeemd.transaction.composed import Composed
from redeemd.transaction.errors import TransactionAlreadyRun
from redeemd.transaction.parser import ActionParser

# Whatever else a script or its actions are refused with will be the same when it is repeated.
_PASSING = frozenset({Code.ABORTED, Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE})
_NO_CONSTANTS = ConstantArguments("none", dict)
_LINE = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+:[0-9]+")
_DONE = HandlerReply("OK")


class RunsTransactions(Protocol):
    """Makes calls of RunTransaction: see redeemd.rpc.own_calls."""

    async def make(
        self, request: Message, authorized: Authorized[object], *, actor: str, chain: int, trace: Trace | None
    ) -> Message:
        """Return the reply to a call. Raises its refusal, or a StoreError."""


class Pace(NamedTuple):
    """How scripts after events are attempted, in the terms of redeemd.config.handlers."""

    deadline_seconds: float = 30.0
    attempts_max: int = 100
    backoff_seconds: float = 1.0
    backoff_seconds_max: float = 300.0
    calls_max: int = 4
    batches: bool = False


class AfterScriptRunner:
    """Runs scripts after events. See redeemd.handlers.ports.Executor."""

    def __init__(
        self, scripts: Scripts, parser: ActionParser, transactions: RunsTransactions, telemetry: Telemetry
    ) -> None:
        self._scripts = scripts
        self._parser = parser
        self._transactions = transactions
        self._telemetry = telemetry
        self._one = asyncio.Lock()  # a call whose script waits for the sandbox waits for one of these at most

    async def execute(self, execution: Execution, attempt: int, trace: Trace | None = None) -> HandlerReply:
        """Run a script and its transaction."""
        script = AfterScript.read(execution.request)
        try:
            actions, run = await self._run(script, execution)
            if actions:
                await self._perform(actions, run, script, execution, trace)
        except TransactionAlreadyRun:
            return _DONE  # by an attempt whose outcome was unknown
        except Exception as raised:  # noqa: BLE001 -- it is the outcome of this delivery; others are not affected
            return self._failed(refusal_of(raised, "script", self._telemetry.defect), script, execution, attempt)
        return _DONE

    async def execute_batch(self, executions: Sequence[tuple[Execution, int]]) -> Sequence[HandlerReply]:
        """Run scripts one after the other."""
        return [await self.execute(execution, attempt) for execution, attempt in executions]

    async def _run(self, script: AfterScript, execution: Execution) -> tuple[Sequence[ScriptAction], ScriptRun]:
        """Run the script in a thread of its own, with the same random numbers and time at each attempt."""

        def work() -> tuple[Sequence[ScriptAction], ScriptRun]:
            origin = Origin.of(f"{execution.key}/0", script.now)
            return self._scripts.run(
                script.script_id, _NO_CONSTANTS, script.arguments, origin, _actions, result_ignored=True
            )

        async with self._one:
            return await asyncio.to_thread(work)

    async def _perform(
        self,
        actions: Sequence[ScriptAction],
        run: ScriptRun,
        script: AfterScript,
        execution: Execution,
        trace: Trace | None,
    ) -> None:
        """Perform the actions that a script added. Raises ScriptFailed for one that cannot be performed."""
        try:
            requests = added.read(self._parser, actions, execution.user_id)
        except Failure as failure:
            raise ScriptFailed(script=script.script_id, problem=failure.problem, detail=failure.detail) from None
        composed = Composed(requests, [None], execution.key, [run])
        await self._transactions.make(
            pb.RunTransactionRequest(user_id=execution.user_id),
            Authorized(composed, composed.namespace_names),
            actor=f"script:{run.script_id}",
            chain=script.chain,
            trace=trace,
        )

    def _failed(self, refusal: ServiceError, script: AfterScript, execution: Execution, attempt: int) -> HandlerReply:
        final = refusal.status not in _PASSING and not isinstance(refusal, ScriptNotFound)
        self._telemetry.event(
            "script_after_failed",
            Severity.WARNING,
            script=script.script_id,
            delivery_id=execution.key,
            attempt=attempt,
            reason=refusal.reason,
            final=final,
            **_where(refusal),
        )
        return HandlerReply(refusal.status.name, final=final)


def _where(refusal: ServiceError) -> dict[str, str]:
    """Return the problem of a script and its line; not the text of its error, which may come from a player."""
    line = _LINE.match(refusal.metadata.get("detail", ""))
    problem = refusal.metadata.get("problem")
    return ({} if problem is None else {"problem": problem}) | ({} if line is None else {"at": line[0]})


def _actions(outcome: Outcome) -> Sequence[ScriptAction]:
    return outcome.actions
