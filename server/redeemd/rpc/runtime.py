"""The components that all methods share, and the parts of a call that do not depend on its method."""

import itertools
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.limiter import Limiter
from redeemd.rpc.ports import AccessControl, Metadata, Rule
from redeemd.store.base import Store

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")

# Request ids of calls without one: a random prefix of the process, and a counter.
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)


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
    around_transactions: Sequence[Rule]
    around_bodies: Sequence[Rule]


def request_id(metadata: Metadata) -> str:
    """Return the client's id of the call, or a new one."""
    given = metadata.get("x-request-id")
    if isinstance(given, str) and _REQUEST_ID.match(given):
        return given
    return f"{_PROCESS}-{next(_numbers):x}"
