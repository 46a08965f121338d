"""One call that changes something."""

from dataclasses import dataclass, field

from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb

from support.github import BRANCH
from support.imports import message, send
from support.service import World


@dataclass(frozen=True)
class Write:
    """A call that changes something."""

    rpc: str
    fields: dict = field(default_factory=dict)

    async def make(self, service, headers=()):
        """Call as the administrator."""
        if self.rpc == "ImportSerialKeys":
            world = World(service, self.fields["namespace_name"])
            return await send(world, [message(world, ["a"]), message(world, ["b"])], headers)
        others = (
            (service.auth, auth_pb),
            (service.exchanges, exchange_pb),
            (service.limits, limit_pb),
            (service.transactions, transaction_pb),
        )
        for stub, requests in others:
            # What services have in common is the same code in each, and tried with SerialKey.
            if hasattr(stub, self.rpc) and not hasattr(service.serial_keys, self.rpc):
                request = getattr(requests, f"{self.rpc}Request")(**self.fields)
                return await getattr(stub, self.rpc)(request, metadata=service.admin + tuple(headers))
        return await service.call(self.rpc, headers, **self.fields)


def checkout(source_path):
    """Answer the setting that checks a file out, where the stand-in for GitHub has it."""
    return {
        "api_key_id": "main",
        "repository_name": "studio/game",
        "source_path": source_path,
        "reference_type": BRANCH,
        "branch_name": "main",
    }
