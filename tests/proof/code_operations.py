"""The operations of clients on codes."""

import base64

from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.serialkey.v1 import resources_pb2 as serialkey_resources

from proof.calls import Call, Part
from proof.draws import Draws
from proof.plan import (
    AT_ONCE,
    CODES,
    GUESS_BURST,
    GUESSERS,
    GUESSES_PER_MINUTE,
    HOT_CODES,
    WELCOME,
)
from proof.services import Rpc

GUESS_LIMIT = {"burst": GUESS_BURST, "interval_ms": 60_000 // GUESSES_PER_MINUTE}


class CodeOperations:
    """Draws calls about codes."""

    def __init__(self, draws: Draws):
        self._draws = draws

    def _hot(self, generation):
        return self._draws.code(self._draws.plan.hot, "hot", generation, HOT_CODES)

    def _on_code(self, method, code, **fields):
        rpc = Rpc("serialkey", method)
        return rpc, rpc.request(namespace_name=CODES, code=code, **fields)

    def use(self, generation, user, _now_ms):
        """Use a code, as the player or as a server for the player."""
        code, name = self._hot(generation)
        if self._draws.random.random() < 0.5:
            rpc, request = self._on_code("Use", code, access_token=self._draws.access_tokens[user])
        else:
            rpc, request = self._on_code("UseByUserId", code, user_id=user)
        return Call("use", rpc, request, (Part(name, {"kind": "use", "user": user}),), user)

    def revert(self, generation, user, _now_ms):
        """Revert a use."""
        code, name = self._hot(generation)
        rpc, request = self._on_code("RevertUseByUserId", code, user_id=user)
        return Call("revert", rpc, request, (Part(name, {"kind": "revert", "user": user}),), user)

    def verify_code(self, generation, user, _now_ms):
        """Verify that a code can be used, or that it cannot."""
        code, name = self._hot(generation)
        active = self._draws.random.random() < 0.7
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
        active = self._draws.random.random() < 0.7
        availability = serialkey_resources.AVAILABILITY_ACTIVE if active else serialkey_resources.AVAILABILITY_INACTIVE
        rpc, request = self._on_code("SetSerialKeyStatus", code, availability=availability)
        return Call("switch", rpc, request, (Part(name, {"kind": "switch", "active": active}),))

    def forged(self, _generation, user, _now_ms):
        """Try a code that one made who stole the old master key."""
        place = self._draws.random.randrange(len(self._draws.plan.forged))
        rpc, request = self._on_code("UseByUserId", self._draws.plan.forged[place], user_id=user)
        part = Part(f"forged/{place}", {"kind": "use", "user": user})
        return Call("use forged", rpc, request, (part,), user)

    def guess_at_once(self, _generation, _user, _now_ms):
        """Guess several times as one of the players who do."""
        user = self._draws.random.choice(GUESSERS)
        return [self._guess(user) for _ in range(AT_ONCE)]

    def _guess(self, user):
        """Try a text that is no code, or now and then one that is, though no serial code."""
        right = self._draws.random.random() < 0.15
        fields = {"access_token": self._draws.access_tokens[user]}
        writes = self._draws.random.random() < 0.7
        if not writes:
            fields["verify_type"] = serialkey_pb.VERIFY_TYPE_ACTIVE
        rpc, request = self._on_code(
            "Use" if writes else "VerifyCode", WELCOME if right else self._wrong_text(), **fields
        )
        part = Part(f"guesses/{user}", {"kind": "right" if right else "wrong"} | GUESS_LIMIT)
        name = "guess right" if right else "guess"
        # A text that is sent again takes no further guess.
        return Call(name, rpc, request, (part,), user, writes=writes, once=frozenset({"CODE_NOT_FOUND"}))

    def _wrong_text(self):
        """Draw nonsense, or 22 symbols as a serial code has them; one in 2**46 of these opens."""
        text = base64.b32encode(self._draws.random.randbytes(15)).decode()[:22]
        return text if self._draws.random.random() < 0.7 else f"no code: {text[:4].lower()} \N{BLACK STAR}"
