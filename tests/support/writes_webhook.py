"""Valid requests of the RPCs that write about webhooks."""

from redeem.options.v1 import options_pb2
from redeemd.event.cursors import BEFORE_ALL
from redeemd.store.base import Tx
from redeemd.store.sql import query
from redeemd.webhooks.queries import QUERIES

from support.service import Service
from support.writes_call import Write

LETTER_ID = "0-1-0123456789abcdef"


async def webhook_writes(service: Service) -> list[Write]:
    """Make a webhook whose receiver is gone, with a dead letter; return the calls to try."""
    gone = query("gone", "UPDATE webhook SET state = 2")
    letter = {"kind": options_pb2.EVENT_KIND_ISSUED, "told_at": 0, "body": b"", "xid": 0, "event_id": 1}
    nothing = dict.fromkeys(("place", "found_name", "found_count", "found_revision"))

    async def body(tx: Tx) -> None:
        await tx.run(QUERIES.webhook_add, name="game", **BEFORE_ALL._asdict())
        await tx.run(gone)
        named = {"name": "game", "dead_letter_id": LETTER_ID, "attempts": 1, "error": "HTTP_500", "now": 0}
        await tx.run(QUERIES.dead_letter_put, **named, **letter, **nothing)

    await service.store.run(body, write=True)
    return [
        Write("RetryWebhook", {"webhook_name": "game", "dead_letter_ids": [LETTER_ID]}),
        Write("ReplayWebhook", {"webhook_name": "game"}),
        Write("ReplayWebhook", {"webhook_name": "game", "at": 1_700_000_000_000}),
    ]
