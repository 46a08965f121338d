"""The static facts of a method: its contract, and the marks of its servicer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.contract import options
from redeemd.contract.options import MethodRule
from redeemd.rpc.call import Call
from redeemd.rpc.marks import InSets
from redeemd.rpc.ports import Authorize, NamespaceLog, Prepare

# Quoted, because the class is generic only for the type checker.
RpcHandler: TypeAlias = "grpc.RpcMethodHandler[bytes, Message]"
Handlers = Mapping[str, RpcHandler]  # by full method path


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per method
class Method:
    """One method of a service. See redeemd.rpc.marks for the marks.

    `handler` is the servicer's method; `body` calls it, with the plan of the call if it takes one.
    """

    name: str  # package.Service/Method
    policy: options_pb2.Policy
    rule: MethodRule
    request_type: type[Message]
    reply_type: type[Message]
    client_streaming: bool
    handler: object
    body: Callable[[Call[Message]], Awaitable[Any]]  # a Message, or a Page of a response stream
    prepare: Prepare | None
    authorize: Authorize | None
    without_store: bool
    one_statement: bool
    rolled_back: bool
    in_sets: InSets | None
    forget_namespace: Callable[[str], None]
    namespace_log: NamespaceLog | None

    @classmethod
    def of(cls, descriptor: MethodDescriptor, servicer: object) -> "Method":
        """Return the facts. Raises TypeError without a policy, an implementation, or a required authorization step."""
        name = f"{descriptor.containing_service.full_name}/{descriptor.name}"
        policy = options.policy(descriptor)
        handler = getattr(servicer, policy.batch_of or descriptor.name, None)
        if handler is None:
            raise TypeError(f"{name} is not implemented")
        prepare, authorize = _bound(handler, "prepare", servicer), _bound(handler, "authorize", servicer)
        if policy.idempotent and policy.decides_namespaces and authorize is None:
            raise TypeError(f"{name} keeps replies but does not define who may receive them")
        in_sets: InSets | None = getattr(handler, "in_sets", None)
        takes_plan = prepare is not None or authorize is not None or descriptor.client_streaming
        return cls(
            name=name,
            policy=policy,
            rule=MethodRule.of(descriptor, policy),
            request_type=message_factory.GetMessageClass(descriptor.input_type),
            reply_type=message_factory.GetMessageClass(descriptor.output_type),
            client_streaming=descriptor.client_streaming,
            handler=handler,
            body=(lambda call: handler(call, call.plan)) if takes_plan else handler,
            prepare=prepare,
            authorize=authorize,
            without_store=getattr(handler, "without_store", False),
            one_statement=getattr(handler, "one_statement", False),
            rolled_back=getattr(handler, "rolled_back", False),
            in_sets=in_sets and in_sets.bound(servicer),
            forget_namespace=getattr(servicer, "forget_namespace", lambda _name: None),
            namespace_log=getattr(servicer, "log_settings", None),
        )


# The part returns a plan or an Authorized, as redeemd.rpc.marks has checked.
def _bound(handler: object, mark: str, servicer: object) -> Callable[[Call[Message]], Awaitable[Any]] | None:
    """Return the function of a mark, bound to the servicer, or None."""
    part = getattr(handler, mark, None)
    return part and part.__get__(servicer)
