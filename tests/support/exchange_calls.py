"""Calls of the three services that are compared with the model of support.exchange_model."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from hypothesis.stateful import RuleBasedStateMachine
from redeemd.contract.documented_json import to_json

from support.exchange_model import CAMPAIGN_CODE, DAY_MS, NO_CODE, Item, Model, rates
from support.exchanges import make_exchanges
from support.service import Service, read_refusal

DRY = {"Exchange", "IncrementalExchange", "Acquire", "Use"}  # what can be tried
OF_PLAYERS = {*DRY, "CountUp", "VerifyCounter", "VerifyCode", "DeleteAwait"}
MORNING_MS = 8 * 60 * 60 * 1000
KEY_LIFETIME_MS = DAY_MS


@dataclass(frozen=True)
class How:
    """How a call is made, where its method has that choice."""

    by_player: bool = False
    dry: bool = False
    keyed: bool = False


@dataclass
class Call:
    """A call, what it does to the model, and the response once it has one."""

    target: Any
    rpc: str
    user: str
    fields: dict[str, Any]
    act: Callable[[], Any]
    answer: bytes | None = None
    answered_at: int = 0


def known(item: Mapping[str, Any]) -> Item:
    """Return of an item, as the documents have it, what the model knows: no GRNs, and of codes not much."""
    names = {"code", "status", "usedUserId", "usedAt"} if "code" in item else item.keys() - {"counterId", "awaitId"}
    return {name: value for name, value in item.items() if name in names}


def seen(reply: Any) -> Any:
    """Return what the model knows of a reply: the item, or those of all actions of a transaction."""
    if not getattr(reply, "transaction_id", ""):
        return known(to_json(reply.item))
    result = reply.transaction_result
    texts = [
        *(each.verify_result for each in result.verify_results),
        *(each.consume_result for each in result.consume_results),
        *(each.acquire_result for each in result.acquire_results),
    ]
    return [known(json.loads(text)["item"]) for text in texts]


class CallingMachine(RuleBasedStateMachine):
    """Makes calls of the services and of the model, and compares their replies. Subclasses have the rules."""

    def __init__(self, service: Service, run: Any) -> None:
        super().__init__()
        self.service, self.run = service, run
        service.clock.now = (service.clock.now // DAY_MS + 1) * DAY_MS + MORNING_MS  # a day of its own
        service.tokens.clear()
        self.exchanges = run(make_exchanges(service, campaign_codes=(CAMPAIGN_CODE,), enable_await_exchange=True))
        self.world, self.limits = self.exchanges.world, self.exchanges.limits
        plain, incremental = rates(self.exchanges)
        run(self.exchanges.put_in_force(*plain, incremental=incremental))
        self.job = run(self.world.issue(4))
        codes = [key.code for key in run(self.world.keys(self.job))]
        self.codes = [*codes, CAMPAIGN_CODE, NO_CODE]
        self.model = Model(codes, service.clock)
        self.made: list[tuple[str, str]] = []  # awaits that were ever made, as (player, name)
        self.keyed: list[Call] = []  # calls with an idempotency key

    def do(self, target: Any, rpc: str, user: str, act: Callable[[], Any], how: How, **fields: Any) -> None:
        """Call for a player; the response or the refusal has to be that of the model."""
        call = Call(target, rpc, user, fields, act)
        if how.keyed and not rpc.startswith("Verify"):  # which ignores keys
            call.fields = fields | {"duplication_avoider": f"key-{len(self.keyed)}"}
            self.keyed.append(call)
        self.make(call, how)

    def make(self, call: Call, how: How) -> None:
        """Make a call, perhaps for the second time."""
        dry, now = how.dry and call.rpc in DRY, self.service.clock.now
        outcome = self.outcome(call, how, dry=dry)
        if self.remembered(call) and not dry:
            assert not isinstance(outcome, str), outcome
            assert outcome.SerializeToString() == call.answer
            return
        refusal = outcome if isinstance(outcome, str) else None
        found = refusal or seen(outcome)
        last: Any = found[-1] if isinstance(found, list) else found
        self.model.next_name = None if refusal else last.get("name")
        assert found == self.model.attempt(call.act, dry=dry)
        if dry or refusal:
            return
        call.answer, call.answered_at = outcome.SerializeToString(), now
        if "skipSeconds" in last and (call.user, last["name"]) not in self.made:
            self.made.append((call.user, last["name"]))

    def remembered(self, call: Call) -> bool:
        """Return whether the server still has to return its stored response."""
        return call.answer is not None and self.service.clock.now < call.answered_at + KEY_LIFETIME_MS

    def outcome(self, call: Call, how: How, *, dry: bool = False) -> Any:
        """Return the reply of a call, or the reason of its refusal."""
        headers = (("x-dry-run", "true"),) if dry else ()
        try:
            if how.by_player and call.rpc in OF_PLAYERS:
                return self.run(call.target.as_player(call.rpc, call.user, headers=headers, **call.fields))
            fields = {"user_id": call.user, **call.fields}
            return self.run(call.target.call(f"{call.rpc}ByUserId", headers=headers, **fields))
        except grpc.aio.AioRpcError as error:
            return read_refusal(error).reason

    def wait_until(self, moment: int, seconds: int) -> None:
        """Advance the clock to a number of seconds after a moment, unless that is in the past."""
        self.let_pass(max(0, (moment - self.service.clock.now) // 1000 + seconds))

    def let_pass(self, seconds: int) -> None:
        """Advance the clock."""
        self.service.clock.advance(seconds=seconds)
        self.service.tokens.clear()
