"""Runs the actions of a transaction, in the transaction of the store that the call is in.

An action that issues a transaction itself (an exchange as a reward) runs that in the same one, and both count together
against the limits. What an action refuses, the whole refuses: the store takes everything back.

Before its first action, a transaction locks every player whom it or a transaction inside it names. To know them, it
first goes through the actions that run others without performing any: see Scout.
"""

import contextlib
import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any, ClassVar, NamedTuple, Protocol

from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2, resources_pb2

from redeemd import locks
from redeemd.errors import ServiceError, StaleNamespace, ValidationFailed, Violation
from redeemd.rpc import documented_json
from redeemd.rpc.call import Call, Step
from redeemd.transaction import asked as asking
from redeemd.transaction import foreign
from redeemd.transaction.asked import TEXT_BYTES_MAX, USER_ID, Asked, too_large
from redeemd.transaction.errors import TransactionTooLarge
from redeemd.transaction.ports import Outbox
from redeemd.transaction.registry import Kind, prefix_of
from redeemd.transaction.requests import DEPTH_MAX, AnyTemplate, Requests
from redeemd.transaction.results import Results
from redeemd.transaction.sheets import Origin, Sheets

ACTIONS_MAX = 1000  # of a transaction, with what it issues

_SUCCEEDED = 200
_ACCEPTED = 202  # and delivered from now on
_KINDS = tuple(Kind)  # to go through an enumeration takes longer


class TimeOffset(Protocol):
    """Reads time offset tokens."""

    def __call__(self, text: str, user_id: str, *, now: int) -> int:
        """Answer the seconds of a token for a player. Raises a ServiceError."""


@dataclass(slots=True)
class _Shared:
    """What a transaction and those that it issues have in common."""

    transaction_id: str  # of the outermost
    actions_left: int = ACTIONS_MAX
    room: int = TEXT_BYTES_MAX  # in bytes
    forecasts: list[requests_pb2.ActionForecast] | None = None  # of a preflight, which runs into no refusal
    players: set[str] = field(default_factory=set)  # whom it has for itself
    scouted: bool = False  # all players of its actions are known, with those inside
    named: set[str] | None = None  # whom a Scout has met; None: it is no scout's
    # What nested exchanges read of the master data, for the scout and the transaction alike.
    rates: dict[Hashable, Any] = field(default_factory=dict)

    def take_action(self) -> None:
        self.actions_left -= 1
        if self.actions_left < 0:
            raise too_large("actions", ACTIONS_MAX)

    def take_room(self, text: str) -> None:
        self.room -= len(text) if text.isascii() else len(text.encode())
        if self.room < 0:
            raise too_large("text", TEXT_BYTES_MAX)


class Issuer(NamedTuple):
    """What an action knows of the transaction that runs it. See redeemd.rpc.call.Issuer.

    from_master: all that the action is asked stands in master data, but for the player's id.
    """

    shared: _Shared
    depth: int
    path: str
    from_master: bool = False

    @property
    def transaction_id(self) -> str:
        """See redeemd.rpc.call.Issuer."""
        return self.shared.transaction_id

    @property
    def rates(self) -> dict[Hashable, Any]:
        """See redeemd.rpc.call.Issuer."""
        return self.shared.rates

    def without_forecasts(self) -> "Issuer":
        """Answer the same where refusals are raised."""
        if self.shared.forecasts is None:
            return self
        return self._replace(shared=replace(self.shared, forecasts=None))


class Issued(NamedTuple):
    """A transaction that was run."""

    text: str  # {transactionId, userId, verifyActions, consumeActions, acquireActions} as JSON
    result: resources_pb2.TransactionResult

    def fields(self) -> dict[str, Any]:
        """See Transaction.answer."""
        return {
            "transaction_id": self.result.transaction_id,
            "auto_run_stamp_sheet": True,
            "atomic_commit": True,
            "transaction": self.text,
            "transaction_result": self.result,
        }


