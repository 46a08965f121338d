"""Which deliveries go to a handler in one call."""

from collections.abc import Sequence

from redeemd.handlers.deliveries import Taken

# Of the requests in a batch; one of them alone may have more. A receiver's usual limit is 4 MiB for a message.
CHARACTERS_MAX = 500_000


def batches(taken: Sequence[Taken]) -> list[list[Taken]]:
    """Answer deliveries as they go together, in their order.

    One that was attempted before goes alone: it may be what the others of its batch failed by.
    """
    found: list[list[Taken]] = []
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
