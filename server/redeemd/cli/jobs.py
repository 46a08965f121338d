"""The command `jobs`: batches, imports, work on the data of players, and deliveries to handlers that are not done."""

from collections.abc import Callable
from datetime import UTC
from typing import Annotated

import grpc
import typer
from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from redeem.transaction.v1 import resources_pb2 as transaction_resources

from redeemd.cli.client import Client, connected, reason_of
from redeemd.cli.codes import PAGE_SIZE, namespaces_of
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import complain
from redeemd.cli.player import deliveries, delivery_text
from redeemd.cli.results import Json, put, put_of_kind
from redeemd.cli.times import text_of

# What the refusal to show the result of work on the data of a player says about it.
_REFUSALS = {"USER_DATA_JOB_NOT_FOUND": None, "USER_DATA_JOB_RUNNING": "running", "FILES_NOT_SERVED": "done"}


@with_options(Connection)
def jobs(
    namespace: Annotated[str, typer.Option(help="Only batches of this namespace.")] = "",
    user: Annotated[str, typer.Option(help="Only deliveries of this player, and the work on the player's data.")] = "",
    retry: Annotated[list[str] | None, typer.Option(help="Retry this dead delivery; may be repeated.")] = None,
    retry_dead: Annotated[
        bool, typer.Option("--retry-dead", help="Retry the dead deliveries that are listed.")
    ] = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """List batches and imports, and deliveries to handlers that wait or are dead; retry dead deliveries.

    With --user, the command lists what concerns a player: deliveries, and whether the player's data was dumped or
    erased in each service.
    """
    with connected(connection) as client:
        if retry:
            _retry(client, retry, as_json=as_json)
            return
        if user:
            _put_user_data(client, user, as_json=as_json)
        else:
            _put_batches(client, [namespace] if namespace else namespaces_of(client), as_json=as_json)
        if namespace:
            return
        dead = _put_deliveries(client, user or None, as_json=as_json)
        if retry_dead:
            _retry(client, dead, as_json=as_json)


def _put_batches(client: Client, namespaces: list[str], *, as_json: bool) -> None:
    """Print the batches of the campaigns in force, oldest first."""
    keys = client.serial_keys
    for namespace in namespaces:
        models = client.call(keys.DescribeCampaignModels, pb.DescribeCampaignModelsRequest(namespace_name=namespace))
        for model in models.items:
            request = pb.DescribeIssueJobsRequest(
                namespace_name=namespace, campaign_model_name=model.name, limit=PAGE_SIZE
            )
            for page in client.pages(keys.DescribeIssueJobs, request):
                for job in page.items:
                    kind = "import" if job.imported else "issueJob"
                    name = f"{namespace} {model.name} {job.name}"
                    text = f"{name}: {job.issued_count} codes, {text_of(job.created_at, UTC)}"
                    put_of_kind(kind, job, f"{'import' if job.imported else 'batch':<9} {text}", as_json=as_json)


def _put_deliveries(client: Client, user: str | None, *, as_json: bool) -> list[str]:
    """Print the deliveries that wait, then those that are dead; return the ids of these."""
    for item in deliveries(client, user, transaction_resources.DELIVERY_STATE_PENDING):
        put_of_kind("delivery", item, f"delivery  {delivery_text(item)}", as_json=as_json)
    dead = list(deliveries(client, user, transaction_resources.DELIVERY_STATE_DEAD))
    for item in dead:
        put_of_kind("delivery", item, f"delivery  {delivery_text(item)}", as_json=as_json)
    return [item.delivery_id for item in dead]


def _retry(client: Client, delivery_ids: list[str], *, as_json: bool) -> None:
    for delivery_id in delivery_ids:
        request = transaction_pb.RetryDeliveryRequest(delivery_id=delivery_id)
        item = client.call(client.transactions.RetryDelivery, request).item
        put_of_kind("delivery", item, f"delivery  {delivery_text(item)}", as_json=as_json)
    if not delivery_ids:
        complain("redeemd: no delivery is dead")


def _put_user_data(client: Client, user: str, *, as_json: bool) -> None:
    """Print the state of the last dump and the last erasure of a player's data in each service, if there was one."""
    keys, limits, exchanges = client.serial_keys, client.limits, client.exchanges
    checks: tuple[tuple[str, str, Callable[..., object], type[Message]], ...] = (
        ("serialKey", "dump", keys.CheckDumpUserDataByUserId, pb.CheckDumpUserDataByUserIdRequest),
        ("serialKey", "erasure", keys.CheckCleanUserDataByUserId, pb.CheckCleanUserDataByUserIdRequest),
        ("limit", "dump", limits.CheckDumpUserDataByUserId, limit_pb.CheckDumpUserDataByUserIdRequest),
        ("limit", "erasure", limits.CheckCleanUserDataByUserId, limit_pb.CheckCleanUserDataByUserIdRequest),
        ("exchange", "dump", exchanges.CheckDumpUserDataByUserId, exchange_pb.CheckDumpUserDataByUserIdRequest),
        ("exchange", "erasure", exchanges.CheckCleanUserDataByUserId, exchange_pb.CheckCleanUserDataByUserIdRequest),
    )
    for service, work, method, kind in checks:
        if state := _state(client, method, kind(user_id=user)):
            result = {"kind": "userData", "service": service, "userId": user, "work": work, "state": state}
            put(result, f"user data {service} {work} of {user}: {state}", as_json=as_json)


def _state(client: Client, method: Callable[..., object], request: object) -> str | None:
    try:
        client.try_call(method, request)
    except grpc.RpcError as error:
        reason = reason_of(error)
        if reason not in _REFUSALS:
            client.fail(error, request)
        return _REFUSALS[reason]
    return "done"
