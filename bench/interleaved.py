"""Rounds in which several ways to redeem take turns, so that drift of the machine meets all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench import workloads
from bench.admin_client import AdminClient

Progress = Callable[[str], None]
Way = Callable[[Sequence[str]], float]  # redeems codes, and returns microseconds of CPU for each


def medians(
    ways: Mapping[str, Way], administrator: AdminClient, *, rounds: int, codes: int, progress: Progress
) -> dict[str, float]:
    """Run each way once in every round, with new codes; return the medians of its figures."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            figure = way(workloads.shuffled_codes(administrator, codes))
            if number:  # the first round is to warm up
                measured[name].append(figure)
                progress(f"round {number} of {rounds}, {name}: {figure:.0f} us of CPU a redemption")
    return {name: median(figures) for name, figures in measured.items()}
