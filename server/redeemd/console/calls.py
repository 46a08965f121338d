"""Calls methods as the person who is logged in, through the pipeline of all calls: with its checks, events and log."""

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from redeemd.contract import documented_errors, options
from redeemd.contract.options import MethodRule
from redeemd.errors import ServiceError, ValidationFailed, Violation
from redeemd.rpc import direct, refusals
from redeemd.rpc.direct import END, DirectCall, Read
from redeemd.rpc.method import Handlers, RpcHandler
from redeemd.store.base import StoreError

R = TypeVar("R", bound=Message)


class Refused(Exception):
    """A method refused a call. The attributes are those of the status, for a page to show."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status
        self.code: str = code_pb2.Code.Name(status.code)
        self.message: str = status.message
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        for detail in status.details:
            for known in (info, bad):
                if detail.Is(known.DESCRIPTOR):
                    detail.Unpack(known)
        self.reason: str = info.reason
        self.metadata: Mapping[str, str] = dict(info.metadata)
        self.request_id: str = info.metadata.get("request_id", "")
        self.violations = [(each.field, each.description) for each in bad.field_violations]

    @classmethod
    def of(cls, field: str, problem: str) -> "Refused":
        """Return the refusal of a form whose field no method can take."""
        error = ValidationFailed(violations=[Violation(field, problem)])
        error.metadata["component"] = "console"
        return cls.from_error(error)

    @classmethod
    def from_error(cls, error: ServiceError) -> "Refused":
        """Return the refusal that a method would respond with for an error."""
        return cls(refusals.to_status(error, ""))

    @property
    def http_status(self) -> int:
        """The status of a page that shows it, that of the JSON API; 403 for lack of permission, which that has not."""
        if self.code == "PERMISSION_DENIED":
            return 403
        return documented_errors.http_status(self.code, self.reason)


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Raise Refused for the errors of the block that calls would be refused with."""
    try:
        yield
    except ServiceError as error:
        raise Refused.from_error(error) from error
    except StoreError as error:
        raise Refused.from_error(refusals.store_refusal(error)) from error


@dataclass(frozen=True, slots=True)
class _Method:
    handler: RpcHandler
    rule: MethodRule
    idempotent: bool


class Methods:
    """The methods of all services, by the type of their request."""

    def __init__(self, services: Iterable[ServiceDescriptor], handlers: Handlers) -> None:
        """`handlers` are those of gRPC, by /package.Service/Method."""
        self._methods: dict[str, _Method] = {}
        for service in services:
            for method in service.methods:
                assert method.input_type.full_name not in self._methods, "each method has a type of requests"
                self._methods[method.input_type.full_name] = _method(method, handlers)

    def rule(self, request_type: type[Message]) -> MethodRule:
        """Return what decides who may call the method with a type of requests."""
        return self._methods[request_type.DESCRIPTOR.full_name].rule

    def is_idempotent(self, request: Message) -> bool:
        """Return whether the method of a request takes an idempotency key."""
        return self._methods[request.DESCRIPTOR.full_name].idempotent

    async def call(self, request: Message, reply_type: type[R], metadata: Mapping[str, str], peer: str) -> R:
        """Return the reply to a request. Raises Refused."""

        async def read() -> bytes:
            return request.SerializeToString()

        return await self._reply(request, reply_type, metadata, peer, read)

    async def stream(
        self, requests: Iterable[Message], reply_type: type[R], metadata: Mapping[str, str], peer: str
    ) -> R:
        """Return the reply to a stream of requests, of which there is one at least. Raises Refused.

        Each is made when the method asks for it.
        """
        following = iter(requests)
        first = next(following)
        waiting = itertools.chain((first,), following)

        async def read() -> bytes:
            request = next(waiting, None)
            return END if request is None else request.SerializeToString()

        return await self._reply(first, reply_type, metadata, peer, read)

    async def _reply(
        self, request: Message, reply_type: type[R], metadata: Mapping[str, str], peer: str, read: Read
    ) -> R:
        method = self._methods[request.DESCRIPTOR.full_name]
        reply = await DirectCall(metadata, peer, read).unary(method.handler)
        if isinstance(reply, status_pb2.Status):
            raise Refused(reply)
        assert isinstance(reply, reply_type), reply_type
        return reply

    async def watch(
        self,
        request: Message,
        reply_type: type[R],
        metadata: Mapping[str, str],
        peer: str,
        *,
        enough: Callable[[R], bool],
        seconds: float,
    ) -> list[R]:
        """Return the first messages of a streamed reply: see redeemd.rpc.direct.watch. Raises Refused."""

        async def read() -> bytes:
            return request.SerializeToString()

        handler = self._methods[request.DESCRIPTOR.full_name].handler
        replies = await direct.watch(
            handler, metadata, peer, read, enough=cast("Callable[[Message], bool]", enough), seconds=seconds
        )
        if isinstance(replies, status_pb2.Status):
            raise Refused(replies)
        return [reply for reply in replies if isinstance(reply, reply_type)]


def _method(method: MethodDescriptor, handlers: Handlers) -> _Method:
    policy = options.policy(method)
    handler = handlers[f"/{method.containing_service.full_name}/{method.name}"]
    return _Method(handler, MethodRule.of(method, policy), policy.idempotent)
