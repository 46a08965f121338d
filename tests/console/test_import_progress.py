"""Imports that go on without their page: their progress, their report, and what becomes of those that break off."""

import asyncio

import pytest
from redeemd.console import imports
from redeemd.resources.namespaces import Namespaces
from redeemd.status.imports import KEPT_MS, SILENT_SECONDS_MAX, FollowedImports
from redeemd.store.sql import query
from support.console import console, logged_in
from support.console_imports import figures, halted, imported, sent, shown, with_file
from support.imports import OpenImport
from support.keys import key_of
from support.store_faults import until

FORGET_END = query("forget_end", "UPDATE console_import SET ended = 0, seen_at = 0")
GOOD = b"code\nWINTER-0001\nWINTER-0002\nWINTER-0003\n"


@pytest.fixture
def follow(service):
    """What the database knows of imports."""
    return of(service)


def of(service):
    """Return what the database of a server knows of imports."""
    foundation = service.app.components.foundation
    namespaces = Namespaces(service.store, "serialKey")

    async def namespace_id(name):
        return (await namespaces.find(name)).namespace_id

    return FollowedImports(service.store, foundation.clock, foundation.ring, namespace_id)


async def secret_of(service, role, **fields):
    """Make a key of a role."""
    [(_, header)] = await key_of(service, role, **fields)
    return header.removeprefix("Bearer ")


def importing(world):
    """Return the path of the page that imports."""
    return f"/console/codes/{world.name}/campaigns/spring/import"


async def test_progress_and_report_survive_that_the_page_is_left(service, admin, world, monkeypatch):
    """Whoever may import sees them, also in another browser; the page of imports lists them."""
    async with halted(monkeypatch):
        page = await sent(admin, world, "import", GOOD)
        page = await shown(admin, page, "2 of 3 codes are checked and written")
        assert "under way" in page.text
        assert 'hx-trigger="every 2s"' in page.html
        async with logged_in(service) as other:
            assert "2 of 3 codes" in (await other.get(page.path)).text
    page = await shown(admin, page, "Report")
    assert await figures(admin, page) == [3, 0, 0, 3]
    assert 'hx-trigger="every 2s"' not in page.html
    listed = await admin.get(f"/console/codes/{world.name}/campaigns/spring/import")
    assert "ended 3 / 3" in listed.text
    assert page.path in listed.html


async def test_the_event_names_who_began_the_import(service, world):
    """As if they had called the method."""
    secret = await secret_of(service, "issuer")
    async with logged_in(service, secret) as issuer:
        await imported(issuer, world, GOOD)
    rows = (await service.dump())["event"]
    assert any(secret.partition(".")[0] in row and "ImportSerialKeys" in row for row in rows)


async def test_a_form_that_is_sent_twice_is_one_import(service, admin, world):
    """The second time leads to the progress of the first."""
    path = f"/console/codes/{world.name}/campaigns/spring/import"
    form = (await admin.get(path)).form("preview") | {"action": "import"}
    first, second = await asyncio.gather(*(with_file(admin, path, form, GOOD) for _ in range(2)))
    assert first.path == second.path
    assert await figures(admin, await shown(admin, first, "Report")) == [3, 0, 0, 3]
    jobs = await service.call("DescribeIssueJobs", namespace_name=world.name, campaign_model_name="spring")
    assert len(jobs.items) == 1


async def test_an_import_that_breaks_off_is_repeated_with_the_same_file(tmp_path, monkeypatch):
    """The server stops in the middle: nothing is there. The form of the page repeats it, and it is there once."""
    async with console(tmp_path) as service, logged_in(service) as admin:
        world = await service.world()
        async with halted(monkeypatch):
            page = await sent(admin, world, "import", GOOD, metadata="winter", exact="yes")
            await shown(admin, page, "2 of 3 codes")
            await service.app.stop()
    async with console(tmp_path) as service, logged_in(service) as admin:
        page = await admin.get(page.path)
        assert "broke off" in page.text
        assert "choose the same file again" in page.text.lower()
        jobs = await service.call("DescribeIssueJobs", namespace_name=world.name, campaign_model_name="spring")
        assert not jobs.items
        again = page.form("import")
        assert (again["metadata"], again["exact"]) == ("winter", "yes")
        for _ in range(2):
            after = await with_file(admin, page.path.rpartition("/imports/")[0] + "/import", again, GOOD)
            assert after.path == page.path
            assert await figures(admin, await shown(admin, after, "Report")) == [3, 0, 0, 3]


async def test_an_import_that_ended_unheard_is_reported_when_it_is_repeated(service, admin, world):
    """The codes were imported, but the server died before it recorded the report: the repetition shows it."""
    page = await imported(admin, world, GOOD)
    await service.store.run(lambda tx: tx.run(FORGET_END), write=True)
    page = await admin.get(page.path)
    assert "broke off" in page.text
    after = await with_file(admin, importing(world), page.form("import"), GOOD)
    assert after.path == page.path
    assert await figures(admin, await shown(admin, after, "Report")) == [3, 0, 0, 3]


async def test_only_one_server_begins_an_import_again(world, follow):
    """Of several that are asked at once; what is written under an earlier attempt changes nothing."""
    first = await begin(follow, world)
    assert await begin(follow, world) is None
    await follow.break_off(first, 1)
    begun = [run for run in await asyncio.gather(*(begin(follow, world) for _ in range(8))) if run]
    assert [run.attempt for run in begun] == [2]
    await follow.end(first, 3, b"report")
    found = await follow.get(world.name, "x" * 16)
    assert (found.done, found.ended, found.silent, found.notes) == (0, False, False, b"typed")


