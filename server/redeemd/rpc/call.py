"""The call that a method serves."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.idempotency.idempotency import Claim
from redeemd.store import locks
from redeemd.store.base import Tx

Request = TypeVar("Request", bound=Message)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a key's role, a player, or both unset for a public method.

    namespace_names limits the caller to some namespaces; None is no limit. time_offset_ms is by how much the caller's
    clock runs ahead.
    """

    role: options_pb2.Role = options_pb2.ROLE_UNSPECIFIED
    key_id: str | None = None
    user_id: str | None = None
    namespace_names: frozenset[str] | None = None
    time_offset_ms: int = 0
    code_access: options_pb2.CodeAccess = options_pb2.CODE_ACCESS_UNSPECIFIED


NOBODY = Caller()


class Authorized(NamedTuple):
    """What a method that decides itself who may call it found in a request.

    plan             what its body is given
    namespace_names  the namespaces the call is about; None among them: a key that is limited to namespaces may not call
    user_id          the player the call is about, if neither the credential nor a field of the request names the player
    """

    plan: Any
    namespace_names: Sequence[str | None]
    user_id: str | None = None


class Reservation(Protocol):
    """Something that was reserved for a call outside its transaction."""

    async def settle(self, *, failed: bool) -> None:
        """Hear that the call ended, committed or refused; with `failed` it was the store that failed."""


class Issuer(Protocol):
    """What an action can read of the transaction that issued it."""

    @property
    def transaction_id(self) -> str:
        """The id of the outermost transaction."""

    @property
    def path(self) -> str:
        """Where the action stands in the outermost transaction."""

    @property
    def from_master(self) -> bool:
        """Whether the whole request of the action is master data, except for the player's id."""

    @property
    def rates(self) -> dict[Hashable, Any]:
        """Rates that actions of the outermost transaction have read, by whatever identifies one."""


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
    """What handlers executed for a call."""

    ended: bool  # set by the body, when it has come to its end

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
    """Raised by a body whose transaction is to be rolled back, and yet has an answer."""

    def __init__(self, reply: Message) -> None:
        self.reply = reply


@dataclass(slots=True)
class Call(Generic[Request]):
    """One call. `now` is the caller's clock in Unix milliseconds, `server_now` the server's."""

    request: Request
    caller: Caller
    now: int
    server_now: int
    method: str
    reply_type: type[Message]
    # What the method's own authorization found: see redeemd.rpc.bind.authorized.
    authorized: Authorized | None = None
    # What the first part of the method returned, for its body: see redeemd.rpc.bind.prepared.
    plan: Any = None
    # The idempotency key under which the reply is stored. None without one, and in a dry run.
    claim: Claim | None = None
    # The transaction that issued this call as one of its actions; None for a caller's own call.
    issuer: Issuer | None = None
    # The place of the code that the body worked on, for the event of the call.
    noted: str | None = None
    # What handlers executed for the call; None until they have.
    executed: Executed | None = None
    # What handlers have to execute before the transaction can commit, as the body meets it.
    steps: list[Step] = field(default_factory=list)
    # The events of the body, as parameters of a query.
    events: list[dict[str, Any]] = field(default_factory=list)
    dry_run: bool = False  # what the body does is taken back
    _tx: Tx | None = None
    _after_commit: list[Callable[[], None]] = field(default_factory=list)
    _when_over: list[Callable[[], None]] = field(default_factory=list)
    _origin: "Call[Any] | None" = None
    # Of a caller's own call: what was reserved for it, by what it was reserved for.
    reserved: dict[Hashable, Reservation] = field(default_factory=dict)
    # Players whom its request does not name in the open, but who are known before its body runs.
    concerns: list[str] = field(default_factory=list)

    @property
    def queue(self) -> list[str]:
        """The names of locks that the body is expected to take: its players'. See redeemd.store.base.Store.run."""
        user_id = self.caller.user_id or getattr(self.request, "user_id", None)
        players = self.concerns if user_id is None else [user_id, *self.concerns]
        return [locks.player(each) for each in players if each]

    @property
    def origin(self) -> "Call[Any]":
        """The caller's own call, of which this one is an action; or this one."""
        return self._origin or self

    @property
    def tx(self) -> Tx:
        """The transaction the method's body runs in."""
        assert self._tx is not None, "only a body has a transaction"
        return self._tx

    @property
    def player(self) -> str:
        """The player the call is for: the token's, or the one that a trusted caller names."""
        user_id: str = self.caller.user_id or self.request.user_id  # type: ignore[attr-defined]  # such methods have it
        return user_id

    def reply(self, **fields: Any) -> Message:
        """Make the method's answer."""
        return self.reply_type(**fields)

    def acting(
        self, request: Message, *, method: str, reply_type: type[Message], now: int, issuer: Issuer | None
    ) -> "Call[Any]":
        """Answer the call of an action in the same transaction. It is for the player that its request names."""
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
        """Have something done in this process once the transaction is durable."""
        self._after_commit.append(effect)

    def when_over(self, effect: Callable[[], None]) -> None:
        """Have something done when the stream that the call is answered by has ended, however it did."""
        self._when_over.append(effect)

    def began(self, tx: Tx) -> None:
        """Hear that the body is about to run, perhaps not for the first time."""
        self._tx = tx
        self._after_commit.clear()
        self.steps.clear()
        self.events.clear()
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
        """Have done with what was reserved for the call."""
        for reservation in self.reserved.values():
            await reservation.settle(failed=failed)

    def over(self) -> None:
        """Run the callbacks of when_over."""
        for effect in self._when_over:
            effect()
