"""The call that a method serves."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar, cast

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.base.trace import Trace
from redeemd.idempotency.idempotency import Claim
from redeemd.script.scripts import ScriptRun
from redeemd.store import locks
from redeemd.store.base import Tx

# A Message, or a Protocol with the fields that the code reads. Nothing replaces the request of a call, so covariance is
# safe: a Call[UseRequest] is also a Call[Message] and a Call[NamespacedRequest].
RequestT_co = TypeVar("RequestT_co", covariant=True)

# The result of a method's authorization or preparation of a request, for its body.
PlanT_co = TypeVar("PlanT_co", covariant=True)


class NamespacedRequest(Protocol):
    """A request inside a namespace."""

    namespace_name: str


class NamedRequest(Protocol):
    """A request to create what it names."""

    name: str


class UserRequest(Protocol):
    """A request of a trusted caller for a player."""

    user_id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: a key with its role, a player, or neither for a public method.

    namespace_names limits the caller to some namespaces; None is no limit. time_offset_ms is the offset of the caller's
    clock.
    """

    role: options_pb2.Role = options_pb2.ROLE_UNSPECIFIED
    key_id: str | None = None
    user_id: str | None = None
    namespace_names: frozenset[str] | None = None
    time_offset_ms: int = 0
    code_access: options_pb2.CodeAccess = options_pb2.CODE_ACCESS_UNSPECIFIED

    @property
    def actor(self) -> str | None:
        """The name of the caller in events; None for an anonymous one."""
        if self.key_id is not None or self.user_id is None:
            return self.key_id
        return f"player:{self.user_id}"

    @property
    def sees_codes_masked(self) -> bool:
        """Whether responses to the caller show codes masked."""
        return self.code_access == options_pb2.CODE_ACCESS_MASKED


NOBODY = Caller()


class Authorized(NamedTuple, Generic[PlanT_co]):
    """The result of a method's own authorization of a request.

    plan             the plan for its body
    namespace_names  the namespaces that the call concerns; with None among them, limited keys may not make the call
    user_id          the player that the call concerns, if neither the credential nor a field of the request names one
    """

    plan: PlanT_co
    namespace_names: Sequence[str | None]
    user_id: str | None = None


class Reservation(Protocol):
    """A reservation for a call that was made outside its transaction."""

    async def settle(self, *, failed: bool) -> None:
        """End the reservation after the call; `failed` means that the store failed, so the outcome may be unknown."""


class Issuer(Protocol):
    """The context that an action has of the transaction that issued it."""

    @property
    def transaction_id(self) -> str:
        """The id of the outermost transaction."""

    @property
    def path(self) -> str:
        """The position of the action in the outermost transaction."""

    @property
    def from_master(self) -> bool:
        """Whether the whole request of the action is master data, except for the player's id."""

    @property
    def rates(self) -> dict[Hashable, object]:
        """Rates that actions of the outermost transaction have read, by whatever identifies one."""

    @property
    def scripts(self) -> list[ScriptRun]:
        """The scripts that ran for the outermost transaction, in order."""


class Step(NamedTuple):
    """An action that a handler has to execute before the transaction of a call can commit."""

    path: str
    place: str  # its number among those of its kind
    kind: str
    action: str
    request: str
    user_id: str
    transaction_id: str  # of the outermost transaction


class Executed(Protocol):
    """The steps that handlers executed for a call."""

    ended: bool  # set at the end of the body

    @property
    def transaction_id(self) -> str:
        """The id that the transaction had when its steps were collected."""

    @property
    def results(self) -> Mapping[str, tuple[Step, str]]:
        """The steps that were executed and their results, by path."""

    def result(self, step: Step) -> str:
        """Return the result of a step. Raises Conflict for a step that was not executed."""

    async def end(self, tx: Tx) -> None:
        """Record in the transaction that it commits what was executed. Raises HandlerUnavailable if that is undone."""


class RolledBack(Exception):
    """Raised by a body to roll its transaction back and respond with a reply."""

    def __init__(self, reply: Message) -> None:
        self.reply = reply


