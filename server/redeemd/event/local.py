"""Records changes that an operator makes directly in the database."""

import getpass
import os
import sys

from redeem.event.v1.resources_pb2 import Administration, Event
from redeem.options.v1 import options_pb2

from redeemd.event.parameters import parameters
from redeemd.event.queries import QUERIES
from redeemd.store.base import Tx


async def record(tx: Tx, method: str, *, resource_name: str, now: int) -> None:
    """Record the event that a method, package.Service/Method, records when a server executes it."""
    event = Event(
        service=method.split(".")[1],
        method=method,
        actor=f"local:{_operator()}",
        administration=Administration(resource_name=resource_name),
    )
    await tx.many(
        QUERIES.event_insert, [parameters(options_pb2.EVENT_KIND_ADMINISTERED, event.SerializeToString(), at=now)]
    )


def _operator() -> str:
    """Return the name of the account of this process: not that in the environment, which anybody can set."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd  # noqa: PLC0415 -- not available on Windows

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account without a name, as in containers
        return str(os.getuid())
