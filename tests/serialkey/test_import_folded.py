"""One printed card is one code: all spellings of an imported code are the same code, unless its import is exact."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.serialkey.codec.folding import fold
from support.exchanges import outcome
from support.imports import CAMPAIGN_NAME, CONFLICT, DUPLICATE, NO_CHARACTERS, listed, problems
from support.service import refused

FOLDED, EXACT = pb.IMPORT_MATCH_FOLDED, pb.IMPORT_MATCH_EXACT
PRINTED = "Ab12-Cd34-Ef56"
TYPED = {
    "as printed": "Ab12-Cd34-Ef56",
    "lower case": "ab12-cd34-ef56",
    "upper case": "AB12-CD34-EF56",
    "no dashes": "ab12cd34ef56",
    "spaces": "ab12 cd34 ef56",
    "white space around it": " Ab12-Cd34-Ef56\t",
    "other dashes": "Ab12\u2013Cd34\u2014Ef56",
    "a minus sign": "Ab12\u2212Cd34\u2212Ef56",
    "full width": "\uff21\uff22\uff11\uff12 cd34 ef56",
    "a zero-width space": "Ab12\u200b-Cd34-Ef56",
    "a byte order mark": "\ufeffAb12-Cd34-Ef56",
    "quotation marks": "\u201eAb12-Cd34-Ef56\u201c",
    "straight quotation marks": "\"Ab12-Cd34-Ef56'",
    "brackets": "[Ab12-Cd34-Ef56]",
    "a full stop": "Ab12-Cd34-Ef56.",
    "a soft hyphen": "Ab12-Cd34\u00ad-Ef56",
}


@pytest.fixture
async def card(world):
    """A namespace with one printed code."""
    await world.bring([PRINTED])
    return world


@pytest.mark.parametrize("spelling", TYPED)
async def test_every_spelling_is_the_code(card, spelling):
    """The response has the code as it was printed."""
    assert (await card.call("GetSerialKey", code=TYPED[spelling])).item.code == PRINTED


@pytest.mark.parametrize("typed", ["Ab12-Cd34-Ef5", "Ab12-Cd34-Ef566", "Ab12.Cd34.Ef56", "Ab12_Cd34_Ef56"])
async def test_other_characters_are_another_text(card, typed):
    """Characters that neither printing nor copying adds make a difference."""
    with refused("SERIAL_KEY_NOT_FOUND"):
        await card.call("GetSerialKey", code=typed)


async def test_a_card_is_used_once_however_it_is_typed(card):
    """All spellings at once, each by another player: one succeeds, and the redemption shows the printed code."""
    uses = [card.call("UseByUserId", user_id=f"p{number}", code=typed) for number, typed in enumerate(TYPED.values())]
    outcomes = await asyncio.gather(*map(outcome, uses))
    assert sorted(outcomes) == ["CODE_STATUS_INVALID"] * (len(TYPED) - 1) + ["OK"]
    (redemption,) = (await card.call("DescribeRedemptions")).items
    assert (redemption.code, redemption.used_user_id) == (PRINTED, f"p{outcomes.index('OK')}")


async def test_a_code_in_another_spelling_is_a_duplicate(world):
    """Within an import; the batch has each code once, as it came first."""
    codes = ["AB12-CD34", "ab12-cd34", "EF56-GH78", "AB12CD34"]
    report = await world.bring(codes, skip_problems=True)
    assert problems(report) == [(1, DUPLICATE), (3, DUPLICATE)]
    assert await listed(world, report.item) == ["AB12-CD34", "EF56-GH78"]


@pytest.mark.parametrize(("earlier", "later"), list(itertools.product([FOLDED, EXACT], repeat=2)))
async def test_a_code_that_an_earlier_import_has_is_a_conflict(world, earlier, later):
    """Whichever way both are compared."""
    await world.bring([PRINTED], match=earlier)
    assert problems(await world.bring(["other", PRINTED], match=later)) == [(1, CONFLICT)]


@pytest.mark.parametrize("later", [FOLDED, EXACT])
async def test_a_spelling_of_an_earlier_code_is_a_conflict(card, later):
    """It would be the same card."""
    assert problems(await card.bring(["ab12cd34ef56"], match=later)) == [(0, CONFLICT)]


async def test_an_exact_code_is_preferred_to_a_spelling_of_another(world):
    """A player who types exactly one of two codes means that one."""
    await world.bring(["ab12cd34"], match=EXACT)
    await world.bring(["AB12-CD34"])
    assert (await world.call("GetSerialKey", code="ab12cd34")).item.code == "ab12cd34"
    assert (await world.call("GetSerialKey", code="ab12 cd34")).item.code == "AB12-CD34"


async def test_what_is_a_campaign_in_another_spelling_cannot_be_imported(world):
    """Players who type the name of the campaign would get the imported code."""
    assert problems(await world.bring(["SPRING", "good-code"])) == [(0, CAMPAIGN_NAME)]


async def test_what_folding_leaves_nothing_of_cannot_be_imported(world):
    """It would match every text that has nothing left; exact codes may consist of dashes."""
    assert problems(await world.bring(["---", "(-)", "good-code"])) == [(0, NO_CHARACTERS), (1, NO_CHARACTERS)]
    assert not problems(await world.bring(["---"], match=EXACT))


@given(st.text(max_size=48))
def test_folding_twice_changes_nothing(text):
    """So that a folded text finds what it was folded from."""
    assert fold(fold(text)) == fold(text)


@given(st.text("ABCxyz0189", min_size=1), st.sampled_from("- \u2013\u200b\"'()[]\u3000"), st.data())
def test_folding_ignores_what_is_inserted(text, inserted, data):
    """Anywhere, and the case."""
    place = data.draw(st.integers(0, len(text)))
    assert fold(text[:place] + inserted + text[place:].swapcase()) == fold(text)


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_ascii_is_folded_by_the_rules_of_all_texts(text):
    """The shorter way for ASCII; a character beyond it, which folds to itself, takes the longer one."""
    assert fold(text) == fold(text + "\u00e9").removesuffix("\u00e9").rstrip(".")
