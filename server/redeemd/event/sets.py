"""Records the events of calls that run as a set: see redeemd.rpc.sets."""

from collections.abc import Sequence
from typing import cast

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.event.recorder import EmittingMethod, EventRecorder, Events, recording
from redeemd.rpc.call import Call, NamespacedRequest
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query


class SetRecorder:
    """Records the events of calls of one method. See redeemd.rpc.ports.SetRecorder."""

    def __init__(self, recorder: EventRecorder, events: Events) -> None:
        self._recorder = recorder
        self._events = events

    async def record(self, tx: Tx, query: Query, done: Sequence[tuple[Call[Message], Row]]) -> None:
        """Write the events of calls, which have their plans, from the rows that the query returned for them."""
        declared = recording(query)
        assert declared is not None, "the query declares its event"
        columns, found = declared.found.items(), []
        for call, row in done:
            event = self._recorder.by_statement(cast("Call[NamespacedRequest]", call))
            if event is not None:
                for name, column in columns:
                    event[name] = row[column]
                found.append(event)
        await self._events.write(tx, found)

    def committed(self) -> None:
        """Record that events were committed."""
        self._events.wake()


def recorder_of_sets(events: Events, policy: options_pb2.Policy, method: object, name: str) -> SetRecorder | None:
    """Return what records the events of a method's calls; None if it has none. See redeemd.rpc.ports.Rule."""
    if not events.kept or not hasattr(method, "emits"):
        return None
    return SetRecorder(EventRecorder(policy.event, cast("EmittingMethod", method), name), events)
