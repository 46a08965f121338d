"""What a method is told about the call it serves."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd import locks
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
    """

    plan: Any
    namespace_names: Sequence[str | None]


class Reservation(Protocol):
    """Something that was reserved for a call outside its transaction."""

    async def settle(self, *, failed: bool) -> None:
        """Hear that the call ended, committed or refused; with `failed` it was the store that failed."""


class TakenBack(Exception):
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
    # What the transaction knows of itself that issued this call as one of its actions; None for a caller's own call.
    issuer: Any = None
    # What the body notes of its work for whoever tells of it: see redeemd.event.telling.
    noted: Any = None
    # What handlers executed for the call (handlers.sagas.Executed), while its body runs for good after that.
    executed: Any = None
    # What the body came to that handlers have to execute before (transaction.foreign.Step).
    steps: list[Any] = field(default_factory=list)
    # What the body has to tell, when it is done, as parameters of a query.
    told: list[dict[str, Any]] = field(default_factory=list)
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

    def acting(self, request: Message, *, method: str, reply_type: type[Message], now: int, issuer: Any) -> "Call[Any]":
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
            told=self.told,
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
        self.told.clear()
        if self.executed is not None:
            self.executed.ended = False

    def tell_in(self, tx: Tx) -> None:
        """Have the body's statements run by one that tells an event: see redeemd.event.telling."""
        self._tx = tx

    def committed(self) -> None:
        """Do what after_commit was told."""
        for effect in self._after_commit:
            effect()

    async def settle(self, *, failed: bool = False) -> None:
        """Have done with what was reserved for the call."""
        for reservation in self.reserved.values():
            await reservation.settle(failed=failed)

    def over(self) -> None:
        """Do what when_over was told."""
        for effect in self._when_over:
            effect()
