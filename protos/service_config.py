"""`python protos/service_config.py FILE`: writes the gRPC service config of all methods, from their policies.

docs/how-to/postgresql.md tells how clients use it. For the fields see
https://github.com/grpc/proposal/blob/master/A6-client-retries.md.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from redeemd.contract import policy
from reference.source import METHODS, is_served

# Four more tries after 0.1, 0.3, 0.9 and 2 seconds, each up to 20 % more or less. Five in all is the most gRPC allows.
# CANCELLED, because gRPC ends so what reaches a server between the beginning of its end and the GOAWAY that tells the
# client; a call that the client itself cancels is not tried again. RESOURCE_EXHAUSTED (OVERLOADED, CONTENTION) is left
# to the caller: a server with too much to do is not helped by more of it.
_RETRY_POLICY = {
    "maxAttempts": 5,
    "initialBackoff": "0.1s",
    "maxBackoff": "2s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
# With all tries and their pauses; a statement may take 15 s. A stream takes as long as it takes.
_TIMEOUT = "30s"
# Tries stop while more than 500 of them failed lately: a server that is cut off fails all calls under way at once, and
# they are to be tried again. 1000 is the most gRPC allows.
_THROTTLING = {"maxTokens": 1000, "tokenRatio": 0.1}


def service_config(methods: Iterable[MethodDescriptor]) -> dict[str, Any]:
    """Answer the service config of some methods."""
    entries: dict[tuple[bool, bool], list[dict[str, str]]] = {}
    for method in methods:
        streams = method.client_streaming or method.server_streaming
        name = {"service": method.containing_service.full_name, "method": method.name}
        entries.setdefault((_may_be_repeated(method), streams), []).append(name)
    return {
        # By its health, a server that is about to end is left before it ends.
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": ""},
        "retryThrottling": _THROTTLING,
        "methodConfig": [
            {"name": names}
            | ({} if streams else {"timeout": _TIMEOUT})
            | ({"retryPolicy": _RETRY_POLICY} if repeated else {})
            for (repeated, streams), names in sorted(entries.items())
        ],
    }


def _may_be_repeated(method: MethodDescriptor) -> bool:
    """Answer whether a call that was perhaps done can be sent again: it writes nothing, or takes an idempotency key."""
    rule = policy(method)
    return not rule.writes or rule.idempotent


if __name__ == "__main__":
    ours = [method for method in METHODS if is_served(method.containing_service)]
    text = json.dumps(service_config(ours), indent=1)
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
