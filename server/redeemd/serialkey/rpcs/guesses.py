"""RPCs on the guess budgets of players. Methods in the order of the proto."""

from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2

from redeemd.resources.common import CommonRpcs
from redeemd.resources.namespaces import NamespaceKey
from redeemd.rpc.call import Call
from redeemd.rpc.marks import prepared
from redeemd.serialkey.guessing import attacks, budget
from redeemd.serialkey.guessing.buckets import RateLimit
from redeemd.serialkey.guessing.guesses import Guesses
from redeemd.serialkey.guessing.rules import DEFAULT_LIMIT, Rules

_NamespaceRequest = pb.GetGuessBudgetRequest | pb.ResetGuessBudgetRequest | pb.GetGuessAlarmRequest
_Plan = tuple[NamespaceKey, Rules]


class GuessRpcs(CommonRpcs):
    """See SerialKeyService in the proto."""

    guesses: Guesses

    async def _guess_rules(self, call: Call[_NamespaceRequest]) -> _Plan:
        namespace = await self.namespaces.find(call.request.namespace_name)
        return namespace, await self.guesses.rules_of(namespace)

    @prepared(_guess_rules)
    async def GetGuessBudget(self, call: Call[pb.GetGuessBudgetRequest], plan: _Plan) -> Message:
        namespace_id, rules, user_id = plan[0].namespace_id, plan[1], call.request.user_id
        shared = await budget.used_ms(call.tx, namespace_id, user_id, now=call.server_now)
        if rules.limit is None:
            return call.reply(item=resources_pb2.GuessBudget(user_id=user_id, limited=False))
        here = self.guesses.used_here_ms(namespace_id, user_id, rules.limit)
        return call.reply(item=_budget(user_id, rules.limit, max(shared, here), now=call.server_now))

    @prepared(_guess_rules)
    async def ResetGuessBudget(self, call: Call[pb.ResetGuessBudgetRequest], plan: _Plan) -> Message:
        namespace_id, rules, user_id = plan[0].namespace_id, plan[1], call.request.user_id
        limit = rules.limit or DEFAULT_LIMIT
        number = await budget.reset(call.tx, namespace_id, user_id, limit, now=call.server_now)
        call.after_commit(lambda: self.guesses.buckets.reset((namespace_id, user_id), number))
        if rules.limit is None:
            return call.reply(item=resources_pb2.GuessBudget(user_id=user_id, limited=False))
        return call.reply(item=_budget(user_id, limit, 0, now=call.server_now))

    @prepared(_guess_rules)
    async def GetGuessAlarm(self, call: Call[pb.GetGuessAlarmRequest], plan: _Plan) -> Message:
        namespace_id, rules = plan[0].namespace_id, plan[1]
        seen = self.guesses.attacks.seen(namespace_id)
        item = resources_pb2.GuessAlarm(
            alarm_per_minute=rules.alarm,
            wrong_count=seen.wrong,
            refused_count=seen.refused,
            under_attack=seen.attacked,
            reported_at=await attacks.reported_at(call.tx, namespace_id),
        )
        return call.reply(item=item)


def _budget(user_id: str, limit: RateLimit, used_ms: int, *, now: int) -> resources_pb2.GuessBudget:
    """Return a budget that is full in `used_ms`; `now` in Unix milliseconds."""
    wait_ms = used_ms + limit.interval - limit.span
    return resources_pb2.GuessBudget(
        user_id=user_id,
        limited=True,
        burst=limit.burst,
        remaining=max(0, (limit.span - used_ms) // limit.interval),
        next_guess_at=now + wait_ms if wait_ms > 0 else None,
    )
