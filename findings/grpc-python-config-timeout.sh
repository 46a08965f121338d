#!/bin/sh
# grpcio 1.83.2 and 1.85.3: the `timeout` of a service config is not sent to the server.
#
# Expected, as with a timeout given to the call: the request has the header grpc-timeout, the server sees the deadline
# (context.time_remaining()), and proxies apply it.
# Seen: the client alone enforces it; the server sees a call without a deadline.
# Consequence: servers and proxies do not know the deadlines of clients that have them from the service config. Limits for
# calls without a deadline apply to these calls. Pass the timeout to the call as well.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
for version in 1.83.2 1.85.3; do
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "grpcio==$version"
  "$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

CONFIG = json.dumps({"methodConfig": [{"name": [{}], "timeout": "30s"}]})


class Handler(grpc.GenericRpcHandler):
    """Responds with whether the call has a deadline."""

    def service(self, handler_call_details):
        return grpc.unary_unary_rpc_method_handler(self.respond)

    def respond(self, request, context):
        remaining = context.time_remaining()  # without a deadline: None, or hundreds of years
        return b"no deadline" if remaining is None or remaining > 3600 else b"deadline"


server = grpc.server(ThreadPoolExecutor(1), handlers=[Handler()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.service_config", CONFIG)]) as channel:
    call = channel.unary_unary("/service/Method")
    seen = {"from the service config": call(b"").decode(), "of the call": call(b"", timeout=30).decode()}
server.stop(None)
print(f"grpcio {grpc.__version__}, timeout of 30 s, the server sees: {seen}")
sys.exit(0 if seen == {"from the service config": "no deadline", "of the call": "deadline"} else 1)
PYTHON
done
