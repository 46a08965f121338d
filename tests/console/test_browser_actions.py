"""Each action of a page in Chromium, by keyboard alone, and what it says then; with a picture of each outcome."""

import re

import pytest
from support.guesses import guess
from support.keys import key_of
from support.world import World


@pytest.fixture
async def game(service, request):
    """A namespace of a test's own, with a batch of codes, of which a player used one."""
    name = re.sub(r"\W+", "-", request.node.name)[:60]
    await service.call("CreateNamespace", name=name)
    game = World(service, name)
    await game.put_in_force("spring", "summer")
    game.codes_there = await game.codes(3, "spring")
    await service.as_player("Use", "alice", namespace_name=name, code=game.codes_there[0])
    jobs = await service.call("DescribeIssueJobs", namespace_name=name, campaign_model_name="spring")
    game.campaign = f"/console/codes/{name}/campaigns/spring"
    game.batch = f"{game.campaign}/batches/{jobs.items[0].name}"
    return game


async def test_a_batch_is_issued(game, service, chromium):
    """The page of the batch follows."""
    async with chromium.page(service) as tab:
        await tab.open(game.campaign)
        await tab.page.get_by_label("Number of codes").fill("7")
        await tab.page.keyboard.press("Enter")
        assert await tab.outcome("issue") == "The codes were issued."
        assert "/batches/" in tab.page.url


@pytest.mark.parametrize("what", ["campaign", "batch"])
async def test_codes_are_switched_off_and_on_with_a_reason(game, service, chromium, what):
    """The reason is shown."""
    async with chromium.page(service) as tab:
        await tab.open(getattr(game, what))
        await tab.press("Switch off")
        await tab.page.get_by_label("Reason").fill("printed twice")
        await tab.page.keyboard.press("Enter")
        assert await tab.outcome(f"switch-{what}") == f"The {what} was switched off."
        assert await tab.page.get_by_text("printed twice").is_visible()
        assert await tab.page.locator("h1 .tag").inner_text() == "off"


async def test_a_batch_is_limited_moved_and_deleted(game, service, chromium):
    """A batch with used codes is deleted only with them left; the refusal says so."""
    async with chromium.page(service) as tab:
        await tab.open(game.batch)
        await tab.press("Change the validity")
        await tab.page.get_by_label("Valid until").fill("2999-01-01T00:00")
        await tab.page.keyboard.press("Enter")
        assert "validity" in await tab.outcome("limit")
        await tab.press("Move to another campaign")
        await tab.page.get_by_label("Campaign").fill("summer")
        await tab.page.keyboard.press("Enter")
        assert await tab.outcome("move") == "The batch was moved."
        assert "/campaigns/summer/" in tab.page.url
        await tab.press("Delete")
        await tab.press("Delete", "details[open] form")
        assert "ISSUE_JOB_USED" in await tab.outcome("delete-refused")
        await tab.press("Delete")
        await tab.page.get_by_label("Keep the used codes").check()
        await tab.press("Delete", "details[open] form")
        assert "unused codes" in await tab.outcome("delete")


async def test_codes_are_exported(game, service, chromium):
    """The page leads to the file, which has them all."""
    async with chromium.page(service) as tab:
        await tab.open(game.batch)
        await tab.press("Export the codes")
        link = tab.page.locator("main a[href^=http]")
        await link.wait_for()
        await tab.screenshot("action-export")
        file = await tab.page.request.get(await link.get_attribute("href"))
        text = await file.text()
        assert all(code in text for code in game.codes_there)


async def test_a_code_leads_to_its_page_and_is_switched_off(game, service, chromium):
    """From the list of a batch; the code is in no URL."""
    async with chromium.page(service) as tab:
        await tab.open(f"{game.batch}/codes")
        await tab.press(game.codes_there[1])
        await tab.page.get_by_text("can be used", exact=True).wait_for()
        assert game.codes_there[1] not in tab.page.url
        await tab.page.get_by_label("Reason").fill("leaked")
        await tab.page.keyboard.press("Enter")
        assert await tab.outcome("switch-code") == "The code was switched off."
        assert await tab.page.get_by_text("leaked").is_visible()


async def test_a_use_is_taken_back_from_the_page_of_the_player(game, service, chromium):
    """The page of the code then says that it can be used."""
    async with chromium.page(service) as tab:
        await tab.open(f"/console/codes/{game.name}/player?user=alice")
        await tab.confirm(tab.page.locator("details.confirm summary").get_by_text("Take the use back").first)
        assert await tab.outcome("take-back") == "The use was taken back."
        assert await tab.page.get_by_text("The player used no code.").is_visible()


async def test_a_player_is_unlocked(game, service, chromium):
    """After too many wrong codes; then all guesses are left."""
    await game.limit_guesses(burst=1)
    await guess(game, user_id="alice")
    async with chromium.page(service) as tab:
        await tab.open(f"/console/codes/{game.name}/player?user=alice")
        assert await tab.page.get_by_text("0 of 1 guesses are left.").is_visible()
        await tab.press("Give all guesses back")
        await tab.press("Give all guesses back", within="details[open] form")
        await tab.outcome("unlock")
        assert await tab.page.get_by_text("1 of 1 guesses are left.").is_visible()


async def test_a_code_that_does_not_exist_is_refused(game, service, chromium):
    """What was typed stays."""
    async with chromium.page(service) as tab:
        await tab.open(f"/console/codes/{game.name}/code")
        await tab.page.get_by_label("Code").fill("NO-SUCH-CODE")
        await tab.page.keyboard.press("Enter")
        assert "SERIAL_KEY_NOT_FOUND" in await tab.outcome("code-refused")
        assert await tab.page.get_by_label("Code").input_value() == "NO-SUCH-CODE"


async def test_a_key_is_created_shown_once_and_revoked(service, chromium):
    """The list shows when it was revoked."""
    async with chromium.page(service) as tab:
        await tab.open("/console/keys")
        await tab.page.get_by_label("Description").fill("for the browser")
        await tab.page.keyboard.press("Enter")
        assert "It is shown only now" in await tab.outcome("key")
        await tab.open("/console/keys")
        row = tab.page.get_by_role("row", name="for the browser")
        await row.locator("summary").focus()
        await tab.page.keyboard.press("Enter")
        await row.get_by_role("button").focus()
        await tab.page.keyboard.press("Enter")
        assert "revoked" in await tab.outcome("key-revoked")
        assert not await row.locator("summary").count()


async def test_whoever_reads_is_offered_no_change(game, service, chromium):
    """On no page of codes; codes are masked, in an export as well. The pages are accessible then, too."""
    [(_, header)] = await key_of(service, "read")
    async with chromium.page(service, header.removeprefix("Bearer ")) as tab:
        for path in (game.campaign, game.batch, f"/console/codes/{game.name}/player?user=alice"):
            assert await tab.open(path) == 200
            actions = await tab.page.locator("main input[name=action]").evaluate_all("all => all.map(e => e.value)")
            assert actions == (["export"] if path == game.batch else [])
            assert await tab.violations() == []
        await tab.screenshot("reader")


async def test_the_language_is_chosen_and_people_log_out(service, chromium):
    """The choice stays; after the log-out, pages ask for a key."""
    async with chromium.page(service) as tab:
        await tab.press("日本語", "header")
        await tab.page.get_by_role("button", name="ログアウト").wait_for()
        await tab.press("English", "header")
        await tab.page.get_by_role("button", name="Log out").focus()
        await tab.page.keyboard.press("Enter")
        await tab.page.wait_for_url("**/console/login**")
        await tab.open("/console/keys")
        assert "/console/login" in tab.page.url
