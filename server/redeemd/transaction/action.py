"""The interface of actions, whoever executes them, and of their requests."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from google.protobuf.message import Message

from redeemd.contract.documented_json import located
from redeemd.contract.json_text import JsonObject
from redeemd.contract.options import MethodRule
from redeemd.errors import ServiceError, ValidationFailed, Violation
from redeemd.rpc.call import Call
from redeemd.transaction.definition import ActionDefinition, Kind
from redeemd.transaction.holders import HeldAction, Holder
from redeemd.transaction.issuer import Issuer
from redeemd.transaction.template import Tree

SUCCEEDED = 200  # HTTP status of the result of an action

# Returns the request text of a nested action, multiplied. Arguments: the kind and the path of the field that holds it,
# the action, and the place of the request that nests it. Raises ValidationFailed.
MultiplyNested = Callable[[Kind, str, HeldAction, str], str]


class ActionRequest(NamedTuple):
    """An action with its request. `place` is its position, such as "consumeActions[0]".

    message: the request of the action's RPC; empty for an action that has none.
    from_master: the whole request comes from master data, except the player's id.
    """

    action: "Action"
    message: Message
    text: str  # the request as JSON
    place: str
    from_master: bool = False

    @property
    def index_text(self) -> str:
        """The index of the action among those of its kind, as text."""
        _, _, index = self.place.removesuffix("]").partition("[")
        return index or "0"


class ActionResult(NamedTuple):
    """The reply of an action, or of several as Redeem:AcquireAll: as JSON text, and as a function that returns it."""

    text: str
    reply: Callable[[], Message]
    status_code: int = SUCCEEDED


class Template(Protocol):
    """The request of an action in master data, with placeholders not yet filled."""

    @property
    def action(self) -> "Action":
        """The action."""

    @property
    def tree(self) -> Mapping[str, Tree]:
        """The request as JSON, with placeholders."""

    @property
    def keys(self) -> frozenset[str]:
        """The keys of its placeholders."""

    def fill(self, values: Mapping[str, str], room: int) -> ActionRequest:
        """Fill in the values. Raises ValidationFailed, or TransactionTooLarge for more than `room` characters."""


class Action(Protocol):
    """An action that a transaction can run. There is one object per action, and no caller needs to know its class."""

    @property
    def definition(self) -> ActionDefinition:
        """Its declaration."""

    @property
    def component(self) -> str:
        """The component named in the refusal of an invalid request."""

    @property
    def rule(self) -> MethodRule:
        """The rule by which a caller may run it in a composed transaction."""

    @property
    def nestable(self) -> bool:
        """Whether another action may run it."""

    @property
    def holders(self) -> Mapping[str, Holder]:
        """The fields of its request that hold actions, by their names in JSON."""

    def effective(self, tree: JsonObject) -> JsonObject:
        """Return the members of a request that have an effect."""

    def read(self, tree: Mapping[str, Tree], place: str, where: str, problems: list[Violation]) -> ActionRequest:
        """Read and validate a request without placeholders. `where` is its path in violations."""

    def template(self, tree: Mapping[str, Tree], place: str, where: str, problems: list[Violation]) -> Template | None:
        """Read a request with placeholders, and validate what does not depend on them.

        Return None after adding to `problems`.
        """

    def multiply(self, request: ActionRequest, count: int, nested: MultiplyNested) -> ActionRequest:
        """Return the request that performs it `count` times in one call (semantics 5.3).

        Raises ValidationFailed for an action that changes something and cannot be multiplied, or not by that much.
        """

    def with_quantity(self, request: ActionRequest, value: int) -> ActionRequest:
        """Return the request with another quantity. Raises ValidationFailed if that is too much."""

    def scaled(self, request: ActionRequest, by: float) -> ActionRequest | None:
        """Return the request with its quantity multiplied and rounded down; None if that is 0.

        Raises ValidationFailed for an action without a quantity, or for too much.
        """

    async def perform(self, request: ActionRequest, call: Call[object], issuer: Issuer) -> ActionResult:
        """Perform it in the transaction of a call. Raises the refusals of the action.

        `issuer` is the context of the transaction; `issuer.of(request)` is that of the action.
        """

    def reversing(self, members: JsonObject, of: ActionDefinition) -> JsonObject:
        """Return the members of the request that reverses a request with these members, of the action `of`."""

    def forget_namespace(self, request: ActionRequest) -> None:
        """Drop what is cached of the namespace of a request, because it is stale."""


def refused(action: Action, place: str, problems: Sequence[Violation]) -> ServiceError:
    """Return the refusal of an action's request. The violations have paths in it."""
    return ValidationFailed(component=action.component, violations=located(problems, f"{place}.request"))


def not_multipliable(definition: ActionDefinition) -> ServiceError:
    """Return the refusal of semantics 12.11."""
    text = f"must be 1, because {definition.name} cannot be multiplied"
    return ValidationFailed(component="rateModel", violations=[Violation("count", text)])
