"""Runs the actions of a transaction within the store transaction of the call.

An action that issues a transaction itself (an exchange as a reward) runs it in the same store transaction, and both
count against the same limits. If any action refuses, the whole transaction refuses and the store rolls everything back.

Before its first action, a transaction locks every player named by it or by a transaction nested in it. To find them, it
first goes through the nesting actions without performing any: see Scout.
"""

import contextlib
import uuid
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any, ClassVar, NamedTuple, Protocol

from google.protobuf.message import Message
from redeem.transaction.v1 import requests_pb2, resources_pb2

from redeemd.contract import documented_json
from redeemd.errors import ServiceError, StaleNamespace, ValidationFailed, Violation
from redeemd.rpc.call import Call, Step
from redeemd.store import locks
from redeemd.transaction import action_request as asking
from redeemd.transaction import external
from redeemd.transaction.action_request import DEPTH_MAX, TEXT_BYTES_MAX, USER_ID, ActionRequest, too_large
from redeemd.transaction.errors import TransactionTooLarge
from redeemd.transaction.parser import ActionParser, AnyTemplate
from redeemd.transaction.ports import Outbox
from redeemd.transaction.registry import Kind, prefix_of
from redeemd.transaction.results import Results
from redeemd.transaction.sheets import Origin, Sheets

ACTIONS_MAX = 1000  # of a transaction, including the transactions it issues

_SUCCEEDED = 200
_ACCEPTED = 202  # committed, to be delivered
_KINDS = tuple(Kind)  # iterating over the enumeration itself is slower


class TimeOffset(Protocol):
    """Reads time offset tokens."""

    def __call__(self, text: str, user_id: str, *, now: int) -> int:
        """Return the offset, in seconds, of a player's token. Raises a ServiceError."""


