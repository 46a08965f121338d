"""A running server refuses with every reason as its example in the contract, and in docs/reference/errors.md, shows."""

import json

import grpc
import pytest
from docs.conftest import DOCS
from redeemd.errors import ServiceError
from support.refusals import SCENARIOS, Stage, callers, codes, masters, scripts, servers, transactions
from support.service import read_refusal

assert all((callers, codes, masters, scripts, servers, transactions))  # they declare the scenarios
REASONS = {reason: refusal for (_, reason), refusal in ServiceError.CATALOGUE.items()}
# Where an action stood, of a refusal by an action of a transaction.
_OF_ACTIONS = {"action", "action_index", "action_path"}


def example_of(reason):
    """Return the example of the reference, which is that of the proto."""
    page = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## {reason}\n")[2].partition("\n## ")[0]
    return json.loads(section.partition("```json\n")[2].partition("```")[0])


def test_every_reason_has_a_scenario():
    """One each."""
    assert SCENARIOS.keys() == REASONS.keys()


@pytest.mark.parametrize("reason", REASONS)
async def test_a_refusal_is_what_its_example_shows(reason, service, tmp_path):
    """Status, reason, domain, the keys of the metadata, and the documented component and code where they are fixed."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await SCENARIOS[reason](Stage(service, tmp_path))
    refusal, refused, example = REASONS[reason], read_refusal(caught.value), example_of(reason)
    assert refused.reason == reason == example["reason"], refused
    assert refused.code.name == refusal.status.name
    assert refused.metadata.pop("request_id")
    shown = example["metadata"].keys() - {"request_id"}
    assert refused.metadata.keys() - _OF_ACTIONS == shown
    for key, fixed in (("component", refusal.component), ("code", refusal.documented_code)):
        if fixed is not None:
            assert refused.metadata[key] == example["metadata"][key] == fixed
