"""Campaigns and batches: their numbers, curves, and what is done with them."""

import html
import json
import re

import pytest
from support.console import logged_in
from support.keys import key_of


@pytest.fixture
async def campaign(service, world):
    """The path of a campaign that has 3 codes, of which one is used."""
    await world.codes(3)
    [code] = await world.codes(1)
    await service.as_player("Use", "alice", namespace_name=world.name, code=code)
    return f"/console/codes/{world.name}/campaigns/spring"


async def batch_of(admin, campaign):
    """Return the path of the first batch of a campaign."""
    page = await admin.get(campaign)
    return re.search(rf'href="({re.escape(campaign)}/batches/[^"/]+)"', page.html)[1]


def figures(page):
    """Return the numbers of codes that a page shows."""
    return [int(text.replace(",", "")) for text in re.findall(r"<dd>([0-9,]+)</dd></div>", page.html)]


@pytest.mark.usefixtures("campaign")
async def test_campaigns_are_listed_with_their_numbers(admin, world):
    """Those whose names contain what is searched for."""
    page = await admin.get(f"/console/codes/{world.name}")
    assert "spring on 4 1 3 always" in page.text
    assert "spring" not in (await admin.get(f"/console/codes/{world.name}?search=summer")).text.split("Search")[1]


async def test_long_lists_of_campaigns_have_pages(service, admin):
    """Each campaign takes a call, so few are shown at once."""
    world = await service.world(*(f"campaign-{number:02}" for number in range(20)))
    page = await admin.get(f"/console/codes/{world.name}")
    assert "campaign-14" in page.text
    assert "campaign-15" not in page.text
    assert "campaign-19" in (await admin.get(f"/console/codes/{world.name}?first=15")).text


@pytest.mark.parametrize("by", ["hour", "day", "batch"])
async def test_a_curve_counts_uses(admin, campaign, by):
    """By time with a plot, and always with a table."""
    page = await admin.get(f"{campaign}?by={by}")
    assert figures(page) == [4, 1, 0, 3]
    assert ("data-plot" in page.html) == (by != "batch")
    assert re.search(r'<td class="number">1</td>', page.html)


@pytest.mark.parametrize("by", ["hour", "day"])
async def test_a_batch_has_a_curve(service, admin, world, by):
    """Of its own codes: uses of other batches of the campaign are not in it."""
    for codes, used in ((3, 2), (3, 1)):
        for code in (await world.codes(codes))[:used]:
            await service.as_player("Use", "alice", namespace_name=world.name, code=code)
    page = await admin.get(f"/console/codes/{world.name}/campaigns/spring")
    drawn = set()
    for path in dict.fromkeys(re.findall(r'href="([^"]+/batches/[^"/]+)"', page.html)):
        batch = await admin.get(f"{path}?by={by}")
        [line] = json.loads(html.unescape(re.search(r'data-plot="([^"]*)"', batch.html)[1]))["lines"]
        assert path.endswith(line["label"])
        drawn.add(sum(line["values"]))
    assert drawn == {1, 2}


async def test_a_batch_without_uses_has_no_plot(admin, world):
    """The page says so."""
    await world.codes(3)
    batch = await admin.get(await batch_of(admin, f"/console/codes/{world.name}/campaigns/spring"))
    assert "No code was used in this time." in batch.text
    assert "data-plot" not in batch.html


async def test_two_campaigns_are_compared(service, admin):
    """In one plot, over the same times."""
    world = await service.world("spring", "summer")
    for name in ("spring", "summer"):
        [code] = await world.codes(1, campaign=name)
        await service.as_player("Use", "alice", namespace_name=world.name, code=code)
    page = await admin.get(f"/console/codes/{world.name}/campaigns/spring?with=summer")
    assert page.html.count("&#34;label&#34;") == 2
    refused = await admin.get(f"/console/codes/{world.name}/campaigns/spring?with=winter")
    assert (refused.status, refused.refusal) == (404, "CAMPAIGN_MODEL_NOT_FOUND")


