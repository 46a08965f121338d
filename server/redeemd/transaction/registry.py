"""The actions that a transaction can run, by name. The app registers those of all services, which meet only here."""

from collections.abc import Awaitable, Callable, Iterable, Sequence, Set

from google.protobuf import message_factory
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from redeemd.contract import options
from redeemd.contract.options import MethodRule
from redeemd.errors import Violation
from redeemd.event.recorder import Events
from redeemd.rpc.call import Call
from redeemd.rpc.ports import Around, Next, applicable, compose
from redeemd.transaction.action import Action
from redeemd.transaction.definition import ActionDefinition, Kind
from redeemd.transaction.external import ExternalActions
from redeemd.transaction.holders import holders_of
from redeemd.transaction.local import LocalAction, TimeOffset


class Registry:
    """The actions of this server and of handlers."""

    def __init__(self, events: Events, external: ExternalActions, time_offset: TimeOffset) -> None:
        """`events` records the events of actions."""
        self._events = events
        self._external = external
        self._time_offset = time_offset
        self._local: dict[str, LocalAction] = {}

    @property
    def not_here(self) -> Set[str]:
        """The names of the actions that are declared not to be here, and that this server does not run itself."""
        return self._external.not_here - self._local.keys()

    def add(self, service: ServiceDescriptor, servicer: object, definitions: Iterable[ActionDefinition]) -> None:
        """Add the actions of a service. Raises TypeError for a duplicate name, KeyError for a name without an RPC."""
        for definition in definitions:
            if definition.name in self._local:
                raise TypeError(f"the action {definition.name} is declared twice")
            self._local[definition.name] = self._action(service, servicer, definition)

    def _action(self, service: ServiceDescriptor, servicer: object, definition: ActionDefinition) -> LocalAction:
        method = service.methods_by_name[definition.name.partition(":")[2]]
        policy = options.policy(method)
        name = f"{service.full_name}/{method.name}"
        handler = getattr(servicer, method.name)
        act = getattr(handler, "act", None)
        return LocalAction(
            definition=definition,
            method=name,
            component=policy.component,
            rule=MethodRule.of(method, policy),
            request_type=message_factory.GetMessageClass(method.input_type),
            reply_type=message_factory.GetMessageClass(method.output_type),
            holders=holders_of(method.input_type),
            body=_body(handler, applicable([self._events.recorder], policy, handler, name)),
            forget=getattr(servicer, "forget_namespace", lambda _name: None),
            time_offset=self._time_offset,
            act=act and act.__get__(servicer),
            events=self._events.of_action(policy, handler, name),
        )

    def local(self, name: str) -> LocalAction:
        """Return an action of this server. Raises KeyError."""
        return self._local[name]

    def find(self, name: str, kind: Kind) -> Action | None:
        """Return the action of this name, or None. `kind` is the kind of a handler's action, whose name has none."""
        return self._local.get(name) or self._external.find(name, kind)

    def usable(
        self, kind: Kind, name: str, where: str, problems: list[Violation], *, nested: bool = True
    ) -> Action | None:
        """Return the action of this name, or None and a violation if it cannot be used at this place.

        `nested` says whether another action runs it.
        """
        action = self.find(name, kind)
        if action is None:
            problem = "is not the name of an action that this server runs"
        elif nested and not action.nestable:
            problem = "belongs to a handler and cannot be nested in another action"
        elif action.definition.kind != kind:
            problem = f"is {action.definition.kind.noun}, not {kind.noun}"
        else:
            return action
        problems.append(Violation(f"{where}.action", problem))
        return None


def _body(method: Callable[..., Awaitable[Message]], rules: Sequence[Around]) -> Next:
    """Return a function that runs the body of an RPC, with its rules, in a transaction in progress."""
    prepare = getattr(method, "prepare_inside", None)
    if prepare is None:
        return compose(rules, method)
    prepare = prepare.__get__(getattr(method, "__self__"))  # noqa: B009 -- a bound method, which the type does not say

    async def prepared(call: Call[Message], inner: Next) -> Message:
        call.plan = await prepare(call)
        return await inner(call)

    return compose([prepared, *rules], lambda call: method(call, call.plan))