@dataclass(slots=True)
class _Shared:
    """State shared by a transaction and the transactions nested in it."""

    transaction_id: str  # of the outermost transaction
    actions_left: int = ACTIONS_MAX
    room: int = TEXT_BYTES_MAX  # in bytes
    forecasts: list[requests_pb2.ActionForecast] | None = None  # of a preflight, in which refusals are not raised
    players: set[str] = field(default_factory=set)  # locked by this transaction
    scouted: bool = False  # all players of its actions are known, including those of nested actions
    named: set[str] | None = None  # players found by a Scout; None if this is not a scout's
    # Master data that nested exchanges have read, shared by the scout and the transaction.
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
    """The context that an action has of the transaction that runs it. See redeemd.rpc.call.Issuer.

    from_master: the whole request of the action comes from master data, except the player's id.
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
        """Return the same context, but with refusals raised."""
        if self.shared.forecasts is None:
            return self
        return self._replace(shared=replace(self.shared, forecasts=None))


class Issued(NamedTuple):
    """A transaction that has run."""

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
    """Creates transactions."""

    def __init__(
        self, requests: ActionParser, results: Results, outbox: Outbox, time_offset: TimeOffset, sheets: Sheets
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
        """Begin a transaction for the player of a call or, with `signed`, one that its holder is to run.

        namespace_names are those that a key must have access to in order to read the result; with None among them, the
        key must have access to all. Raises TransactionTooLarge when it is nested too deeply, or Scouted.
        """
        kind = SignedTransaction if signed else Transaction
        transaction_id = transaction_id or (call.executed and call.executed.transaction_id) or str(uuid.uuid4())
        issuer = call.issuer if isinstance(call.issuer, Issuer) else Issuer(_Shared(transaction_id), depth=0, path="")
        if issuer.depth >= DEPTH_MAX:
            raise too_large("depth", DEPTH_MAX)
        if issuer.shared.named is not None:
            if signed:
                raise Scouted  # nothing is performed, so no player is locked
            kind = Scout
        return kind(self, call, issuer, transaction_id, namespace_names)

    def forecast(self, call: Call[Any]) -> tuple["Transaction", list[requests_pb2.ActionForecast]]:
        """Return a transaction that continues after refusals and must be rolled back, and the list of its forecasts."""
        forecasts: list[requests_pb2.ActionForecast] = []
        transaction_id = str(uuid.uuid4())
        issuer = Issuer(_Shared(transaction_id, forecasts=forecasts), depth=0, path="")
        return Transaction(self, call, issuer, transaction_id), forecasts

    def decide(self, call: Call[Any], *, namespace_names: Sequence[str | None]) -> "Transaction":
        """Begin a transaction that raises refusals even in a forecast, because an expression is evaluated by them."""
        transaction = self.begin(call, namespace_names=namespace_names)
        transaction.issuer = transaction.issuer.without_forecasts()
        return transaction


@dataclass(slots=True)
class Transaction:
    """A transaction in progress."""

    signed: ClassVar[bool] = False  # whether its holder is to run it

    runner: Runner
    call: Call[Any]
    issuer: Issuer
    transaction_id: str
    namespace_names: Sequence[str | None] = ()
    _done: dict[Kind, list[tuple[ActionRequest, str]]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})

    def plan(self, templates: Sequence[AnyTemplate], config: Mapping[str, str], *, count: int) -> list[ActionRequest]:
        """Fill the values of placeholders into actions and multiply the actions, before any of them runs.

        Raises ValidationFailed for a placeholder without a value, a value that is not valid, or an action that cannot
        be multiplied; and TransactionTooLarge.
        """
        values = {**config, USER_ID: self.call.player}
        missing = asking.missing(templates, values)
        if missing:
            problems = [Violation("config", f"has no value for {key}", "require") for key in missing]
            raise ValidationFailed(component="config", violations=problems)
        planned: list[ActionRequest] = []
        for each in templates:
            asked = self.runner.requests.multiplied(each.fill(values, self.issuer.shared.room), count)
            planned += self.admit(asked)
        return planned

    def admit(self, *actions: ActionRequest) -> Sequence[ActionRequest]:
        """Count the size of actions and return them. Raises TransactionTooLarge."""
        for asked in actions:
            self.issuer.shared.take_room(asked.text)
        return actions

    async def perform_all(self, actions: Sequence[ActionRequest]) -> None:
        """Perform actions in order. Raises the error of the first that refuses."""
        await self.take_players(actions)
        for asked in actions:
            await self._perform(asked)

    async def take_players(self, actions: Sequence[ActionRequest]) -> None:
        """Lock the players of actions that are about to be performed, including those of nested actions.

        Called with all actions before the first of them is performed. Players already locked are not locked again.
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

    async def players_of(self, actions: Sequence[ActionRequest]) -> set[str]:
        """Return the players that actions and the actions nested in them name. Nothing is performed."""
        named = self._named_by(actions)
        shared = _Shared(self.issuer.shared.transaction_id, named=named, rates=self.issuer.shared.rates)
        await self._scout(actions, shared)
        return named

    def _named_by(self, actions: Sequence[ActionRequest]) -> set[str]:
        # The action that issues a code names no player.
        return {getattr(asked.request, "user_id", self.call.player) for asked in actions}

    async def _scout(self, actions: Sequence[ActionRequest], shared: _Shared) -> None:
        """Run nesting actions with Scouts. Refusals are ignored: the action will refuse again when it is performed."""
        for asked in actions:
            if not asked.action.spec.nests:
                continue
            with contextlib.suppress(Scouted, ServiceError, StaleNamespace):
                shared.take_action()
                await asked.action.perform(self._acting(asked, shared))

    async def perform(self, asked: ActionRequest) -> Any:
        """Perform an action and return its reply; in a forecast, None when it refuses. Raises the action's errors."""
        await self.take_players([asked])
        return await self._perform(asked)

    async def _perform(self, asked: ActionRequest) -> Any:
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

    async def _run(self, asked: ActionRequest) -> tuple[Message, str]:
        """Run an action and return its reply, also as JSON."""
        if asked.action.foreign:
            text = await self._hand_over(asked)
            return external.answer(text), text
        answer = await asked.action.perform(self._acting(asked, self.issuer.shared))
        return answer, documented_json.to_text(answer)

    def _acting(self, asked: ActionRequest, shared: _Shared) -> Call[Any]:
        """Return the call of an action. Raises a ServiceError for an invalid time offset token."""
        action, call, now = asked.action, self.call, self.call.now
        request: Any = asked.request
        if action.rule.has_time_offset_token and request.time_offset_token:
            seconds = self.runner.time_offset(request.time_offset_token, request.user_id, now=call.server_now)
            now = call.server_now + seconds * 1000
        from_master = self.issuer.from_master or asked.from_master
        issuer = Issuer(shared, self.issuer.depth + 1, self._path(asked), from_master)
        return call.acting(request, method=action.method, reply_type=action.reply_type, now=now, issuer=issuer)

    async def _hand_over(self, asked: ActionRequest) -> str:
        """Put a handler's action into the outbox, or use the response its handler already gave; return the result."""
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

    def _path(self, asked: ActionRequest) -> str:
        return f"{self.issuer.path}/{asked.place}" if self.issuer.path else asked.place

    def _locate(self, refusal: ServiceError, asked: ActionRequest) -> None:
        """Add to a refusal which action refused, the innermost one (semantics 12.52)."""
        where = {"action": asked.action.spec.name, "action_index": _index(asked), "action_path": self._path(asked)}
        refusal.metadata = where | refusal.metadata

    def texts(self) -> list[str]:
        """Return the replies of its actions as JSON, by kind and in order."""
        return [text for done in self._done.values() for _, text in done]

    def results(self) -> resources_pb2.TransactionResult:
        """Return only the results of its actions."""
        found: dict[str, Any] = {f"{kind}_results": _results(kind, done) for kind, done in self._done.items()}
        return resources_pb2.TransactionResult(**found)

    async def answer(self) -> dict[str, Any]:
        """End the transaction; return the fields of a reply that issues a transaction (semantics 5.5)."""
        return (await self.finish()).fields()

    async def finish(self) -> Issued:
        """End the transaction and store its result, unless it is nested in another transaction."""
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
        """Render the requests, assembled from the texts that exist already."""
        members = [f'"transactionId":"{self.transaction_id}"', f'"{USER_ID}":{encode_basestring(self.call.player)}']
        for kind, done in self._done.items():
            # The names of actions need no escaping.
            items = [f'{{"action":"{it.action.spec.name}","request":{encode_basestring(it.text)}}}' for it, _ in done]
            members.append(f'"{kind}Actions":[{",".join(items)}]')
        return "{" + ",".join(members) + "}"