class Runner:
    """Begins transactions."""

    def __init__(
        self, requests: Requests, results: Results, outbox: Outbox, time_offset: TimeOffset, sheets: Sheets
    ) -> None:
        self.requests = requests
        self.results = results
        self.outbox = outbox
        self.time_offset = time_offset
        self.sheets = sheets

    def begin(
        self,
        call: Call[Any],
        *,
        namespace_names: Sequence[str | None],
        transaction_id: str | None = None,
        signed: bool = False,
    ) -> "Transaction":
        """Begin a transaction for the player of a call, or, with `signed`, one that is for its holder to run.

        namespace_names are those that a key has to be good for to read its result; with None among them, it has to be
        good for all. Raises TransactionTooLarge when too many are around it, or Scouted.
        """
        kind = SignedTransaction if signed else Transaction
        transaction_id = transaction_id or (call.executed and call.executed.transaction_id) or str(uuid.uuid4())
        issuer = call.issuer if isinstance(call.issuer, Issuer) else Issuer(_Shared(transaction_id), depth=0, path="")
        if issuer.depth >= DEPTH_MAX:
            raise too_large("depth", DEPTH_MAX)
        if issuer.shared.named is not None:
            if signed:
                raise Scouted  # nothing is performed, so nobody is locked
            kind = Scout
        return kind(self, call, issuer, transaction_id, namespace_names)

    def forecast(self, call: Call[Any]) -> tuple["Transaction", list[requests_pb2.ActionForecast]]:
        """Begin a transaction that goes on where an action refuses, and has to be taken back; answer what it tells."""
        forecasts: list[requests_pb2.ActionForecast] = []
        transaction_id = str(uuid.uuid4())
        issuer = Issuer(_Shared(transaction_id, forecasts=forecasts), depth=0, path="")
        return Transaction(self, call, issuer, transaction_id), forecasts

    def decide(self, call: Call[Any], *, namespace_names: Sequence[str | None]) -> "Transaction":
        """Begin a transaction that runs into refusals even in a forecast: an expression decides by them."""
        transaction = self.begin(call, namespace_names=namespace_names)
        transaction.issuer = transaction.issuer.without_forecasts()
        return transaction


