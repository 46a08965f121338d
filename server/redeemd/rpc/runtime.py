"""The components that all methods share, and the parts of a call that do not depend on its method."""

import functools
import itertools
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from redeemd import errors
from redeemd.base.clock import Clock
from redeemd.base.telemetry import Telemetry
from redeemd.errors import ServiceError
from redeemd.idempotency.idempotency import Idempotency
from redeemd.rpc.limiter import Limiter
from redeemd.rpc.ports import AccessControl, Metadata, Rule
from redeemd.store import base
from redeemd.store.base import Store

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")

# Request ids of calls without one: a random prefix of the process, and a counter.
_PROCESS = secrets.token_hex(6)
_numbers = itertools.count(1)

_STORE_REFUSALS: dict[type[base.StoreError], Callable[[], ServiceError]] = {
    base.CommitFailed: errors.NotCommitted,
    base.CommitUnknown: errors.OutcomeUnknown,
    base.Unavailable: errors.StoreUnavailable,
    base.WriteConflict: errors.Conflict,
    base.Busy: errors.Contention,
    base.Saturated: functools.partial(errors.Overloaded, scope="database"),
}


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


def store_refusal(error: base.StoreError) -> ServiceError:
    """Return the refusal of a call for an error of the store."""
    for kind, refusal in _STORE_REFUSALS.items():
        if isinstance(error, kind):
            return refusal()
    return errors.StoreUnavailable()
