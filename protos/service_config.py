"""`python protos/service_config.py FILE`: writes the gRPC service config of all methods, from their policies.

docs/how-to/postgresql.md describes how clients use it. The fields are defined in
https://github.com/grpc/proposal/blob/master/A6-client-retries.md.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from redeemd.contract.options import policy
from reference.source import METHODS, is_served

# Four retries after 0.1, 0.3, 0.9 and 2 seconds, each up to 20 % more or less; gRPC allows at most five attempts.
# CANCELLED is retried because gRPC cancels calls that reach a server after it starts to shut down and before the client
# receives the GOAWAY; gRPC does not retry calls that the client itself cancels. RESOURCE_EXHAUSTED (OVERLOADED,
# CONTENTION) is left to the caller, because automatic retries would add load to an overloaded server.
_RETRY_POLICY = {
    "maxAttempts": 5,
    "initialBackoff": "0.1s",
    "maxBackoff": "2s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
# Covers all attempts and the back-off between them; a statement may take 15 s. Streams have no time-out.
_TIMEOUT = "30s"
# Retries stop while more than 500 attempts failed recently: a server that becomes unreachable fails all calls in
# progress at once, and these must be retried. gRPC allows at most 1000 tokens.
_THROTTLING = {"maxTokens": 1000, "tokenRatio": 0.1}


def service_config(methods: Iterable[MethodDescriptor]) -> dict[str, Any]:
    """Return the service config of the given methods."""
    entries: dict[tuple[bool, bool], list[dict[str, str]]] = {}
    for method in methods:
        streams = method.client_streaming or method.server_streaming
        name = {"service": method.containing_service.full_name, "method": method.name}
        entries.setdefault((_may_be_repeated(method), streams), []).append(name)
    return {
        # Health checks move calls away from a server before it shuts down.
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
    """Return whether a call can be retried even if it was executed: it is read-only, or accepts an idempotency key.

    A batch accepts a key for each item if the method of its items does.
    """
    rule = policy(method)
    if rule.batch_of:
        rule = policy(method.containing_service.methods_by_name[rule.batch_of])
    return not rule.writes or rule.idempotent


if __name__ == "__main__":
    ours = [method for method in METHODS if is_served(method.containing_service)]
    text = json.dumps(service_config(ours), indent=1)
    Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
