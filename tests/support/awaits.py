"""A rate that is waited for."""

import json
from typing import Any

from support.exchanges import Exchanges


def awaiting(exchanges: Exchanges, **fields: Any) -> dict[str, Any]:
    """Return a rate with a price, an hour of waiting, and a reward whose size is given in config."""
    rate = {
        "name": "rate",
        "timingType": "await",
        "lockTime": 60,
        "consumeActions": [exchanges.up()],
        "acquireActions": [exchanges.down(countDownValue="#{size}")],
    }
    return rate | fields


async def pay(exchanges: Exchanges, count: int = 2, user_id: str = "alice", **values: str) -> Any:
    """Exchange; return the await that was made."""
    answer = await exchanges.buy(count=count, user_id=user_id, values={"size": "10"} | values)
    [made] = answer.transaction_result.acquire_results
    assert made.action == "Gs2Exchange:CreateAwaitByUserId"
    return await exchanges.await_of(json.loads(made.acquire_result)["item"]["name"], user_id)
