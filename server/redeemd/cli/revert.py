"""The command `revert`: undo a transaction of a player, through a running server."""

from typing import Annotated

import typer
from redeem.transaction.v1 import requests_pb2 as pb
from redeem.transaction.v1 import resources_pb2

from redeemd.cli.client import connected
from redeemd.cli.connection import Connection, with_options
from redeemd.cli.output import confirm
from redeemd.cli.results import Json, put

_DRY_RUN = (("x-dry-run", "true"),)


@with_options(Connection)
def revert(
    transaction_id: Annotated[str, typer.Argument(help="ID of the transaction, from its response or from an event.")],
    user: Annotated[str, typer.Argument(help="The player.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
    *,
    connection: Connection,
) -> None:
    """Revert a transaction of the last 24 hours: all of its actions or, if one cannot be reverted, none."""
    request = pb.RevertTransactionRequest(user_id=user, transaction_id=transaction_id)
    with connected(connection) as client:
        method = client.transactions.RevertTransaction
        planned = client.call(method, request, headers=_DRY_RUN).item
        if dry_run or not as_json:
            put(planned, "\n".join(_lines(planned)), as_json=as_json)
        if dry_run:
            return
        if not yes:
            confirm(
                f"Run these actions to revert transaction {transaction_id} of {user}?",
                otherwise="nothing was reverted; add --yes to run these actions",
            )
        item = client.call(method, request).item
        put(item, f"reverted by transaction {item.transaction_id}", as_json=as_json)


def _lines(item: resources_pb2.TransactionResult) -> list[str]:
    """Describe the reverses, in the order of their kinds."""
    done = [(each.action, each.consume_request) for each in item.consume_results]
    done += [(each.action, each.acquire_request) for each in item.acquire_results]
    return [f"{action} {request}" for action, request in done] or ["nothing to do: it changed nothing"]
