"""The command `health`: what health checks of containers run. It imports as little as possible."""

from typing import Annotated

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

app = typer.Typer(
    pretty_exceptions_enable=False, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]}
)

DEADLINE_SECONDS = 5.0
_OPTIONS = [("grpc.enable_http_proxy", 0)]  # a proxy for GitHub is not one for probes


@app.command()
def health(
    service: Annotated[
        str, typer.Option(help="The full name of a service; empty for the server as a whole.", show_default=False)
    ] = "",
    server: Annotated[str, typer.Option(help="Address of the server.", envvar="REDEEMD_SERVER")] = "127.0.0.1:50051",
) -> None:
    """Ask a server whether it is serving: exit code 0 if it is, 1 if it is not or does not respond."""
    status = _status(server, service)
    typer.echo(f"{service or server}: {status}")
    if status != "SERVING":
        raise typer.Exit(1)


def _status(server: str, service: str) -> str:
    """Return the status that a server reports, or the error in its place."""
    with grpc.insecure_channel(server, options=_OPTIONS) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            reply = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            return f"{error.code().name} {error.details()}"
    name: str = health_pb2.HealthCheckResponse.ServingStatus.Name(reply.status)
    return name
