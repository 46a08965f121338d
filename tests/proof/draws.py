"""The values from which calls are drawn."""

import random
from dataclasses import dataclass, field

from proof.plan import Plan


@dataclass
class Draws:
    """The plan of a run, its random numbers, and the tokens of its players."""

    plan: Plan
    random: random.Random
    offset_tokens: dict[str, str] = field(default_factory=dict)
    access_tokens: dict[str, str] = field(default_factory=dict)

    def code(self, codes, name, generation, of_generation, *, but=0):
        """Return one of the codes of a generation, and the name of its history."""
        place = generation * of_generation + self.random.randrange(of_generation - but)
        return codes[place % len(codes)], f"code/{name}-{place % len(codes)}"
