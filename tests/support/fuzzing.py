"""How long is fuzzed: bounded and repeatable in `make test`; as long as requested, with a new seed, by `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings

# How many times as many examples; set by make fuzz, which also chooses a seed.
TIMES = int(os.environ.get("FUZZ_TIMES", "0"))


def examples(number: int) -> settings:
    """Return the settings of a test that has so many examples in `make test`."""
    return settings(
        max_examples=number * max(TIMES, 1),
        derandomize=not TIMES,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=bool(TIMES),
        suppress_health_check=list(HealthCheck),
    )