async def begin(follow, world):
    """Begin an import of three codes."""
    return await follow.begin(world.name, "spring", "x" * 16, 3, b"typed")


async def test_an_import_that_no_server_has_worked_on_for_long_broke_off(own_service):
    """Its process was killed."""
    world = await own_service.world()
    follow = of(own_service)
    await begin(follow, world)
    assert not (await follow.get(world.name, "x" * 16)).silent
    own_service.clock.advance(seconds=SILENT_SECONDS_MAX + 1)
    assert (await follow.get(world.name, "x" * 16)).silent
    assert (await begin(follow, world)).attempt == 2


async def test_reports_are_kept_for_a_week(own_service):
    """They have codes."""
    world = await own_service.world()
    follow = of(own_service)
    await begin(follow, world)
    own_service.clock.advance(seconds=KEPT_MS // 1000)
    await own_service.maintenance.step()
    assert await follow.get(world.name, "x" * 16)
    own_service.clock.advance(seconds=1)
    await own_service.maintenance.step()
    assert await follow.get(world.name, "x" * 16) is None


async def test_an_import_whose_beginning_cannot_be_recorded_is_refused(service, admin, world):
    """Nothing is begun, and the form stays."""
    form = (await admin.get(importing(world))).form("preview") | {"action": "import", "metadata": "winter"}
    service.faults.fail_at = 1
    try:
        page = await with_file(admin, importing(world), form, GOOD)
    finally:
        service.faults.fail_at = None
    assert page.refusal == "NOT_COMMITTED"
    assert 'value="winter"' in page.html
    assert (await admin.get(f"{importing(world)}s/{form['once']}")).status == 404


async def test_a_report_is_recorded_as_soon_as_the_store_can(service, admin, world, monkeypatch):
    """Here all writes fail for a while: the method refuses, and the report says so later."""
    async with halted(monkeypatch):
        page = await sent(admin, world, "import", GOOD)
        page = await shown(admin, page, "2 of 3 codes")
        service.faults.failed.clear()
        service.faults.fail_at = 1
    try:
        await until(lambda: service.faults.failed - {FollowedImports.__module__})  # of the import itself
        for _ in range(3):
            assert "under way" in (await admin.get(page.path)).text
    finally:
        service.faults.fail_at = None
    page = await shown(admin, page, "Report")
    assert page.refusal == "NOT_COMMITTED"
    assert "Nothing was imported." in page.text


async def test_what_the_method_refuses_is_in_the_report(admin, world):
    """Here another import is under way."""
    other = OpenImport(world)
    other.send(["SUMMER-0001", "SUMMER-0002"])
    await other.until_written(2)
    page = await imported(admin, world, GOOD)
    assert page.refusal == "IMPORT_UNDER_WAY"
    await other.end()


async def test_a_session_has_two_imports_at_a_time_and_a_server_eight(service, admin, monkeypatch):
    """More are refused, until one ends."""
    worlds = [await service.world() for _ in range(imports.OF_SESSION_MAX + 1)]
    async with halted(monkeypatch):
        pages = [await sent(admin, world, "import", GOOD) for world in worlds]
        assert [page.refusal for page in pages] == ["", "", "OVERLOADED"]
        assert "imports of this session" in pages[-1].text
        monkeypatch.setattr(imports, "IMPORTS_MAX", imports.OF_SESSION_MAX)
        async with logged_in(service) as other:
            page = await sent(other, worlds[-1], "import", GOOD)
            assert (page.status, page.refusal) == (503, "OVERLOADED")
            assert "imports of this server" in page.text
    for page in pages[:-1]:
        await shown(admin, page, "Report")
    assert "3 codes were imported." in (await imported(admin, worlds[-1], GOOD)).text


async def test_whoever_may_not_import_sees_no_report_and_begins_nothing(service, admin, world):
    """A report has codes. A form that somebody makes up is refused by the method."""
    page = await imported(admin, world, GOOD)
    async with logged_in(service, await secret_of(service, "read")) as reader:
        seen = await reader.get(page.path)
        assert seen.status == 403
        assert "WINTER" not in seen.text
        csrf = seen.html.split('name="csrf" value="')[1].split('"')[0]
        fields = {"csrf": csrf, "action": "import", "once": "y" * 16}
        refused = await with_file(reader, importing(world), fields, GOOD)
        assert refused.status == 403
        assert "Your key may not import codes." in refused.text
    assert (await admin.get(f"{importing(world)}s/{'y' * 16}")).status == 404


async def test_a_key_for_other_namespaces_sees_and_begins_nothing(service, admin, world):
    """The method refuses."""
    page = await imported(admin, world, GOOD)
    other = await service.world()
    async with logged_in(service, await secret_of(service, "issuer", namespace_names=[other.name])) as issuer:
        assert (await issuer.get(page.path)).refusal == "NAMESPACE_NOT_ALLOWED"
        form = (await issuer.get(importing(other))).form("preview") | {"action": "import"}
        refused = await with_file(issuer, importing(world), form, GOOD)
        assert refused.refusal == "NAMESPACE_NOT_ALLOWED"


async def test_what_is_no_id_of_a_form_is_refused(admin, world):
    """It would be that of a row."""
    page = await sent(admin, world, "import", GOOD, once="../x")
    assert (page.status, page.refusal) == (400, "VALIDATION_FAILED")


async def test_an_import_is_found_in_its_campaign_only(admin, world):
    """Elsewhere there is no such page."""
    await world.put_in_force("spring", "summer")
    page = await imported(admin, world, GOOD)
    assert (await admin.get(page.path.replace("/spring/", "/summer/"))).status == 404
    assert (await admin.get(page.path[:-1])).status == 404
