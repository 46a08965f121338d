"""The command `player`: what a namespace holds about a player, and the lock after too many wrong codes."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Annotated

import grpc
import typer
from google.protobuf.message import Message
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from redeem.transaction.v1 import resources_pb2 as transaction_resources

from redeemd.cli.client import Client, connected, reason_of
from redeemd.cli.codes import PAGE_SIZE, Namespace
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.results import Json, put_of_kind
from redeemd.cli.times import text_of
from redeemd.contract.options import spelling

_Line = tuple[str, Message, str]  # its kind, what it shows, and its text
_Read = Callable[[Client, str, str], Iterator[_Line]]


@with_options(Connection)
def player(
    namespace: Namespace,
    user: Annotated[str, typer.Argument(help="The player.")],
    unlock: Annotated[bool, typer.Option("--unlock", help="Give the player all guesses back.")] = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Show what the namespaces of a name hold about a player, and how many wrong codes the player can still try.

    That is the codes that the player used, the counters, the awaits, and the deliveries to handlers that are not done.
    """
    with connected(connection) as client:
        if unlock:
            request = pb.ResetGuessBudgetRequest(namespace_name=namespace, user_id=user)
            client.call(client.serial_keys.ResetGuessBudget, request)
        for kind, item, text in _lines(client, namespace, user):
            put_of_kind(kind, item, text, as_json=as_json)


def _lines(client: Client, namespace: str, user: str) -> Iterator[_Line]:
    """Yield the lines of all services that have the namespace. Exits with status 1 if none has it."""
    services: tuple[tuple[_Read, Callable[..., object], object], ...] = (
        (_codes, client.serial_keys.GetNamespace, pb.GetNamespaceRequest(namespace_name=namespace)),
        (_counters, client.limits.GetNamespace, limit_pb.GetNamespaceRequest(namespace_name=namespace)),
        (_awaits, client.exchanges.GetNamespace, exchange_pb.GetNamespaceRequest(namespace_name=namespace)),
    )
    readers = [read for read, method, request in services if _exists(client, method, request)]
    if not readers:
        client.call(*services[0][1:])  # exits with its error
    for read in readers:
        yield from read(client, namespace, user)
    yield from _deliveries(client, user)


def _exists(client: Client, method: Callable[..., object], request: object) -> bool:
    try:
        client.try_call(method, request)
    except grpc.RpcError as error:
        if reason_of(error) != "NAMESPACE_NOT_FOUND":
            client.fail(error, request)
        return False
    return True


def _codes(client: Client, namespace: str, user: str) -> Iterator[_Line]:
    keys = client.serial_keys
    request = pb.DescribeRedemptionsRequest(namespace_name=namespace, user_id=user, limit=PAGE_SIZE)
    found = (item for page in client.pages(keys.DescribeRedemptions, request) for item in page.items)
    for item in sorted(found, key=lambda item: item.used_at):
        text = f"redemption  {item.code}  {item.campaign_model_name}  {text_of(item.used_at, UTC)}"
        yield "redemption", item, text
    asked = pb.GetGuessBudgetRequest(namespace_name=namespace, user_id=user)
    budget = client.call(keys.GetGuessBudget, asked).item
    yield "guessBudget", budget, f"guesses     {_guesses(budget)}"


def _guesses(budget: resources_pb2.GuessBudget) -> str:
    if not budget.limited:
        return "not limited in this namespace"
    if budget.HasField("next_guess_at"):
        return f"locked until {text_of(budget.next_guess_at, UTC)}; --unlock gives all {budget.burst} back"
    return f"{budget.remaining} of {budget.burst} left"


def _counters(client: Client, namespace: str, user: str) -> Iterator[_Line]:
    request = limit_pb.DescribeCountersByUserIdRequest(namespace_name=namespace, user_id=user, limit=PAGE_SIZE)
    for page in client.pages(client.limits.DescribeCountersByUserId, request):
        for item in page.items:
            reset = f", reset at {text_of(item.next_reset_at, UTC)}" if item.HasField("next_reset_at") else ""
            yield "counter", item, f"counter     {item.limit_name} {item.name}: {item.count}{reset}"


def _awaits(client: Client, namespace: str, user: str) -> Iterator[_Line]:
    request = exchange_pb.DescribeAwaitsByUserIdRequest(namespace_name=namespace, user_id=user, limit=PAGE_SIZE)
    for page in client.pages(client.exchanges.DescribeAwaitsByUserId, request):
        for item in page.items:
            text = f"{item.rate_name} {item.name}: {item.count}, from {text_of(item.acquirable_at, UTC)} on"
            yield "await", item, f"await       {text}"


def _deliveries(client: Client, user: str) -> Iterator[_Line]:
    for state in (transaction_resources.DELIVERY_STATE_PENDING, transaction_resources.DELIVERY_STATE_DEAD):
        for item in deliveries(client, user, state):
            yield "delivery", item, f"delivery    {delivery_text(item)}"


def deliveries(
    client: Client, user: str | None, state: transaction_resources.DeliveryState
) -> Iterator[transaction_resources.Delivery]:
    """Yield the deliveries in a state: those of a player or, if `user` is None, of all players."""
    request = transaction_pb.DescribeDeliveriesRequest(user_id=user, state=state, limit=PAGE_SIZE)
    for page in client.pages(client.transactions.DescribeDeliveries, request):
        yield from page.items


def delivery_text(item: transaction_resources.Delivery) -> str:
    """Return a delivery as text for people."""
    state = spelling(transaction_resources.DeliveryState.DESCRIPTOR, item.state)
    failed = f", last {item.last_error}" if item.last_error else ""
    return f"{item.delivery_id}  {item.action} for {item.user_id}: {state} after {item.attempts} attempts{failed}"
