"""Scripts after events: deliveries that are written in the transaction of the event.

redeemd.handlers.after_scripts runs them.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple, cast

from redeemd.errors import ScriptNotSupported
from redeemd.rpc.call import Call
from redeemd.script.errors import ScriptFailed
from redeemd.script.literal import Value
from redeemd.script.outcome import Failure, Problem
from redeemd.script.scripts import Scripts, longest_text
from redeemd.store import locks
from redeemd.transaction.ports import ActionOutbox

PREFIX = "script/after"  # no handler can have it, because of its slash: see redeemd.config.handlers
CHAIN_MAX = 5


class AfterScript(NamedTuple):
    """A script that has to run after an event.

    now    the time of the call, Unix milliseconds, with the time offset of the player
    chain  1, or one more than that of the script after an event whose actions caused this event
    """

    script_id: str
    arguments: Mapping[str, Value]
    now: int
    chain: int

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(self._asdict(), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> "AfterScript":
        """Read what `text` returned."""
        return cls(**cast("dict[str, Value]", json.loads(text)))  # type: ignore[arg-type]  # it was written from one


class AfterScripts:
    """Adds deliveries of scripts to the outbox."""

    def __init__(self, scripts: Scripts, outbox: ActionOutbox) -> None:
        self._scripts = scripts
        self._outbox = outbox

    def require_here(self) -> None:
        """Raise ScriptNotSupported if the server has no scripts."""
        if not self._scripts.here:
            raise ScriptNotSupported

    async def put(
        self,
        call: Call[object],
        event: str,
        script_id: str,
        arguments: Mapping[str, Value],
        *,
        user_id: str,
        transaction_id: str,
    ) -> None:
        """Add the script after an event to the transaction of the event.

        Raises ScriptFailed for arguments that no script can have, or in a chain of more than CHAIN_MAX scripts.
        """
        chain = call.origin.chain + 1
        if chain > CHAIN_MAX:
            detail = f"scripts after events caused each other's events: the limit is {CHAIN_MAX}"
            raise ScriptFailed(script=script_id, problem=Problem.NESTING, detail=detail)
        try:
            longest_text(arguments)
        except Failure as failure:
            raise ScriptFailed(script=script_id, problem=failure.problem, detail=failure.detail) from None
        await call.tx.lock(locks.player(user_id))
        await self._outbox.put(
            call.tx,
            f"{PREFIX}:{event}",
            AfterScript(script_id, arguments, call.now, chain).text(),
            user_id=user_id,
            transaction_id=transaction_id,
            trace=call.origin.trace,
            now=call.server_now,
        )
        call.after_commit(lambda: self._outbox.wake(PREFIX))
