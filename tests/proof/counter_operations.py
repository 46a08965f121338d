"""The operations of clients on counters."""

import json

from redeem.limit.v1 import requests_pb2 as limit_pb

from proof.calls import Call, Part
from proof.draws import Draws
from proof.plan import (
    COUNTERS,
    TICKS,
)
from proof.services import Rpc

COUNT_MAX = 12  # of a plain counter
VERIFIED_LESS = 6
OFFSET_SECONDS = 24 * 60 * 60

_COMPARISONS = {
    "less": limit_pb.VERIFY_TYPE_LESS,
    "greaterEqual": limit_pb.VERIFY_TYPE_GREATER_EQUAL,
    "equal": limit_pb.VERIFY_TYPE_EQUAL,
}


class CounterOperations:
    """Draws calls about counters."""

    def __init__(self, draws: Draws):
        self._draws = draws

    def _on_counter(self, method, user, counter, limit="ever", **fields):
        rpc = Rpc("limit", method)
        names = {"namespace_name": COUNTERS, "limit_name": limit, "counter_name": counter, "user_id": user}
        return rpc, rpc.request(**names, **fields)

    def _plain(self, method, user, generation, op, **fields):
        counter = f"plain-{generation}"
        rpc, request = self._on_counter(method, user, counter, **fields)
        return rpc, request, (Part(f"counter/{user}-{counter}", op),)

    def up(self, generation, user, _now_ms):
        """Count up to a maximum."""
        value = self._draws.random.randint(1, 3)
        op = {"kind": "up", "value": value, "max": COUNT_MAX}
        fields = {"count_up_value": value, "max_value": COUNT_MAX}
        return Call("count up", *self._plain("CountUpByUserId", user, generation, op, **fields), user)

    def down(self, generation, user, _now_ms):
        """Count down."""
        value = self._draws.random.randint(1, 8)
        op = {"kind": "down", "value": value}
        return Call("count down", *self._plain("CountDownByUserId", user, generation, op, count_down_value=value), user)

    def delete(self, generation, user, _now_ms):
        """Remove a counter."""
        return Call("delete counter", *self._plain("DeleteCounterByUserId", user, generation, {"kind": "delete"}), user)

    def get_counter(self, generation, user, _now_ms):
        """Read a counter."""
        call = self._plain("GetCounterByUserId", user, generation, {"kind": "get"})
        return Call("get counter", *call, user, writes=False)

    def verify_counter(self, generation, user, _now_ms):
        """Compare a counter."""
        verify, than = self._draws.random.choice(list(_COMPARISONS)), self._draws.random.randint(0, COUNT_MAX)
        op = {"kind": "verify", "verify": verify, "than": than}
        fields = {"verify_type": _COMPARISONS[verify], "count": than}
        call = self._plain("VerifyCounterByUserId", user, generation, op, **fields)
        return Call("verify counter", *call, user, writes=False)

    def verify_and_up(self, generation, user, _now_ms):
        """Count up if the count is less than something, as a transaction."""
        names = {"namespaceName": COUNTERS, "limitName": "ever", "counterName": f"plain-{generation}", "userId": user}
        verify = {**names, "verifyType": "less", "count": VERIFIED_LESS}
        text = json.dumps(
            {
                "verifyActions": [{"action": "Gs2Limit:VerifyCounterByUserId", "request": verify}],
                "consumeActions": [{"action": "Gs2Limit:CountUpByUserId", "request": {**names, "countUpValue": 1}}],
            }
        )
        rpc = Rpc("transaction", "RunTransaction")
        op = {"kind": "verify_up", "value": 1, "verify": "less", "than": VERIFIED_LESS}
        part = Part(f"counter/{user}-plain-{generation}", op, action="consumeActions[0]", refused_by="verifyActions[0]")
        return Call("verify and count up", rpc, rpc.request(user_id=user, transaction=text), (part,), user)

    # Counters with a reset that comes while they are counted, for players whose clocks differ

    def _on_tick(self, method, user, now_ms, op, **fields):
        tick = max(0, now_ms - self._draws.plan.ticks_from_ms) // self._draws.plan.tick_ms
        counter, tick = f"round-{tick // TICKS}", tick % TICKS
        ahead_ms = 0
        if self._draws.random.random() < 0.3:
            fields["time_offset_token"], ahead_ms = self._draws.offset_tokens[user], OFFSET_SECONDS * 1000
        rpc, request = self._on_counter(method, user, counter, f"tick-{tick}", **fields)
        return rpc, request, (Part(f"resetting/{user}-{tick}-{counter}", op, tick=tick, ahead_ms=ahead_ms),)

    def tick_up(self, _generation, user, now_ms):
        """Count up."""
        op = {"kind": "up", "value": 1}
        return Call("count up, with resets", *self._on_tick("CountUpByUserId", user, now_ms, op), user)

    def tick_get(self, _generation, user, now_ms):
        """Read it."""
        call = self._on_tick("GetCounterByUserId", user, now_ms, {"kind": "get"})
        return Call("get counter, with resets", *call, user, writes=False)