@dataclass(slots=True)
class SignedTransaction(Transaction):
    """A transaction whose actions are signed, not performed: its holder runs them."""

    signed: ClassVar[bool] = True

    _asked: list[ActionRequest] = field(default_factory=list)

    async def perform_all(self, actions: Sequence[ActionRequest]) -> None:
        """Add actions, in order."""
        for asked in actions:
            self.issuer.shared.take_action()
            self._asked.append(asked)

    async def answer(self) -> dict[str, Any]:
        """Sign the actions; return the fields of the reply (semantics 5.5, 5.7). Raises TransactionTooLarge."""
        call, sheets = self.call, self.runner.sheets
        [namespace_name] = self.namespace_names
        assert namespace_name is not None, "a signed exchange has a namespace"
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
    """Ends a method that runs with a Scout, once its players are known. Not a refusal."""


@dataclass(slots=True)
class Scout(Transaction):
    """Finds the players of a transaction and of those nested in it. It performs nothing, so it only reads."""

    async def take_players(self, actions: Sequence[ActionRequest]) -> None:
        """Record the players of the transaction's actions and of the actions nested in them. Raises Scouted."""
        shared = self.issuer.shared
        assert shared.named is not None, "a scout's transaction records players"
        shared.named |= self._named_by(actions)
        await self._scout(actions, shared)
        raise Scouted


def _results(kind: Kind, done: Sequence[tuple[ActionRequest, str]]) -> list[dict[str, Any]]:
    """Return the results of one kind, each as a dict of its fields."""
    request, result = f"{kind}_request", f"{kind}_result"
    return [
        {"action": asked.action.spec.name, request: asked.text, "status_code": _status(asked), result: text}
        for asked, text in done
    ]


def _status(asked: ActionRequest) -> int:
    delivered_later = asked.action.foreign and asked.action.spec.kind == Kind.ACQUIRE
    return _ACCEPTED if delivered_later else _SUCCEEDED


def _index(asked: ActionRequest) -> str:
    """Return the index of an action among those of its kind, as text."""
    _, _, index = asked.place.removesuffix("]").partition("[")
    return index or "0"


def _forecast(path: str, asked: ActionRequest, refusal: ServiceError) -> requests_pb2.ActionForecast:
    return requests_pb2.ActionForecast(
        action_path=path,
        action=asked.action.spec.name,
        would_succeed=False,
        status_code=refusal.status,
        reason=refusal.reason,
        message=str(refusal),
        metadata=refusal.metadata,
    )


def _forecast_after(
    path: str, asked: ActionRequest, inside: Sequence[requests_pb2.ActionForecast]
) -> requests_pb2.ActionForecast:
    """Forecast an action that did not refuse itself: it would fail with the first nested action that would fail."""
    forecast = requests_pb2.ActionForecast()
    forecast.CopyFrom(next((each for each in inside if not each.would_succeed), forecast))
    forecast.would_succeed = not forecast.reason
    forecast.action_path, forecast.action = path, asked.action.spec.name
    return forecast
