"""The command `health`: what health checks of containers run. It imports as little as possible."""

from typing import Annotated

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from redeemd.cli.connection import Target, with_options
from redeemd.cli.mistakes import explain
from redeemd.cli.results import Json, put

DEADLINE_SECONDS = 5.0
_OPTIONS = [("grpc.enable_http_proxy", 0)]  # a proxy for GitHub is not one for probes


@with_options(Target)
def health(
    service: Annotated[
        str, typer.Option(help="The full name of a service; empty for the server as a whole.", show_default=False)
    ] = "",
    as_json: Json = False,
    *,
    connection: Target,
) -> None:
    """Check whether a server is serving: exit code 0 if it is, 1 if it is not or does not respond."""
    status = _status(connection, service)
    result = {"server": connection.server, "service": service or None, "status": status}
    put(result, f"{service or connection.server}: {status}", as_json=as_json)
    if status != "SERVING":
        raise typer.Exit(1)


def _status(connection: Target, service: str) -> str:
    """Return the status that a server reports, or the error in its place."""
    try:
        opened = connection.channel(_OPTIONS)
    except OSError as problem:
        return str(problem)
    with opened as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            reply = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            return f"{error.code().name} {explain(error.details() or '', '')}"
    name: str = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
    return name
