"""The actions that this server executes. The app registers those of all services, which meet only here.

An action is an RPC under another name: it has the RPC's request and response.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from redeemd.contract import options
from redeemd.contract.options import MethodRule
from redeemd.rpc.call import Call
from redeemd.rpc.ports import Around, Next, Rule, applicable, compose


class Kind(StrEnum):
    """The effect of an action on the player. A transaction runs all actions of one kind before the next."""

    VERIFY = "verify"
    CONSUME = "consume"
    ACQUIRE = "acquire"


@dataclass(frozen=True, slots=True)
class Quantity:
    """The field of a request that is multiplied with its action; `default` is the meaning of its absence, if any."""

    field: str
    default: int | None = None


@dataclass(frozen=True, slots=True)
class ActionDefinition:
    """A service's declaration of one of its actions. The name ends in that of the RPC: "Gs2Limit:CountUpByUserId".

    `ignored` are documented members of its request that have no effect here and no field in the RPC's request.
    """

    name: str
    kind: Kind
    quantity: Quantity | None = None
    reverse: str | None = None  # the action that undoes it
    ignored: frozenset[str] = frozenset()
    nests: bool = False  # it runs other actions


@dataclass(frozen=True, slots=True, eq=False)  # there is one object per action
class Action:
    """An action and its RPC."""

    spec: ActionDefinition
    method: str  # package.Service/Method
    component: str
    rule: MethodRule
    request_type: type[Message]
    reply_type: type[Message]
    perform: Next
    forget_namespace: Callable[[str], None]
    foreign: bool = False  # a handler executes it


def prefix_of(action: str) -> str:
    """Return the part of an action's name that selects its handler."""
    return action.partition(":")[0]


class Registry:
    """Actions by name."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """`rules` also apply to a body that runs as an action."""
        self._actions: dict[str, Action] = {}
        self._rules = rules

    def add(self, service: ServiceDescriptor, servicer: Any, specs: Iterable[ActionDefinition]) -> None:
        """Add the actions of a service. Raises TypeError for a duplicate name, KeyError for a name without an RPC."""
        for spec in specs:
            if spec.name in self._actions:
                raise TypeError(f"the action {spec.name} is declared twice")
            method = service.methods_by_name[spec.name.partition(":")[2]]
            policy = options.policy(method)
            name = f"{service.full_name}/{method.name}"
            handler = getattr(servicer, method.name)
            self._actions[spec.name] = Action(
                spec=spec,
                method=name,
                component=policy.component,
                rule=MethodRule.of(method, policy),
                request_type=message_factory.GetMessageClass(method.input_type),
                reply_type=message_factory.GetMessageClass(method.output_type),
                perform=_perform(handler, applicable(self._rules, policy, handler, name)),
                forget_namespace=getattr(servicer, "forget_namespace", lambda _name: None),
            )

    def find(self, name: str) -> Action | None:
        """Return the action of this name, or None."""
        return self._actions.get(name)


def _perform(method: Any, rules: Sequence[Around]) -> Next:
    """Return a function that runs the body of an RPC, with its rules, in a transaction in progress."""
    prepare = getattr(method, "prepare_inside", None)
    if prepare is None:
        return compose(rules, method)
    prepare = prepare.__get__(method.__self__)

    async def prepared(call: Call[Any], inner: Next) -> Message:
        call.plan = await prepare(call)
        return await inner(call)

    return compose([prepared, *rules], lambda call: method(call, call.plan))
