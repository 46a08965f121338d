"""Actions as drafts of rates have them; the objects that they name need not exist."""

import json
from typing import Any

LINEAR, POWER, SCRIPT = 1, 2, 3

# Whether the objects that they name exist is checked when players exchange by them.
COUNTER = {"namespaceName": "ns", "limitName": "ever", "counterName": "c", "userId": "#{userId}"}
CODE = {"namespaceName": "ns", "userId": "#{userId}", "code": '#{code}"\\\u2028\U0001f381'}
VERIFY = {"action": "Gs2Limit:VerifyCounterByUserId", "request": json.dumps(COUNTER | {"verifyType": "less"})}
UP = {"action": "Gs2Limit:CountUpByUserId", "request": json.dumps(COUNTER)}
USE = {"action": "Gs2SerialKey:UseByUserId", "request": json.dumps(CODE, ensure_ascii=False, indent=1)}
DOWN = {"action": "Gs2Limit:CountDownByUserId", "request": json.dumps(COUNTER | {"countDownValue": "#{n}"})}
COUNT_ID = "grn:gs2:{region}:{ownerId}:limit:ns:limit:ever"
INCREMENTAL: dict[str, Any] = {
    "consume_action": UP,
    "calculate_type": POWER,
    "coefficient_value": 1,
    "exchange_count_id": COUNT_ID,
    "maximum_exchange_count": 5,
}
