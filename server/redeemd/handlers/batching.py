"""Groups deliveries into batches for a handler."""

from collections.abc import Sequence

from redeemd.handlers.outbox import LeasedDelivery

# Total size of the requests in a batch; a single request may be larger. The usual message limit of a receiver is 4 MiB.
CHARACTERS_MAX = 500_000


def batches(taken: Sequence[LeasedDelivery]) -> list[list[LeasedDelivery]]:
    """Return the deliveries in batches, in the same order.

    A delivery that is retried gets a batch of its own, because it may have made the other deliveries of its batch fail.
    """
    found: list[list[LeasedDelivery]] = []
    room = 0
    for each in taken:
        size = len(each.execution.request)
        first = each.attempts == 1
        if first and size <= room:
            found[-1].append(each)
            room -= size
        else:
            found.append([each])
            room = CHARACTERS_MAX - size if first else 0
    return found
