"""Identifies callers and their permissions, to decide what a page shows. The pipeline checks every call again."""

from collections.abc import Callable
from dataclasses import dataclass

from google.protobuf.message import Message
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb

from redeemd.base.clock import Clock
from redeemd.console.calls import Methods
from redeemd.contract.options import MethodRule, spelling
from redeemd.rpc.call import Caller
from redeemd.rpc.ports import AccessControl

Allowed = Callable[[options_pb2.Role, MethodRule], bool]


@dataclass(frozen=True, slots=True)
class Identities:
    """Finds callers. `allowed` returns whether a role may call a method."""

    access: AccessControl
    methods: Methods
    clock: Clock
    allowed: Allowed

    async def of(self, credential: str) -> Caller:
        """Return the caller of a credential. Raises a ServiceError."""
        rule, now = self.methods.rule(pb.DescribeNamespacesRequest), self.clock.now_ms()
        metadata = metadata_of(credential)
        known = self.access.known(rule, metadata, now=now)
        return known or await self.access.check(rule, metadata, now=now)

    def may(self, caller: Caller, request_type: type[Message]) -> bool:
        """Return whether a caller's role may call the method with a type of requests."""
        return self.allowed(caller.role, self.methods.rule(request_type))


def metadata_of(credential: str) -> dict[str, str]:
    """Return the metadata of calls with a credential."""
    return {"authorization": f"Bearer {credential}"} if credential else {}


def role_name(caller: Caller) -> str:
    """Return the name of a caller's role."""
    return spelling(options_pb2.Role.DESCRIPTOR, caller.role)
