"""Renders awaits for clients."""

from redeem.exchange.v1 import resources_pb2 as pb

from redeemd.exchange.awaits import Await, config_messages
from redeemd.resources.resource import Grns

_INT_MAX = 2_147_483_646  # the documented maximum of an int; a lock time may exceed it


def awaiting(grns: Grns, namespace_name: str, item: Await) -> pb.Await:
    """Render an await."""
    return pb.Await(
        await_id=grns.of(namespace_name, f"user:{item.user_id}:await:{item.name}"),
        user_id=item.user_id,
        rate_name=item.rate_name,
        name=item.name,
        count=item.count,
        skip_seconds=min(item.skip_seconds, _INT_MAX),
        config=config_messages(item.config),
        acquirable_at=item.acquirable_at,
        exchanged_at=item.exchanged_at,
        created_at=item.created_at,
        revision=item.revision,
    )