@dataclass(slots=True)
class Transaction:
    """One transaction under way."""

    signed: ClassVar[bool] = False  # whether its holder is to run it

    runner: Runner
    call: Call[Any]
    issuer: Issuer
    transaction_id: str
    namespace_names: Sequence[str | None] = ()
    _done: dict[Kind, list[tuple[Asked, str]]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})

    def plan(self, templates: Sequence[AnyTemplate], config: Mapping[str, str], *, count: int) -> list[Asked]:
        """Put the values of placeholders into actions and multiply them, before any is run.

        Raises ValidationFailed for a placeholder without a value, a value that does not fit, or an action that cannot
        be multiplied; TransactionTooLarge.
        """
        values = {**config, USER_ID: self.call.player}
        missing = asking.missing(templates, values)
        if missing:
            problems = [Violation("config", f"has no value for {key}", "require") for key in missing]
            raise ValidationFailed(component="config", violations=problems)
        planned: list[Asked] = []
        for each in templates:
            asked = self.runner.requests.multiplied(each.fill(values, self.issuer.shared.room), count)
            planned += self.admit(asked)
        return planned

    def admit(self, *actions: Asked) -> Sequence[Asked]:
        """Count actions that were planned elsewhere. Raises TransactionTooLarge."""
        for asked in actions:
            self.issuer.shared.take_room(asked.text)
        return actions

    async def perform_all(self, actions: Sequence[Asked]) -> None:
        """Perform actions in their order. Raises what the first raises that refuses."""
        await self.take_players(actions)
        for asked in actions:
            await self._perform(asked)

    async def take_players(self, actions: Sequence[Asked]) -> None:
        """Lock the players of actions that are about to be performed, with those of the actions inside them.

        Called with all actions before the first of them is performed. Who is locked already is not locked again.
        """
        shared = self.issuer.shared
        if shared.scouted or self.call.tx.serial:
            wanted = self._named_by(actions)
        else:
            wanted = await self.players_of(actions)
            shared.scouted = True
        wanted -= shared.players
        if wanted:
            await self.call.tx.lock(*map(locks.player, wanted))
            shared.players |= wanted

    async def players_of(self, actions: Sequence[Asked]) -> set[str]:
        """Return the players whom actions name, and whom the actions inside them name. Nothing is performed."""
        named = self._named_by(actions)
        shared = _Shared(self.issuer.shared.transaction_id, named=named, rates=self.issuer.shared.rates)
        await self._scout(actions, shared)
        return named

    def _named_by(self, actions: Sequence[Asked]) -> set[str]:
        # Issuing a code names nobody.
        return {getattr(asked.request, "user_id", self.call.player) for asked in actions}

    async def _scout(self, actions: Sequence[Asked], shared: _Shared) -> None:
        """Have the actions that run others do so by Scouts. What refuses is left to refuse when it is performed."""
        for asked in actions:
            if not asked.action.spec.nests:
                continue
            with contextlib.suppress(Scouted, ServiceError, StaleNamespace):
                shared.take_action()
                await asked.action.perform(self._acting(asked, shared))

    async def perform(self, asked: Asked) -> Any:
        """Perform an action; answer its answer. In a forecast, answer None when it refuses. Raises what it raises."""
        await self.take_players([asked])
        return await self._perform(asked)

    async def _perform(self, asked: Asked) -> Any:
        shared = self.issuer.shared
        before = 0 if shared.forecasts is None else len(shared.forecasts)
        try:
            shared.take_action()
            answer, text = await self._run(asked)
            shared.take_room(text)
        except StaleNamespace:
            asked.action.forget_namespace(getattr(asked.request, "namespace_name", ""))
            raise
        except ServiceError as refusal:
            self._locate(refusal, asked)
            if shared.forecasts is None or isinstance(refusal, TransactionTooLarge):
                raise
            shared.forecasts.append(_forecast(self._path(asked), asked, refusal))
            return None
        self._done[asked.action.spec.kind].append((asked, text))
        if shared.forecasts is not None:
            shared.forecasts.append(_forecast_after(self._path(asked), asked, shared.forecasts[before:]))
        return answer

    async def _run(self, asked: Asked) -> tuple[Message, str]:
        """Run an action; answer its answer, and that as JSON."""
        if asked.action.foreign:
            text = await self._hand_over(asked)
            return foreign.answer(text), text
        answer = await asked.action.perform(self._acting(asked, self.issuer.shared))
        return answer, documented_json.to_text(answer)

    def _acting(self, asked: Asked, shared: _Shared) -> Call[Any]:
        """Return the call of an action. Raises what is wrong with its time offset token."""
        action, call, now = asked.action, self.call, self.call.now
        request: Any = asked.request
        if action.rule.has_time_offset_token and request.time_offset_token:
            seconds = self.runner.time_offset(request.time_offset_token, request.user_id, now=call.server_now)
            now = call.server_now + seconds * 1000
        from_master = self.issuer.from_master or asked.from_master
        issuer = Issuer(shared, self.issuer.depth + 1, self._path(asked), from_master)
        return call.acting(request, method=action.method, reply_type=action.reply_type, now=now, issuer=issuer)

    async def _hand_over(self, asked: Asked) -> str:
        """Have an action of a handler delivered, or take what its handler answered before this; answer the result."""
        shared, call, name = self.issuer.shared, self.call, asked.action.spec.name
        if asked.action.spec.kind == Kind.ACQUIRE:
            outbox = self.runner.outbox
            call.after_commit(lambda: outbox.wake(prefix_of(name)))
            delivery_id = await outbox.put(
                call.tx,
                name,
                asked.text,
                user_id=call.player,
                transaction_id=shared.transaction_id,
                now=call.server_now,
            )
            return f'{{"deliveryId":"{delivery_id}"}}'
        step = Step(
            self._path(asked),
            _index(asked),
            asked.action.spec.kind,
            name,
            asked.text,
            call.player,
            shared.transaction_id,
        )
        call.steps.append(step)
        return "{}" if call.executed is None else str(call.executed.result(step))

    def _path(self, asked: Asked) -> str:
        return f"{self.issuer.path}/{asked.place}" if self.issuer.path else asked.place

    def _locate(self, refusal: ServiceError, asked: Asked) -> None:
        """Say in a refusal which action refused (semantics 12.52), the innermost one."""
        where = {"action": asked.action.spec.name, "action_index": _index(asked), "action_path": self._path(asked)}
        refusal.metadata = where | refusal.metadata

    def texts(self) -> list[str]:
        """Answer what its actions answered, as JSON; kind by kind, in order."""
        return [text for done in self._done.values() for _, text in done]

    def results(self) -> resources_pb2.TransactionResult:
        """Answer what its actions answered, and nothing else."""
        found: dict[str, Any] = {f"{kind}_results": _results(kind, done) for kind, done in self._done.items()}
        return resources_pb2.TransactionResult(**found)

    async def answer(self) -> dict[str, Any]:
        """End the transaction; answer the fields of an answer that issues a transaction (semantics 5.5)."""
        return (await self.finish()).fields()

    async def finish(self) -> Issued:
        """End the transaction; keep its result, unless an action of another one issued it."""
        result = resources_pb2.TransactionResult(
            user_id=self.call.player,
            transaction_id=self.transaction_id,
            has_error=False,
            created_at=self.call.server_now,
            revision=1,
            namespace_names=[name for name in self.namespace_names if name is not None],
            needs_unlimited_key=None in self.namespace_names or None,
            transaction_result_id=self.runner.results.grn(self.call.player, self.transaction_id),
            **{f"{kind}_results": _results(kind, done) for kind, done in self._done.items()},
        )
        if self.call.issuer is None:
            await self.runner.results.keep(self.call.tx, result, now=self.call.server_now)
        return Issued(self._text(), result)

    def _text(self) -> str:
        """Render what was asked, put together of the texts that are there."""
        members = [f'"transactionId":"{self.transaction_id}"', f'"{USER_ID}":{encode_basestring(self.call.player)}']
        for kind, done in self._done.items():
            # The names of actions need no quoting.
            items = [f'{{"action":"{it.action.spec.name}","request":{encode_basestring(it.text)}}}' for it, _ in done]
            members.append(f'"{kind}Actions":[{",".join(items)}]')
        return "{" + ",".join(members) + "}"


