"""The master data of a soak."""

import json

FOREVER = "forever"
CAMPAIGN = "spring"


def limits() -> str:
    """Return two limits, one of which is reset daily."""
    models = [{"name": "daily", "resetType": "daily", "resetHour": 0}, {"name": "ever", "resetType": "notReset"}]
    return json.dumps({"version": "2019-04-05", "limitModels": models})


def campaigns(padding: str = "") -> str:
    """Return a campaign; the padding is no part of it."""
    return json.dumps({"version": "2022-09-13", "campaignModels": [{"name": CAMPAIGN, "metadata": "1"}], "x": padding})


def count_up(counter: str, user: str, limit: str = "daily") -> dict[str, str]:
    """Return the action that counts up for a player."""
    names = {"namespaceName": FOREVER, "userId": user, "limitName": limit, "counterName": counter}
    return {"action": "Gs2Limit:CountUpByUserId", "request": json.dumps(names)}


def rates() -> str:
    """Return rates: a code for a count, something to wait for, and one whose price rises with the day."""
    use = {"namespaceName": "#{season}", "userId": "#{userId}", "code": "#{code}"}
    reward = {"namespaceName": FOREVER, "userId": "#{userId}", "limitName": "ever", "counterName": "reward"}
    give = {"action": "Gs2Limit:DeleteCounterByUserId", "request": json.dumps(reward)}
    rates: list[dict[str, object]] = [
        {
            "name": "code",
            "consumeActions": [
                {"action": "Gs2SerialKey:UseByUserId", "request": json.dumps(use)},
                count_up("reward", "#{userId}", "ever"),
            ],
            "acquireActions": [give],
        },
        {"name": "later", "timingType": "await", "lockTime": 60},
    ]
    rising = {
        "name": "rising",
        "consumeAction": count_up("paid", "#{userId}"),
        "calculateType": "linear", "baseValue": 1, "coefficientValue": 1, "maximumExchangeCount": 1000,
        "exchangeCountId": f"grn:gs2:{{region}}:{{ownerId}}:limit:{FOREVER}:limit:daily",
    }  # fmt: skip
    return json.dumps({"version": "2019-08-19", "rateModels": rates, "incrementalRateModels": [rising]})
