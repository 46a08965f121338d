"""Rates and their actions as documents have them, for tests that break one of their rules."""

from typing import Any

from support.exchanges import Action

UP, USE = "Gs2Limit:CountUpByUserId", "Gs2SerialKey:UseByUserId"
VERIFY = "Gs2Limit:VerifyCounterByUserId"
PLAYER = {"userId": "#{userId}"}
COUNTER = PLAYER | {"namespaceName": "ns", "limitName": "ever", "counterName": "c"}
LOCK_MAX = 538_214_400
GRN = "grn:gs2:{region}:{ownerId}:limit:ns:limit:ever"


def act(name: str, request: Any) -> Action:
    """Return an action whose request is an object."""
    return {"action": name, "request": request}


PRICE = act(UP, COUNTER)
CHECK = act(VERIFY, COUNTER | {"verifyType": "less"})
REWARD = act("Gs2Limit:CountDownByUserId", COUNTER)
RISING = {
    "name": "rising",
    "consumeAction": PRICE,
    "calculateType": "linear",
    "baseValue": 1,
    "coefficientValue": 1,
    "exchangeCountId": GRN,
    "maximumExchangeCount": 1,
}
