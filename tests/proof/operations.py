"""What clients do: each function makes one call, with the objects that it is about."""

import base64
import json
import random

from redeem.common.v1.common_pb2 import Config
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.serialkey.v1 import resources_pb2 as serialkey_resources

from proof.calls import Call, Part
from proof.plan import (
    CODES,
    COUNTERS,
    GENERATION_CALLS,
    GUESS_BURST,
    GUESSERS,
    GUESSES_PER_MINUTE,
    HOT_CODES,
    PLAYERS,
    RATES,
    SOLD_CODES,
    TICKS,
    WELCOME,
    Plan,
)
from proof.services import Rpc
from proof.world import REDEEM_MAX

COUNT_MAX = 12  # of a plain counter
VERIFIED_LESS = 6
GUESS_LIMIT = {"burst": GUESS_BURST, "interval_ms": 60_000 // GUESSES_PER_MINUTE}

_COMPARISONS = {
    "less": limit_pb.VERIFY_TYPE_LESS,
    "greaterEqual": limit_pb.VERIFY_TYPE_GREATER_EQUAL,
    "equal": limit_pb.VERIFY_TYPE_EQUAL,
}


class Operations:
    """Draws calls for the moment of the run."""

    def __init__(
        self,
        plan: Plan,
        random_: random.Random,
        offset_tokens: dict[str, str],
        access_tokens: dict[str, str],
    ):
        self._plan = plan
        self._random = random_
        self.offset_tokens = offset_tokens
        self.access_tokens = access_tokens
        self._kinds = {
            self.use: 12,
            self.revert: 13,
            self.verify_code: 5,
            self.get_code: 3,
            self.switch: 3,
            self.redeem: 12,
            self.refund: 13,
            self.up: 8,
            self.down: 4,
            self.verify_counter: 3,
            self.get_counter: 3,
            self.delete: 1,
            self.verify_and_up: 9,
            self.tick_up: 8,
            self.tick_get: 3,
            self.wait: 3,
            self.forged: 2,
            self.draw_guess: 2,
        }

    def draw(self, number, now_ms):
        """Answer the call to make at a point of the run."""
        (make,) = self._random.choices(list(self._kinds), self._kinds.values())
        return make(number // GENERATION_CALLS, self._random.choice(PLAYERS), now_ms)

    # Codes

    def _code(self, codes, name, generation, of_generation, *, but=0):
        place = generation * of_generation + self._random.randrange(of_generation - but)
        return codes[place % len(codes)], f"code/{name}-{place % len(codes)}"

    def _hot(self, generation):
        return self._code(self._plan.hot, "hot", generation, HOT_CODES)

    def _on_code(self, method, code, **fields):
        rpc = Rpc("serialkey", method)
        return rpc, rpc.request(namespace_name=CODES, code=code, **fields)

    def use(self, generation, user, _now_ms):
        """Use a code, as the player or as a server for the player."""
        code, name = self._hot(generation)
        if self._random.random() < 0.5:
            rpc, request = self._on_code("Use", code, access_token=self.access_tokens[user])
        else:
            rpc, request = self._on_code("UseByUserId", code, user_id=user)
        return Call("use", rpc, request, (Part(name, {"kind": "use", "user": user}),), user)

    def revert(self, generation, user, _now_ms):
        """Take a use back."""
        code, name = self._hot(generation)
        rpc, request = self._on_code("RevertUseByUserId", code, user_id=user)
        return Call("revert", rpc, request, (Part(name, {"kind": "revert", "user": user}),), user)

    def verify_code(self, generation, user, _now_ms):
        """Ask whether a code can be used, or whether it cannot."""
        code, name = self._hot(generation)
        active = self._random.random() < 0.7
        verify_type = serialkey_pb.VERIFY_TYPE_ACTIVE if active else serialkey_pb.VERIFY_TYPE_INACTIVE
        rpc, request = self._on_code("VerifyCodeByUserId", code, user_id=user, verify_type=verify_type)
        part = Part(name, {"kind": "verify", "active": active})
        return Call("verify code", rpc, request, (part,), user, writes=False)

    def get_code(self, generation, _user, _now_ms):
        """Read a code."""
        code, name = self._hot(generation)
        rpc, request = self._on_code("GetSerialKey", code)
        return Call("get code", rpc, request, (Part(name, {"kind": "get"}),), writes=False)

    def switch(self, generation, _user, _now_ms):
        """Switch a code off or, more often, on."""
        code, name = self._hot(generation)
        active = self._random.random() < 0.7
        availability = serialkey_resources.AVAILABILITY_ACTIVE if active else serialkey_resources.AVAILABILITY_INACTIVE
        rpc, request = self._on_code("SetSerialKeyStatus", code, availability=availability)
        return Call("switch", rpc, request, (Part(name, {"kind": "switch", "active": active}),))

    def forged(self, _generation, user, _now_ms):
        """Try a code that one made who stole the old master key."""
        place = self._random.randrange(len(self._plan.forged))
        rpc, request = self._on_code("UseByUserId", self._plan.forged[place], user_id=user)
        part = Part(f"forged/{place}", {"kind": "use", "user": user})
        return Call("use forged", rpc, request, (part,), user)

    def draw_guess(self, _generation, _user, _now_ms):
        """Guess as one of the players who do."""
        return self.guess(self._random.choice(GUESSERS))

    def guess(self, user):
        """Try a text that is no code, or now and then one that is, though no serial code."""
        right = self._random.random() < 0.15
        fields = {"access_token": self.access_tokens[user]}
        writes = self._random.random() < 0.7
        if not writes:
            fields["verify_type"] = serialkey_pb.VERIFY_TYPE_ACTIVE
        rpc, request = self._on_code(
            "Use" if writes else "VerifyCode", WELCOME if right else self._wrong_text(), **fields
        )
        part = Part(f"guesses/{user}", {"kind": "right" if right else "wrong"} | GUESS_LIMIT)
        return Call("guess right" if right else "guess", rpc, request, (part,), user, writes=writes)

    def _wrong_text(self):
        """Draw nonsense, or 22 symbols as a serial code has them; one in 2**46 of these opens."""
        text = base64.b32encode(self._random.randbytes(15)).decode()[:22]
        return text if self._random.random() < 0.7 else f"no code: {text[:4].lower()} \N{BLACK STAR}"

    # Exchanges

    def _exchange(self, rate, user, **config):
        rpc = Rpc("exchange", "ExchangeByUserId")
        values = [Config(key=key, value=value) for key, value in config.items()]
        return rpc, rpc.request(namespace_name=RATES, rate_name=rate, user_id=user, count=1, config=values)

    def redeem(self, generation, user, _now_ms):
        """Exchange a code for a reward, within a limit."""
        code, name = self._code(self._plan.sold, "sold", generation, SOLD_CODES)
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
        code, name = self._code(self._plan.sold, "sold", generation, SOLD_CODES, but=1)
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
        rpc = Rpc("exchange", self._random.choice(["AcquireByUserId", "AcquireForceByUserId"]))
        request = rpc.request(namespace_name=RATES, user_id=user, await_name=await_name)
        parts = (
            Part(f"await/{await_name}", {"kind": "acquire"}, action="consumeActions[0]"),
            _count(user, f"received-{generation}", "acquireActions[0]/consumeActions[0]"),
        )
        return Call("acquire", rpc, request, parts, user, no_part=frozenset({"AWAIT_LOCKED"}))

    # Counters

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
        value = self._random.randint(1, 3)
        op = {"kind": "up", "value": value, "max": COUNT_MAX}
        fields = {"count_up_value": value, "max_value": COUNT_MAX}
        return Call("count up", *self._plain("CountUpByUserId", user, generation, op, **fields), user)

    def down(self, generation, user, _now_ms):
        """Count down."""
        value = self._random.randint(1, 8)
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
        verify, than = self._random.choice(list(_COMPARISONS)), self._random.randint(0, COUNT_MAX)
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
        tick = max(0, now_ms - self._plan.ticks_from_ms) // self._plan.tick_ms
        counter, tick = f"round-{tick // TICKS}", tick % TICKS
        ahead_ms = 0
        if self._random.random() < 0.3:
            fields["time_offset_token"], ahead_ms = self.offset_tokens[user], OFFSET_SECONDS * 1000
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


OFFSET_SECONDS = 24 * 60 * 60


def _count(user, counter, action):
    return Part(f"counter/{user}-{counter}", {"kind": "up", "value": 1}, action=action)