@dataclass(slots=True)
class SignedTransaction(Transaction):
    """One whose actions are signed, not performed: for its holder to run, in a namespace that does not do so itself."""

    signed: ClassVar[bool] = True

    _asked: list[Asked] = field(default_factory=list)

    async def perform_all(self, actions: Sequence[Asked]) -> None:
        """Take actions in, in their order."""
        for asked in actions:
            self.issuer.shared.take_action()
            self._asked.append(asked)

    async def answer(self) -> dict[str, Any]:
        """Sign them. Raises TransactionTooLarge."""
        call, sheets = self.call, self.runner.sheets
        [namespace_name] = self.namespace_names
        assert namespace_name is not None, "what an exchange signs has a namespace"
        origin = Origin(
            self.transaction_id, call.player, namespace_name, call.server_now, time_offset_ms=call.now - call.server_now
        )
        return {
            "transaction_id": self.transaction_id,
            "stamp_sheet": sheets.write(origin, self._asked),
            "stamp_sheet_encryption_key_id": sheets.key_id,
            "auto_run_stamp_sheet": False,
            "atomic_commit": False,
        }


class Scouted(Exception):
    """Ends a method whose transaction is a Scout's: all is known of it. Not a refusal."""


@dataclass(slots=True)
class Scout(Transaction):
    """Finds out whom a transaction and those inside it are about. It performs nothing, so it only reads."""

    async def take_players(self, actions: Sequence[Asked]) -> None:
        """Note the players of actions, which are all of the transaction, and of those inside them. Raises Scouted."""
        shared = self.issuer.shared
        assert shared.named is not None, "a scout's transaction notes whom it meets"
        shared.named |= self._named_by(actions)
        await self._scout(actions, shared)
        raise Scouted


def _results(kind: Kind, done: Sequence[tuple[Asked, str]]) -> list[dict[str, Any]]:
    """Answer the fields of the results of one kind."""
    request, result = f"{kind}_request", f"{kind}_result"
    return [
        {"action": asked.action.spec.name, request: asked.text, "status_code": _status(asked), result: text}
        for asked, text in done
    ]


def _status(asked: Asked) -> int:
    delivered_later = asked.action.foreign and asked.action.spec.kind == Kind.ACQUIRE
    return _ACCEPTED if delivered_later else _SUCCEEDED


def _index(asked: Asked) -> str:
    """Answer the number of an action among those of its kind."""
    _, _, index = asked.place.removesuffix("]").partition("[")
    return index or "0"


def _forecast(path: str, asked: Asked, refusal: ServiceError) -> requests_pb2.ActionForecast:
    return requests_pb2.ActionForecast(
        action_path=path,
        action=asked.action.spec.name,
        would_succeed=False,
        status_code=refusal.status.value[0],
        reason=refusal.reason,
        message=str(refusal),
        metadata=refusal.metadata,
    )


def _forecast_after(
    path: str, asked: Asked, inside: Sequence[requests_pb2.ActionForecast]
) -> requests_pb2.ActionForecast:
    """Forecast an action that did not refuse itself: it would fail with the first that would fail inside of it."""
    forecast = requests_pb2.ActionForecast()
    forecast.CopyFrom(next((each for each in inside if not each.would_succeed), forecast))
    forecast.would_succeed = not forecast.reason
    forecast.action_path, forecast.action = path, asked.action.spec.name
    return forecast
