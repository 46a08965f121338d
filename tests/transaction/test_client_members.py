"""Members of action requests that the vendor's clients add, and that have no effect."""

import json
from pathlib import Path

import pytest
from support.exchanges import action, make_exchanges
from support.service import refused

ACTIONS = json.loads((Path(__file__).parents[1] / "contract" / "documented_api.json").read_text("utf-8"))["actions"]
EXPRESSIONS = [f"Gs2Distributor:{word}ExpressionByUserId" for word in ("And", "Or", "If")]
NAMES = [fact["action"] for fact in ACTIONS] + EXPRESSIONS
KINDS = {fact["action"]: fact["kind"] for fact in ACTIONS} | dict(
    zip(EXPRESSIONS, ("verify", "verify", "consume"), strict=True)
)
ADDED = {"contextStack": "#{stack}", "requestId": "r-1", "dryRun": None, "sourceRequestId": None}


@pytest.fixture
async def exchanges(service):
    """Namespaces of the test's own."""
    return await make_exchanges(service)


async def _fields(exchanges, name, **request):
    """Return the paths for which master data with an action is refused."""
    rate = {"name": "rate", f"{KINDS[name]}Actions": [action(name, **request)]}
    with refused("MASTER_DATA_INVALID") as refusal:
        await exchanges.put_in_force(rate)
    return refusal.fields


@pytest.mark.parametrize("name", NAMES)
async def test_every_action_takes_what_clients_add(exchanges, name):
    """The request is refused for what it lacks, not for what it has too much; a typing error is reported."""
    lacking = await _fields(exchanges, name)
    assert await _fields(exchanges, name, **ADDED) == lacking
    [whole] = await _fields(exchanges, name, **ADDED, dryRum=True)
    assert whole.endswith(".request")


@pytest.mark.parametrize("name", EXPRESSIONS)
async def test_an_expression_takes_the_namespace_of_a_distributor(exchanges, name):
    """It is documented, and means nothing here: in a rate and in a composed transaction, at any depth."""
    await exchanges.limits.up(counter="bought", limit="ever", count_up_value=3)
    check = exchanges.verify("equal", 3)
    held = {"condition": check, "trueActions": [exchanges.up("yes")]} if "If" in name else {"actions": [check]}
    item = action(name, namespaceName="default", userId="#{userId}", contextStack="s", **held)
    if "If" not in name:
        item = action(EXPRESSIONS[0], namespaceName="default", userId="#{userId}", actions=[item])
    actions = {f"{KINDS[name]}Actions": [item]}
    await exchanges.put_in_force({"name": "rate", **actions})
    await exchanges.buy()
    await exchanges.run(**{KINDS[name]: [item]})
    assert await exchanges.count("yes") == (2 if "If" in name else 0)


async def test_what_clients_add_stays_out_of_results(exchanges):
    """The result holds the requests as they took effect."""
    asked = json.loads(exchanges.up()["request"])
    item = action("Gs2Limit:CountUpByUserId", **asked, **ADDED | {"contextStack": "s"})
    [consumed] = (await exchanges.run(consume=[item])).item.consume_results
    assert json.loads(consumed.consume_request) == asked | {"userId": "alice"}
