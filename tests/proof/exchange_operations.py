"""The operations of clients on rates."""

from redeem.common.v1.common_pb2 import Config

from proof.calls import Call, Part
from proof.draws import Draws
from proof.plan import (
    RATES,
    SOLD_CODES,
)
from proof.services import Rpc
from proof.world import REDEEM_MAX


class ExchangeOperations:
    """Draws calls that exchange one thing for another."""

    def __init__(self, draws: Draws):
        self._draws = draws

    def _exchange(self, rate, user, **config):
        rpc = Rpc("exchange", "ExchangeByUserId")
        values = [Config(key=key, value=value) for key, value in config.items()]
        return rpc, rpc.request(namespace_name=RATES, rate_name=rate, user_id=user, count=1, config=values)

    def redeem(self, generation, user, _now_ms):
        """Exchange a code for a reward, within a limit."""
        code, name = self._draws.code(self._draws.plan.sold, "sold", generation, SOLD_CODES)
        rpc, request = self._exchange("redeem", user, g=str(generation), code=code)
        limited = {"kind": "verify_up", "value": 1, "verify": "less", "than": REDEEM_MAX}
        parts = (
            Part(
                f"counter/{user}-redeemed-{generation}",
                limited,
                action="consumeActions[0]",
                refused_by="verifyActions[0]",
            ),
            Part(name, {"kind": "use", "user": user}, action="consumeActions[1]"),
            _count(user, f"given-{generation}", "acquireActions[0]/consumeActions[0]"),
        )
        return Call("exchange", rpc, request, parts, user)

    def refund(self, generation, user, _now_ms):
        """Take such an exchange back, of all codes but the last, so that some stay used."""
        code, name = self._draws.code(self._draws.plan.sold, "sold", generation, SOLD_CODES, but=1)
        rpc, request = self._exchange("refund", user, g=str(generation), code=code)
        parts = (
            _count(user, f"returned-{generation}", "consumeActions[0]"),
            Part(name, {"kind": "revert", "user": user}, action="acquireActions[0]"),
        )
        return Call("refund", rpc, request, parts, user)

    def wait(self, generation, user, _now_ms):
        """Pay for a reward that is acquired later."""
        rpc, request = self._exchange("wait", user, g=str(generation))
        return Call(
            "exchange for an await", rpc, request, (_count(user, f"paid-{generation}", "consumeActions[0]"),), user
        )

    def acquire(self, user, generation, await_name):
        """Acquire it; often without waiting for the clock of the server, which may be behind that of another."""
        rpc = Rpc("exchange", self._draws.random.choice(["AcquireByUserId", "AcquireForceByUserId"]))
        request = rpc.request(namespace_name=RATES, user_id=user, await_name=await_name)
        parts = (
            Part(f"await/{await_name}", {"kind": "acquire"}, action="consumeActions[0]"),
            _count(user, f"received-{generation}", "acquireActions[0]/consumeActions[0]"),
        )
        return Call("acquire", rpc, request, parts, user, no_part=frozenset({"AWAIT_LOCKED"}))


def _count(user, counter, action):
    return Part(f"counter/{user}-{counter}", {"kind": "up", "value": 1}, action=action)
