"""How a service declares its actions."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The effect of an action on the player. A transaction runs all actions of one kind before the next."""

    VERIFY = "verify"
    CONSUME = "consume"
    ACQUIRE = "acquire"

    @property
    def noun(self) -> str:
        """The kind with its article and "action", for error texts."""
        return f"an {self} action" if self == Kind.ACQUIRE else f"a {self} action"


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


def prefix_of(action: str) -> str:
    """Return the part of an action's name that selects its handler."""
    return action.partition(":")[0]
