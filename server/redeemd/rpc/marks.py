"""The marks by which a servicer's method states what it needs. See redeemd.rpc.method.Method, which reads them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from google.protobuf.message import Message

from redeemd.rpc.call import Authorized
from redeemd.store.sql import Query

ServicerT = TypeVar("ServicerT")
CallT = TypeVar("CallT")
PlanT = TypeVar("PlanT")
ReplyT = TypeVar("ReplyT")
MethodT = TypeVar("MethodT", bound=Callable[..., object])


class TakesPlan(Protocol[PlanT]):
    """Marks a method, which is called with a plan of this type."""

    def __call__(
        self, method: Callable[[ServicerT, CallT, PlanT], ReplyT], /
    ) -> Callable[[ServicerT, CallT, PlanT], ReplyT]:
        """Return the method, marked."""


def prepared(
    prepare: Callable[[ServicerT, CallT], Awaitable[PlanT]],
    *,
    inside: Callable[[ServicerT, CallT], Awaitable[PlanT]] | None = None,
) -> TakesPlan[PlanT]:
    """Add a first part to a method, which runs outside any transaction and may read, decode, parse and fetch.

    The method is then called as method(call, plan) instead of method(call). `inside` is the first part of a method that
    is also an action: it returns the same inside a transaction in progress.
    """
    return mark(prepare=prepare, prepare_inside=inside)


def authorized(
    authorize: Callable[[ServicerT, CallT], Awaitable[Authorized[PlanT]]],
    *,
    inside: Callable[[ServicerT, CallT], Awaitable[PlanT]] | None = None,
) -> TakesPlan[PlanT]:
    """Add the step that decides whether the caller may make the call to a method with policy.decides_namespaces.

    It runs after validation, outside any transaction and before a stored reply is looked up, so that no stored reply
    replaces its refusal. The method is then called as method(call, plan), with the plan that the step returns.
    `inside` returns the plan of a method that is also an action, inside a transaction in progress.
    """
    return mark(authorize=authorize, prepare_inside=inside)


class InSets(NamedTuple):
    """How the single statement of a method runs for many calls at once: see redeemd.rpc.sets.

    query    the statement; it has a set form with a key, and returns no row for a call that has to run by itself
    prepare  returns the plan of each call; None for one that has to run by itself. All calls have one namespace
    element  returns the parameters of the statement for a call with its plan
    reply    returns the reply to a call with its plan, from its row
    """

    query: Query
    prepare: Callable[..., Awaitable[Sequence[object]]]  # called with the servicer first
    element: Callable[..., Mapping[str, object]]
    reply: Callable[..., Message]

    def bound(self, servicer: object) -> "InSets":
        """Return the same with functions that are bound to a servicer."""
        functions = (self.prepare, self.element, self.reply)
        return InSets(self.query, *(function.__get__(servicer) for function in functions))


class Mark(Protocol):
    """Marks a method."""

    def __call__(self, method: MethodT, /) -> MethodT:
        """Return the method, marked."""


def mark(**marks: object) -> Mark:
    """Set attributes of a method."""

    def apply(method: MethodT) -> MethodT:
        vars(method).update(marks)
        return method

    return apply


def in_sets(how: InSets) -> Mark:
    """Run items of a batch with one statement for many, as far as that has the outcome of calls of the method."""
    return mark(in_sets=how)


def without_store(method: MethodT) -> MethodT:
    """Mark a method that needs no transaction, and works while the store is unavailable."""
    return mark(without_store=True)(method)


def one_statement(method: MethodT) -> MethodT:
    """Mark a method whose single statement needs no transaction around it: see autocommit of Store.run."""
    return mark(one_statement=True)(method)


def rolled_back(method: MethodT) -> MethodT:
    """Mark a method that only forecasts: its transaction is always rolled back."""
    return mark(rolled_back=True)(method)
