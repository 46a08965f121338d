"""The operations of clients on codes of campaigns with limits."""

import json

from redeem.serialkey.v1 import requests_pb2 as serialkey_pb

from proof.calls import Call, Part
from proof.capped import CAPS
from proof.draws import Draws
from proof.plan import AT_ONCE, CAPPED
from proof.services import Rpc


class CappedOperations:
    """Draws calls about codes that several players can use, or one player several times."""

    def __init__(self, draws: Draws):
        self._draws = draws

    def _draw(self, generation, kind, user, caps=CAPS):
        """Draw a code; return it with the object and the operation on it."""
        cap = self._draws.random.choice(caps)
        campaign = cap.campaign(generation)
        codes = self._draws.plan.capped[campaign]
        if kind == "verify" and not cap.per_key:
            codes = codes[:1]  # the status and the limits of a key that is good once are not read at one moment
        place = self._draws.random.randrange(len(codes))
        op = {"kind": kind, "user": user, "campaign": campaign, "key": place} | cap.limits
        return codes[place], cap.object(generation), op

    def use(self, generation, user, _now_ms, caps=CAPS):
        """Use a code: as the player, as a server for the player, or in a transaction."""
        code, name, op = self._draw(generation, "use", user, caps)
        fields = {"namespace_name": CAPPED, "code": code}
        method = self._draws.random.choice(["Use", "UseByUserId", "RunTransaction"])
        if method == "RunTransaction":
            return self._in_transaction(user, code, Part(name, op, action="consumeActions[0]"))
        rpc = Rpc("serialkey", method)
        who = {"access_token": self._draws.access_tokens[user]} if method == "Use" else {"user_id": user}
        return Call("use, with limits", rpc, rpc.request(**fields, **who), (Part(name, op),), user)

    def _in_transaction(self, user, code, part):
        request = {"namespaceName": CAPPED, "userId": user, "code": code}
        text = json.dumps({"consumeActions": [{"action": "Gs2SerialKey:UseByUserId", "request": request}]})
        rpc = Rpc("transaction", "RunTransaction")
        return Call("use, with limits", rpc, rpc.request(user_id=user, transaction=text), (part,), user)

    def revert(self, generation, user, _now_ms):
        """Revert a use, if there is one."""
        code, name, op = self._draw(generation, "revert", user)
        rpc = Rpc("serialkey", "RevertUseByUserId")
        request = rpc.request(namespace_name=CAPPED, code=code, user_id=user)
        return Call("revert, with limits", rpc, request, (Part(name, op),), user)

    def use_at_once(self, generation, user, now_ms):
        """Use several codes of one history as one player, or one several times."""
        history = self._draws.random.choice(CAPS).history
        caps = [cap for cap in CAPS if cap.history == history]
        return [self.use(generation, user, now_ms, caps) for _ in range(AT_ONCE)]

    def revert_at_once(self, generation, user, now_ms):
        """Revert several uses of a code by one player."""
        return [self.revert(generation, user, now_ms)] * AT_ONCE

    def verify(self, generation, user, _now_ms):
        """Verify that a player can use a code, or cannot."""
        code, name, op = self._draw(generation, "verify", user)
        op["active"] = self._draws.random.random() < 0.5
        active = serialkey_pb.VERIFY_TYPE_ACTIVE if op["active"] else serialkey_pb.VERIFY_TYPE_INACTIVE
        rpc = Rpc("serialkey", "VerifyCodeByUserId")
        request = rpc.request(namespace_name=CAPPED, code=code, user_id=user, verify_type=active)
        return Call("verify, with limits", rpc, request, (Part(name, op),), user, writes=False)