async def test_a_campaign_is_switched_off_and_on(admin, campaign):
    """With a reason."""
    page = await admin.act(campaign, "switch", reason="leaked")
    assert "spring off" in page.text
    assert "leaked" in page.text
    assert "spring on" in (await admin.act(campaign, "switch", reason="")).text


async def test_codes_are_issued(admin, campaign):
    """The page of the new batch follows."""
    page = await admin.act(campaign, "issue", count="1,000", metadata="for a show", valid_until="2040-01-02T03:04")
    assert f"{campaign}/batches/" in page.path
    assert figures(page) == [1000, 0, 0, 1000]
    assert "for a show" in page.text
    assert 'datetime="2040-01-02T03:04:00.000Z"' in page.html


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"count": "many"}, "count"), ({"count": "0"}, "count"), ({"count": "1", "valid_from": "soon"}, "valid_from")],
    ids=str,
)
async def test_what_cannot_be_issued_is_refused_with_the_field(admin, campaign, typed, field):
    """And what was typed stays."""
    page = await admin.act(campaign, "issue", **typed)
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")
    assert f"<code>{field}</code>" in page.html
    assert f'value="{typed["count"]}"' in page.html


async def test_a_batch_is_switched_limited_and_moved(service, admin):
    """Each by a form of its page."""
    world = await service.world("spring", "summer")
    await world.codes(2)
    batch = await batch_of(admin, f"/console/codes/{world.name}/campaigns/spring")
    assert "bad print" in (await admin.act(batch, "switch", reason="bad print")).text
    assert "2041-01-01 00:00" in (await admin.act(batch, "limit", valid_from="2041-01-01T00:00")).text
    moved = await admin.act(batch, "move", to_campaign="summer")
    assert moved.path == batch.replace("/spring/", "/summer/")
    assert (await admin.act(moved.path, "move", to_campaign="nowhere")).refusal == "CAMPAIGN_MODEL_NOT_FOUND"


async def test_a_batch_with_used_codes_keeps_them(service, admin, world):
    """It is deleted only if they are to be kept."""
    codes = await world.codes(2)
    await service.as_player("Use", "alice", namespace_name=world.name, code=codes[0])
    batch = await batch_of(admin, f"/console/codes/{world.name}/campaigns/spring")
    assert (await admin.act(batch, "delete")).refusal == "ISSUE_JOB_USED"
    kept = await admin.act(batch, "delete", unused_only="yes")
    assert "The unused codes of the batch were deleted." in kept.text


async def test_an_unused_batch_is_deleted(admin, world):
    """The page of its campaign follows."""
    await world.codes(2)
    campaign = f"/console/codes/{world.name}/campaigns/spring"
    gone = await admin.act(await batch_of(admin, campaign), "delete")
    assert (gone.path, "The batch was deleted." in gone.text) == (campaign, True)
    assert "There are no batches yet." in gone.text


async def test_codes_are_shown_and_exported(service, admin, world):
    """The file is behind a URL that expires."""
    codes = await world.codes(3)
    batch = await batch_of(admin, f"/console/codes/{world.name}/campaigns/spring")
    shown = await admin.get(f"{batch}/codes")
    assert all(code in shown.text for code in codes)
    page = await admin.act(batch, "export")
    url = re.search(r'href="([^"]+)" download', page.html)[1]
    answer = await service.http("GET", url)
    assert all(code in answer.text for code in codes)


async def test_whoever_reads_changes_nothing_and_sees_masked_codes(service, world):
    """The only form is that for the file, in which codes are masked as well."""
    [code] = await world.codes(1)
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        campaign = f"/console/codes/{world.name}/campaigns/spring"
        batch = await batch_of(reader, campaign)
        pages = [await reader.get(path) for path in (campaign, batch, f"{batch}/codes")]
        assert {action for page in pages for action in page.actions} == {"export"}
        assert all(code not in page.html for page in pages)
