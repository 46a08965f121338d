"""docs/explanation/scaling.md has the figures that the model computes."""

import re
from dataclasses import replace

from bench.scaling import page
from bench.scaling.costs import MEASURED
from bench.scaling.model import outcome


def test_the_tables_are_those_of_the_model():
    """`python -m bench.scaling` writes them, and would change nothing."""
    text = page.PATH.read_text(encoding="utf-8")
    assert text.count("<!-- bench.scaling: ") == len(re.findall(r"-->\n\|", text)) == 3
    assert page.filled(text) == text


def test_sets_let_a_database_keep_up_with_a_rate_that_single_statements_do_not_reach():
    """The wait is bounded: at the store, the slowest redemptions take a tenth of the time."""
    singly, in_sets = (outcome(20_000, 25, 4, replace(MEASURED, set_max=size)) for size in (1, MEASURED.set_max))
    assert in_sets.set_size > 2
    assert in_sets.p99_ms < singly.p99_ms / 10
