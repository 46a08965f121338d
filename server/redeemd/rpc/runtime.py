"""The components that all methods share, and the parts of a call that do not depend on its method."""

import asyncio
import itertools
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redeem.options.v1 import options_pb2

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.limiter import Limiter
from redeemd.rpc.ports import AccessControl, Metadata, Rule, SetRecorder
from redeemd.store.base import Store

REQUEST_ID = "x-request-id"  # metadata of a call and of its reply

# Returns what records the events of a method's calls; None if it has none. The arguments are those of a Rule.
RecorderOfSets = Callable[[options_pb2.Policy, object, str], SetRecorder | None]

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


class RequestIds:
    """Identifies calls. Ids of calls without one are a random prefix of the server, and a counter."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def of(self, metadata: Metadata) -> str:
        """Return the client's id of the call, or a new one."""
        given = metadata.get(REQUEST_ID)
        if isinstance(given, str) and _REQUEST_ID.match(given):
            return given
        return f"{self._prefix}-{next(self._numbers):x}"


@dataclass(frozen=True, slots=True)
class Runtime:
    """The components that all methods share.

    Rules of features surround transactions, and bodies inside transactions; the first rule is outermost.
    """

    store: Store
    access: AccessControl
    idempotency: Idempotency
    clock: Clock
    telemetry: Telemetry
    limiter: Limiter
    request_ids: RequestIds
    around_transactions: Sequence[Rule]
    around_bodies: Sequence[Rule]
    recorder_of_sets: RecorderOfSets
    stopping: asyncio.Event  # set when the server begins to shut down
