"""The rules by which handlers execute the external actions of a call before its transaction commits."""

import functools

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.errors import Conflict
from redeemd.handlers.sagas import Executed, HandlersWanted, Sagas
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.call import Call
from redeemd.rpc.ports import Around, Next
from redeemd.store.base import Tx


class HandlerRules:
    """Runs a transaction a second time after handlers executed its external actions. See redeemd.handlers.sagas."""

    def __init__(self, sagas: Sagas, idempotency: Idempotency, *, enabled: bool) -> None:
        """`enabled` is false if no handlers are configured: then no call can reach an external action."""
        self._sagas = sagas
        self._idempotency = idempotency
        self._enabled = enabled

    def around_transaction(self, _policy: options_pb2.Policy, _method: object, _name: str) -> Around | None:
        """Return the rule that executes the steps of a transaction. See redeemd.rpc.ports.Rule."""
        return self._execute_steps if self._enabled else None

    def around_body(self, _policy: options_pb2.Policy, _method: object, _name: str) -> Around | None:
        """Return the rule that collects the steps of a body. See redeemd.rpc.ports.Rule."""
        return _collect_steps if self._enabled else None

    async def _execute_steps(self, call: Call[Message], inner: Next) -> Message:
        """Run a transaction; if it needs handlers, let them execute its steps and run it again to commit."""
        call.executed = None
        try:
            return await inner(call)
        except HandlersWanted as wanted:
            return await self._sagas.run(
                wanted,
                scope=None if call.claim is None else call.claim.scope,
                earlier_reply=functools.partial(self._earlier_reply, call),
                commit=functools.partial(_run_to_commit, call, inner),
            )

    async def _earlier_reply(self, call: Call[Message], tx: Tx) -> Message | None:
        if call.claim is None:
            return None
        return await self._idempotency.earlier_reply(tx, call.claim, call.reply_type, now=call.server_now)


async def _run_to_commit(call: Call[Message], inner: Next, executed: Executed) -> Message:
    call.executed = executed
    return await inner(call)


async def _collect_steps(call: Call[Message], inner: Next) -> Message:
    """Run a body. Raises HandlersWanted if handlers must execute steps first, Conflict if they executed others."""
    executed = call.executed
    if executed is not None:
        await executed.end(call.tx)
    reply = await inner(call)
    if executed is None:
        if call.steps and not call.dry_run:
            raise HandlersWanted(list(call.steps), created_at=call.server_now, trace=call.trace)
        return reply
    if len(call.steps) != len(executed.results):
        raise Conflict
    executed.ended = True
    return reply
