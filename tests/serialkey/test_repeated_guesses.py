"""A wrong text that a player repeats counts as one guess."""

import asyncio

import pytest
from redeemd.serialkey.guessing.tried import TEXTS_MAX
from redeemd.store.sql import query
from support.exchanges import make_exchanges, outcome
from support.guesses import exhaust, guess, guessed_in, two_replicas

TRIED = query("tried", "SELECT tried FROM guess_budget")


@pytest.fixture
async def world(own_service):
    """A namespace in which players may guess three times."""
    return await guessed_in(own_service)


async def test_a_repeated_text_is_one_guess(world):
    """In turn, at once, and when no guess is left; other texts and other players are counted."""
    for _ in range(5):
        assert (await guess(world, "OLD-TYPO")).reason == "CODE_NOT_FOUND"
    found = await asyncio.gather(*(guess(world, "ALSO-WRONG") for _ in range(2)))
    assert {each.reason for each in found} == {"CODE_NOT_FOUND"}
    await exhaust(world, times=1)
    assert (await guess(world, "OLD-TYPO")).reason == "CODE_NOT_FOUND"
    assert (await guess(world, "OLD-TYPO", "bob")).reason == "CODE_NOT_FOUND"
    await exhaust(world, "bob", times=2)


async def test_a_text_in_another_spelling_is_another_guess(world):
    """Otherwise all spellings of a word could be tried for one guess."""
    for text in ("welcome", "Welcome", "wElcome"):
        assert (await guess(world, text)).reason == "CODE_NOT_FOUND"
    assert (await guess(world, "weLcome")).reason == "TOO_MANY_GUESSES"


async def test_a_right_text_is_no_guess_and_not_remembered(world):
    """Once it is used, it is wrong, and counts."""
    for user_id in ("mallory", "bob"):
        await world.as_player("Use", user_id, code="WELCOME")
    await world.as_player("Use", "bob", code="OLD-1")
    assert (await guess(world, "OLD-1")).reason == "CODE_STATUS_INVALID"
    await exhaust(world, times=2)


async def test_only_the_last_texts_are_remembered(world):
    """Of the oldest one, a repetition counts."""
    await world.limit_guesses(burst=TEXTS_MAX + 3)
    for number in range(TEXTS_MAX + 1):
        assert (await guess(world, f"no {number}")).reason == "CODE_NOT_FOUND"
    assert (await guess(world, "no 1")).reason == "CODE_NOT_FOUND"
    assert (await guess(world, "no 0")).reason == "CODE_NOT_FOUND"
    await exhaust(world, times=1)


async def test_texts_are_forgotten_when_the_budget_is_full(world):
    """And by a reset of the budget."""
    for forget in (lambda: world.service.clock.advance(seconds=60), None):
        assert (await guess(world, "again")).reason == "CODE_NOT_FOUND"
        await exhaust(world, times=2)
        await world.call("ResetGuessBudget", user_id="mallory") if forget is None else forget()
        assert (await guess(world, "again")).reason == "CODE_NOT_FOUND"
        await exhaust(world, times=2)
        await world.call("ResetGuessBudget", user_id="mallory")


async def test_the_store_has_no_text(world):
    """But a hash that differs between players."""
    for user_id in ("mallory", "bob"):
        await guess(world, "OLD-TYPO", user_id)
    first, second = [row["tried"] for row in await world.service.store.run(lambda tx: tx.all(TRIED), write=False)]
    assert first != second
    assert "OLD-TYPO" not in first + second


async def test_a_repetition_learns_nothing_for_nothing(world):
    """A text that one call tries and another one repeats costs a guess, also if the first fails for another reason."""
    exchanges = await make_exchanges(world.service)
    ours = {"namespaceName": world.name}
    use = {"action": "Gs2SerialKey:UseByUserId", "request": exchanges.use()["request"]}
    use["request"] = use["request"].replace(exchanges.world.name, ours["namespaceName"])
    await exchanges.put_in_force(
        {"name": "rate", "verifyActions": [exchanges.verify("equal", 1)], "consumeActions": [use]}
    )
    learned = set()
    for number in range(10):
        text = f"word {number}"
        values = [{"key": "code", "value": text}]
        tries = (
            outcome(exchanges.as_player("Exchange", "mallory", rate_name="rate", count=1, config=values)),
            outcome(world.as_player("Use", "mallory", code=text)),
        )
        _, found = await asyncio.gather(*tries)
        learned |= {text} if found == "CODE_NOT_FOUND" else set()
    assert len(learned) <= 3


async def test_a_text_is_one_guess_on_all_replicas(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """The budget in the store knows it, whichever of them is asked."""
    async with two_replicas(tmp_path) as worlds:
        await worlds[0].limit_guesses(burst=3)
        worlds[0].service.clock.advance(seconds=10)  # the other replica knows
        for world in (*worlds, *worlds):
            assert (await guess(world, "OLD-TYPO")).reason == "CODE_NOT_FOUND"
        await exhaust(worlds[1], times=2)
        assert (await guess(worlds[0])).reason == "TOO_MANY_GUESSES"
