"""One call that changes something."""

from dataclasses import dataclass, field
from typing import Any

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.serialkey.v1 import requests_pb2 as serialkey_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from support.batches import BATCHES, call_batch
from support.github import BRANCH
from support.imports import message, send
from support.service import Headers, Metadata, Service
from support.world import World


@dataclass(frozen=True)
class Write:
    """A call that changes something."""

    rpc: str
    fields: dict[str, Any] = field(default_factory=dict)

    async def make(self, service: Service, headers: Headers = (), metadata: Metadata | None = None) -> Any:
        """Call, by default as the administrator."""
        metadata = (service.admin if metadata is None else metadata) + tuple(headers)
        if self.rpc == "ImportSerialKeys":
            world = World(service, self.fields["namespace_name"])
            if "states" in self.fields:
                states = [serialkey_pb.ImportedState(**state) for state in self.fields["states"].values()]
                return await send(world, [message(world, [*self.fields["states"]], states=states)], metadata=metadata)
            return await send(world, [message(world, ["a"]), message(world, ["b"])], metadata=metadata)
        if self.rpc in BATCHES:
            stub, requests = (
                (service.limits, limit_pb) if self.rpc == "BatchCountUp" else (service.serial_keys, serialkey_pb)
            )
            request = getattr(requests, f"{self.rpc}Request")(**self.fields)
            return await call_batch(getattr(stub, self.rpc), request, metadata)
        others = (
            (service.auth, auth_pb),
            (service.events, event_pb),
            (service.exchanges, exchange_pb),
            (service.limits, limit_pb),
            (service.transactions, transaction_pb),
        )
        for stub, requests in others:
            # What services have in common is the same code in each, and tried with SerialKey.
            if hasattr(stub, self.rpc) and not hasattr(service.serial_keys, self.rpc):
                request = getattr(requests, f"{self.rpc}Request")(**self.fields)
                return await getattr(stub, self.rpc)(request, metadata=metadata)
        request = getattr(serialkey_pb, f"{self.rpc}Request")(**self.fields)
        return await getattr(service.serial_keys, self.rpc)(request, metadata=metadata)


def checkout(source_path: str) -> dict[str, Any]:
    """Return the setting that checks a file out, where the stand-in for GitHub has it."""
    return {
        "api_key_id": "main",
        "repository_name": "studio/game",
        "source_path": source_path,
        "reference_type": BRANCH,
        "branch_name": "main",
    }
