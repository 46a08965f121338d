"""Random imports against a model of a few lines: what is reported, what is there, and what can be used."""

from collections import Counter
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redeemd.serialkey.importing import importer
from support.imports import (
    CAMPAIGN_NAME,
    CONFLICT,
    DUPLICATE,
    WHITE_SPACE,
    counts,
    jobs,
    listed,
    message,
    problems,
    send,
)
from support.service import one_server

# Few texts, so that they come again; some are no good by themselves, some differ only a little.
CODES = st.sampled_from([*"abcdefgh", "A", "a-", "\u00e9", "e\u0301", " a", "a\u3000", "spring", "Spring"])
SPELLED = {"A": "a", "a-": "a", "e\u0301": "\u00e9", "Spring": "spring"}  # as another one of them, if folded
PIECES = st.lists(st.lists(CODES, max_size=30), min_size=1, max_size=6).filter(any)
CALLS = st.lists(st.tuples(PIECES, st.booleans(), st.booleans()), min_size=1, max_size=4)


def spelled(code):
    """Return what all spellings of a code have in common."""
    return SPELLED.get(code, code)


class Model:
    """The codes that a namespace has imported."""

    def __init__(self):
        self.batches = []

    def problem(self, code, earlier):
        """Return what is wrong with a code that comes behind others."""
        if code.strip() != code:
            return WHITE_SPACE
        if spelled(code) == "spring":
            return CAMPAIGN_NAME
        if any(spelled(code) in map(spelled, batch) for batch in self.batches):
            return CONFLICT
        return DUPLICATE if spelled(code) in map(spelled, earlier) else None

    def bring(self, codes, *, skip, dry):
        """Import; return (problems, how many are imported)."""
        good, found = [], []
        for place, code in enumerate(codes):
            kind = self.problem(code, good)
            if kind is None:
                good.append(code)
            else:
                found.append((place, kind))
        if found and not skip:
            good = []
        if good and not dry:
            self.batches.append(good)
        return found, len(good)


async def check(service, calls):
    """Make the calls in a new namespace, and compare each response, and the final state, with the model."""
    world, model = await service.world(), Model()
    for pieces, skip, dry in calls:
        codes = [code for piece in pieces for code in piece]
        messages = [message(world, piece, skip_problems=skip, dry_run=dry) for piece in pieces]
        report = await send(world, messages)
        found, imported = model.bring(codes, skip=skip, dry=dry)
        assert problems(report) == found
        assert counts(report) == Counter(kind for _, kind in found)
        assert (report.received_count, report.imported_count) == (len(codes), imported)
        assert report.HasField("item") == (imported > 0 and not dry)
    batches = [await listed(world, job) for job in await jobs(world)]
    assert batches == model.batches
    for number, codes in enumerate(batches):
        used = await world.call("UseByUserId", user_id=f"player-{number}", code=codes[-1])
        assert used.item.code == codes[-1]


def test_reports_and_results_equal_the_model():
    """This holds for any codes, pieces and internal steps, with and without `skip` and dry runs."""
    with one_server() as (service, run):

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(calls=CALLS, step_codes=st.integers(1, 12))
        def example(calls, step_codes):
            with mock.patch.object(importer, "STEP_CODES", step_codes):
                run(check(service, calls))

        example()