@dataclass(slots=True)
class Call(Generic[RequestT_co]):
    """One call. `now` is the caller's clock in Unix milliseconds, `server_now` the server's."""

    request: RequestT_co
    caller: Caller
    now: int
    server_now: int
    method: str
    reply_type: type[Message]
    # The result of the method's own authorization: see redeemd.rpc.marks.authorized.
    authorized: Authorized[object] | None = None
    # The result of the method's first part, for its body: see redeemd.rpc.marks.prepared.
    plan: object = None
    # The idempotency key under which the reply is stored. None without one, and in a dry run.
    claim: Claim | None = None
    # The transaction that issued this call as one of its actions; None for a caller's own call.
    issuer: Issuer | None = None
    # The position of the code that the body changed, or the campaign code, for the event of the call.
    noted: str | None = None
    # Set by a body that found everything as requested and changed nothing, so that there is no event of its method.
    unchanged: bool = False
    # The steps that handlers executed; None before they have.
    executed: Executed | None = None
    # The external actions that the body reached; handlers must execute them before it can commit.
    steps: list[Step] = field(default_factory=list)
    # The events of the body, as parameters of a query.
    events: list[dict[str, object]] = field(default_factory=list)
    dry_run: bool = False  # the transaction is rolled back
    # Whether the body needs a transaction of its own, although its method is marked with @one_statement.
    in_transaction: bool = False
    _tx: Tx | None = None
    _after_commit: list[Callable[[], None]] = field(default_factory=list)
    _when_over: list[Callable[[], None]] = field(default_factory=list)
    _origin: "Call[object] | None" = None
    # The reservations of a caller's own call, by their purpose.
    reserved: dict[Hashable, Reservation] = field(default_factory=dict)
    # The trace that a caller's own call belongs to.
    trace: Trace | None = None
    # The number of scripts after events that led to a call of the server itself, one after the other.
    chain: int = 0
    # Players that no field of the request names, but that are known before the body runs.
    concerns: list[str] = field(default_factory=list)

    @property
    def queue(self) -> list[str]:
        """The names of locks that the body is expected to take: its players'. See redeemd.store.base.Store.run."""
        user_id = self.caller.user_id or getattr(self.request, "user_id", None)
        players = self.concerns if user_id is None else [user_id, *self.concerns]
        return [locks.player(each) for each in players if each]

    @property
    def origin(self) -> "Call[object]":
        """The caller's own call, of which this one is an action; or this one."""
        return self._origin or self

    @property
    def tx(self) -> Tx:
        """The transaction the method's body runs in."""
        assert self._tx is not None, "only a body has a transaction"
        return self._tx

    @property
    def message(self) -> Message:
        """The request as a message, for code that knows it by a Protocol of its fields."""
        return cast("Message", self.request)

    @property
    def player(self) -> str:
        """The player of the call: that of the token, or the one that a trusted caller names."""
        user_id: str = self.caller.user_id or self.request.user_id  # type: ignore[attr-defined]  # such methods have it
        return user_id

    def reply(self, **fields: object) -> Message:
        """Return the method's reply with these fields."""
        return self.reply_type(**fields)

    def acting(
        self, request: Message, *, method: str, reply_type: type[Message], now: int, issuer: Issuer | None
    ) -> "Call[Message]":
        """Return the call of an action in the same transaction, for the player that its request names."""
        return Call(
            request,
            NOBODY,
            now,
            self.server_now,
            method,
            reply_type,
            issuer=issuer,
            executed=self.executed,
            steps=self.steps,
            events=self.events,
            dry_run=self.dry_run,
            _tx=self._tx,
            _after_commit=self._after_commit,
            _origin=self.origin,
        )

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Add a callback for this process that runs once the transaction is durable."""
        self._after_commit.append(effect)

    def when_over(self, effect: Callable[[], None]) -> None:
        """Add a callback that runs when the response stream has ended, for whatever reason."""
        self._when_over.append(effect)

    def began(self, tx: Tx) -> None:
        """Reset the state of the body, which is about to run, possibly again."""
        self._tx = tx
        self._after_commit.clear()
        self.steps.clear()
        self.events.clear()
        self.unchanged = False
        if self.executed is not None:
            self.executed.ended = False

    def record_in(self, tx: Tx) -> None:
        """Run the statements of the body in a transaction that records an event: see redeemd.event.recorder."""
        self._tx = tx

    def committed(self) -> None:
        """Run the callbacks of after_commit."""
        for effect in self._after_commit:
            effect()

    async def settle(self, *, failed: bool = False) -> None:
        """End the reservations of the call."""
        for reservation in self.reserved.values():
            await reservation.settle(failed=failed)

    def over(self) -> None:
        """Run the callbacks of when_over."""
        for effect in self._when_over:
            effect()
