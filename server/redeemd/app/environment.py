"""The parts of a server that benchmarks and tests replace."""

from dataclasses import dataclass, field

from redeemd.app import database
from redeemd.app.database import OpenStore
from redeemd.base.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Environment:
    """The clock of a server, and the function that opens its database."""

    clock: Clock = field(default_factory=SystemClock)
    open_store: OpenStore = database.open_store


ENVIRONMENT = Environment()
