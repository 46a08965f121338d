"""The interfaces that features implement for the pipeline of calls, which knows none of the features."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

import grpc
from google.protobuf.message import Message
from redeem.options.v1 import options_pb2

from redeemd.contract.options import MethodRule
from redeemd.rpc.call import Authorized, Call, Caller
from redeemd.store.base import Row, Tx
from redeemd.store.sql import Query

# Messages are received as bytes, to check their size before they are parsed. Quoted, because the class is generic only
# for the type checker.
Context: TypeAlias = "grpc.aio.ServicerContext[bytes, Message]"
EOF: object = grpc.aio.EOF  # which Context.read() returns at the end; of a type that its stubs leave out
Metadata = Mapping[str, str]  # the names that end in -bin, which have bytes, are never read
Prepare = Callable[[Call[Message]], Awaitable[object]]
Authorize = Callable[[Call[Message]], Awaitable[Authorized[object]]]
Next = Callable[[Call[Message]], Awaitable[Message]]


class Around(Protocol):
    """A rule around a transaction, or around the body in it."""

    def __call__(self, call: Call[Message], inner: Next, /) -> Awaitable[Message]:
        """Return the reply of `inner(call)`, or another one, with the effect of the rule before or after it."""


class Rule(Protocol):
    """Decides once per method, when it is bound, whether and how a rule applies to it."""

    def __call__(self, policy: options_pb2.Policy, method: object, name: str, /) -> Around | None:
        """Return the rule for a method, or None where it does not apply.

        `method` is the servicer's, `name` is package.Service/Method. Raises TypeError where contract and method
        disagree.
        """


class SetRecorder(Protocol):
    """Records the events of calls of one method that run as a set."""

    async def record(self, tx: Tx, query: Query, done: Sequence[tuple[Call[Message], Row]]) -> None:
        """Write the events of calls, which have their plans, from the rows that the query returned for them."""

    def committed(self) -> None:
        """Record that events were committed."""


class AccessControl(Protocol):
    """Identifies and authorizes callers. Raises refusals with UNAUTHENTICATED or PERMISSION_DENIED."""

    @property
    def knows_peers(self) -> bool:
        """Whether the peer of a connection may be a caller."""

    def peer(self, rule: MethodRule, context: Context) -> Caller | None:
        """Return the caller that the peer of a call without a credential in its metadata is; None if it is none."""

    def known(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller | None:
        """Return the caller that the metadata identifies; None if `check` or the request identifies it."""

    def must_check(self, rule: MethodRule, metadata: Metadata) -> bool:
        """Return whether `check` has to identify a caller whom `known` did not."""

    async def check(self, rule: MethodRule, metadata: Metadata, *, now: int) -> Caller:
        """Check the credential in the metadata with the store or an identity provider, and return its caller."""

    def authorize(self, rule: MethodRule, caller: Caller | None, request: Message, *, now: int) -> Caller:
        """Decide whether a caller may make a request. Return the caller, which a token of the request may identify."""

    async def caller(self, rule: MethodRule, request: Message, metadata: Metadata, *, now: int) -> Caller:
        """Do the last four for a request that has been received."""


class NamespaceLog(Protocol):
    """The log settings of a service's namespaces."""

    async def find(self, name: str, *, now: int) -> str | None:
        """Return the id of a namespace's logging namespace; None if its calls are not logged."""


def compose(rules: Sequence[Around], body: Next) -> Next:
    """Return a body with rules around it, the first of them outermost."""
    for rule in reversed(rules):
        body = _link(rule, body)
    return body


def _link(rule: Around, inner: Next) -> Next:
    # A closure per method: a partial object with a keyword takes longer to call.
    def proceed(call: Call[Message]) -> Awaitable[Message]:
        return rule(call, inner)

    return proceed


def applicable(rules: Sequence[Rule], policy: options_pb2.Policy, method: object, name: str) -> list[Around]:
    """Return the rules that apply to a method. Raises what a Rule raises."""
    found = (rule(policy, method, name) for rule in rules)
    return [around for around in found if around is not None]
