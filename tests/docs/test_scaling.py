"""docs/explanation/scaling.md has the figures that the model computes."""

import re

from bench.scaling import page
from bench.scaling.costs import MEASURED
from bench.scaling.model import simulate


def test_the_tables_are_those_of_the_model():
    """`python -m bench.scaling` writes them, and would change nothing."""
    text = page.PATH.read_text(encoding="utf-8")
    assert text.count("<!-- bench.scaling: ") == len(re.findall(r"-->\n\|", text)) == 3
    assert page.filled(text) == text


def test_sets_grow_until_a_busy_database_keeps_up():
    """At a rate that single statements could not reach on its cores."""
    rate, cores = 20_000, 4
    assert rate * (MEASURED.statement_us + MEASURED.element_us) / 1e6 > cores
    outcome = simulate(rate, 25, cores)
    assert outcome.set_size > 2
    assert rate * outcome.database_us / 1e6 < cores
