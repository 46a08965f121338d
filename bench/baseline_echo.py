"""The cost of a call that does nothing: a bare grpc.aio server with the messages of `Use`.

It parses every UseRequest and serialises a UseResponse that was made beforehand, of the same bytes as a real one, and
does nothing else: no access check, no validation, no metrics, no log, no store. As redeemd it runs on uvloop and finds
its handler in one dict of 140 methods, so that the difference to it is what redeemd does.

It is also the handler to which redeemd delivers rewards: one that confirms every request and does nothing.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

import grpc
import uvloop
from google.protobuf.message import Message
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2 as handler_pb

METHODS = 140
SERVICE = "redeem.serialkey.v1.SerialKeyService"
EXECUTE_BATCH = "/redeem.transaction.v1.ActionHandler/ExecuteBatch"


class _Table(grpc.GenericRpcHandler):
    def __init__(self, methods: "dict[str, grpc.RpcMethodHandler[Any, Any]]") -> None:
        self._methods = methods

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        return self._methods.get(handler_call_details.method)


def _handler(request_type: type[Message], reply: Message) -> "grpc.RpcMethodHandler[Any, Any]":
    async def unary(_request: Message, _context: Any) -> Message:
        return reply

    return grpc.unary_unary_rpc_method_handler(
        unary,
        request_deserializer=request_type.FromString,
        response_serializer=type(reply).SerializeToString,
    )


async def _execute_batch(request: handler_pb.ExecuteBatchRequest, _context: Any) -> handler_pb.ExecuteBatchResponse:
    outcomes = [handler_pb.ExecutionOutcome(key=execution.key) for execution in request.executions]
    return handler_pb.ExecuteBatchResponse(outcomes=outcomes)


async def serve(reply: pb.UseResponse) -> None:
    """Serve until SIGINT or SIGTERM."""
    names = ["Use", *(f"Method{number}" for number in range(1, METHODS))]
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    methods = {f"/{SERVICE}/{name}": _handler(pb.UseRequest, reply) for name in names}
    methods[EXECUTE_BATCH] = grpc.unary_unary_rpc_method_handler(
        _execute_batch,
        request_deserializer=handler_pb.ExecuteBatchRequest.FromString,
        response_serializer=handler_pb.ExecuteBatchResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((_Table(methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"echo: serving gRPC on 127.0.0.1:{port}", file=sys.stderr, flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.stop(1.0)


if __name__ == "__main__":
    uvloop.run(serve(pb.UseResponse.FromString(Path(sys.argv[1]).read_bytes())))
