"""docs/tutorials/once-per-player.md runs as written and prints what it says; its further advice is right."""

import re

import pytest
from support.exchanges import action, make_exchanges
from support.reader import ADDRESS, run, served_by
from support.service import refused

_CODE = re.compile(r"\b[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{5}-[A-Z2-7]{4}-[A-Z2-7]{4}\b")


def without_codes(text):
    """Put one code in the place of all: every server makes others."""
    return _CODE.sub("XXXXX-XXXX-XXXXX-XXXX-XXXX", text)


async def test_the_page_runs_as_written_and_prints_what_it_says(page, clone):
    """Its commands start a server, take the program out of the page and run it; only the address is another one."""
    page = page("tutorials/once-per-player.md")
    serve, take_out, run_it = page.blocks("sh")
    async with served_by(serve, clone) as address:
        await run(take_out, clone)
        program = (clone / "once.py").read_text(encoding="utf-8")
        assert program == "".join(page.blocks("python"))
        assert program.count(ADDRESS) == 1
        (clone / "once.py").write_text(program.replace(ADDRESS, address), encoding="utf-8")
        printed = await run(run_it, clone)
    assert without_codes(printed) == without_codes("".join(page.blocks("text")))


@pytest.fixture
async def exchanges(service):
    """Namespaces with two campaign codes, WELCOME2026 and SUMMER2026."""
    return await make_exchanges(service, campaign_codes=("WELCOME2026", "SUMMER2026"))


async def test_a_rate_takes_any_good_code_of_the_namespace(exchanges):
    """Of another campaign, and serial codes too: the page warns of it."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    for code in ("SUMMER2026", *await exchanges.world.codes(1)):
        await exchanges.buy(values={"code": code})


async def test_a_verify_action_keeps_other_campaigns_out(exchanges):
    """With its campaignModelName a rate takes one campaign only, as the page advises."""
    verify = action(
        "Gs2SerialKey:VerifyCodeByUserId",
        namespaceName=exchanges.world.name,
        userId="#{userId}",
        code="#{code}",
        campaignModelName="WELCOME2026",
        verifyType="active",
    )
    await exchanges.put_in_force({"name": "rate", "verifyActions": [verify], "consumeActions": [exchanges.use()]})
    await exchanges.buy(values={"code": "WELCOME2026"})
    with refused("CAMPAIGN_MISMATCH"):
        await exchanges.buy(values={"code": "SUMMER2026"})


async def test_a_counter_of_each_code_allows_each_campaign_once(exchanges):
    """A counter that is named by the code, as the page advises, lets a player redeem each campaign once."""
    price = [exchanges.up("#{code}", maxValue=1), exchanges.use()]
    await exchanges.put_in_force({"name": "rate", "consumeActions": price})
    await exchanges.buy(values={"code": "WELCOME2026"})
    await exchanges.buy(values={"code": "SUMMER2026"})
    with refused("COUNTER_OVERFLOW"):
        await exchanges.buy(values={"code": "WELCOME2026"})


async def test_the_same_attempt_with_another_code_is_refused(exchanges):
    """A duplication_avoider names one attempt, with its arguments."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    await exchanges.buy(values={"code": "WELCOME2026"}, duplication_avoider="try")
    with refused("IDEMPOTENCY_KEY_REUSED"):
        await exchanges.buy(values={"code": "SUMMER2026"}, duplication_avoider="try")


async def test_an_attempt_that_was_refused_may_be_tried_again(exchanges):
    """A refusal keeps no key, so the player may correct the code in the same attempt."""
    await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.use()]})
    with refused("CODE_NOT_FOUND"):
        await exchanges.buy(values={"code": "WELCOME2062"}, duplication_avoider="try")
    await exchanges.buy(values={"code": "WELCOME2026"}, duplication_avoider="try")
