"""`import` of codes with states, `import-counters` and `import-awaits`: what they read, report and refuse."""

import json

import pytest
from support.exchanges import make_exchanges
from support.imports import bring_states, status_of, used
from support.limits import make_limits

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
AT = 1_700_000_000_000
TIME = "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    "text",
    [
        f"code;STATUS;used user id;Used At\nSUMMER-001;Used;alice;{TIME}\nSUMMER-002;;;\nSUMMER-003;inactive;;\n",
        f"user,usedAt,code\nalice,{AT},SUMMER-001\n,,SUMMER-002\n",
        (
            f'{{"code": "SUMMER-001", "status": "USED", "usedUserId": "alice", "usedAt": {AT}}}\n\n'
            '{"status": "ACTIVE", "code": "SUMMER-002", "usedUserId": null}\n'
            '{"code": "SUMMER-003", "status": "INACTIVE"}\n'
        ),
    ],
    ids=["csv", "without a status", "json lines"],
)
async def test_states_are_read_however_the_file_has_them(cli, world, tmp_path, text):
    """From columns or members, in any spelling of their names and of the status."""
    path = tmp_path / "codes"
    path.write_text(text)
    await cli("import", world.name, "spring", path, "--yes")
    first = await status_of(world, "SUMMER-001")
    assert (first.status, first.used_user_id, first.used_at) == (2, "alice", AT)
    assert (await status_of(world, "SUMMER-002")).status == 1
    if "003" in text:
        assert (await status_of(world, "SUMMER-003")).status == 3


async def test_an_export_is_imported_elsewhere_with_its_states(cli, service, world, tmp_path):
    """The file is the output of `export --format jsonl`."""
    job = await world.issue(3)
    codes = [key.code for key in await world.keys(job)]
    item = (await world.as_player("Use", "alice", code=codes[1])).item
    await cli("export", world.name, "spring", job.name, "-o", tmp_path / "codes.jsonl", "--format", "jsonl")
    other = await service.world()
    await cli("import", other.name, "spring", tmp_path / "codes.jsonl", "--yes")
    found = [await status_of(other, code) for code in codes]
    assert [it.status for it in found] == [1, 2, 1]
    assert (found[1].used_user_id, found[1].used_at) == ("alice", item.used_at)


async def test_a_preview_shows_the_states_and_the_flag_ignores_them(cli, world, tmp_path):
    """So that nobody imports used codes as unused without knowing."""
    path = tmp_path / "codes.csv"
    path.write_text("code,status\nSUMMER-001,USED\nSUMMER-002,ACTIVE\n")
    said = await cli("import", world.name, "spring", path, code=1)
    assert "states      1 unused, 1 used, 0 switched off" in said
    await cli("import", world.name, "spring", path, "--yes", "--ignore-states")
    assert (await status_of(world, "SUMMER-001")).status == 1


async def test_problems_of_states_have_their_line_and_column(cli, world, tmp_path):
    """And prevent the import."""
    path = tmp_path / "codes.csv"
    rows = ["SUMMER-001,printed,,", "SUMMER-002,USED,a:b,", "SUMMER-003,USED,,1700000000", "SUMMER-004,ACTIVE,bob,"]
    path.write_text("\n".join(["code,status,userId,usedAt", *rows, "SUMMER-005,,,"]) + "\n")
    said = await cli("import", world.name, "spring", path, "--yes", code=1)
    for line, column, text in [
        (2, 2, "printed is none of ACTIVE, USED, INACTIVE"),
        (3, 3, "a:b is no id of a player"),
        (4, 4, "1700000000 is no time of use: 1700000000 is before the year 2000; a number is in milliseconds"),
        (5, 2, "ACTIVE contradicts the player or the time of use"),
    ]:
        assert f"line {line}, column {column}: {text}" in said
    said = await cli("import", world.name, "spring", path, "--yes", "--skip-problems")
    assert said.startswith("1 of 5 codes imported")


async def test_two_columns_of_one_meaning_are_refused(cli, world, tmp_path):
    """Rather than guessed."""
    path = tmp_path / "codes.csv"
    path.write_text("code,user,player\nSUMMER-001,a,b\n")
    said = await cli("import", world.name, "spring", path, "--yes", code=1)
    assert "has more than one column with the user of a code: user and player" in said


async def test_a_state_that_differs_is_shown_with_both(cli, world, tmp_path):
    """The state here and the state in the file are shown; nothing is overwritten."""
    await bring_states(world, {"SUMMER-001": used("bob", AT), "SUMMER-002": used()})
    path = tmp_path / "codes.csv"
    path.write_text(f"code,status,userId,usedAt\nSUMMER-001,USED,alice,{AT}\nSUMMER-002,USED,alice,{AT}\n")
    said = await cli("import", world.name, "spring", path, "--yes", code=1)
    assert (
        "line 2, column 1: SUMMER-001 was imported before, and is used by bob at 2023-11-14T22:13:20+00:00 here, but "
        "used by alice at 2023-11-14T22:13:20+00:00 in the file"
    ) in said
    assert "1 are here already" in said
    assert (await status_of(world, "SUMMER-001")).used_user_id == "bob"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"code": "SUMMER-001"}\n{"code"', "cannot be read in line 2, which is not JSON"),
        ('{"code": "SUMMER-001"}\n[]', "has no object in line 2"),
        ('{"code": "SUMMER-001"}\n\n{"code": ["a"]}', "has neither a text nor a whole number in line 3, member code"),
        ('{"status": "USED"}\n', "looks like codes"),
    ],
)
async def test_json_lines_that_are_none_are_refused(cli, world, tmp_path, text, said):
    """With the line."""
    (tmp_path / "codes.jsonl").write_text(text)
    assert said in await cli("import", world.name, "spring", tmp_path / "codes.jsonl", "--yes", code=1)


def lines(path, *items):
    """Write JSON lines; return the path."""
    path.write_text("".join(f"{item if isinstance(item, str) else json.dumps(item)}\n" for item in items))
    return path


async def test_counters_are_imported_as_an_export_has_them(cli, service, tmp_path):
    """With members that mean nothing here; more than a call takes; again, they are unchanged."""
    limits = await make_limits(service)
    items = [
        {"userId": f"p{number}", "limitName": "ever", "name": "c", "count": 3, "nextResetAt": None, "revision": 7}
        for number in range(450)
    ]
    path = lines(tmp_path / "counters.jsonl", *items)
    command = ("import-counters", limits.name, path)
    assert (await cli(*command, "--dry-run")).startswith("450 of 450 counters would be imported")
    assert "add --yes" in await cli(*command, code=1)
    assert json.loads(await cli(*command, "--yes", "--json")) == {
        "count": 450,
        "dryRun": False,
        "outcomes": {"imported": 450},
    }
    assert (await cli(*command, "--yes")).startswith("0 of 450 counters imported, 450 unchanged")
    assert (await limits.get("p449", limit="ever")).count == 3


async def test_counters_that_are_not_imported_are_listed(cli, service, tmp_path):
    """By line, also in a file; the others are imported."""
    limits = await make_limits(service)
    await limits.up(limit="ever")
    good = {"userId": "bob", "limitName": "ever", "name": "c", "count": 3}
    path = lines(tmp_path / "c.jsonl", {**good, "limitName": "unknown"}, good, {**good, "userId": "alice"})
    said = await cli("import-counters", limits.name, path, "--yes", code=1)
    assert "line 1, column 1: bob unknown c is of a limit or rate that the namespace does not have" in said
    assert "line 3, column 1: alice ever c is here already and differs; it stays as it is" in said
    assert "1 of 3 counters imported, 1 modelNotFound, 1 conflict" in said
    assert len((tmp_path / "c.jsonl.problems.csv").read_text().splitlines()) == 3


async def test_lines_that_say_nothing_sensible_prevent_the_import(cli, service, tmp_path):
    """Before a call is made: each with its line and its member."""
    limits = await make_limits(service)
    good = {"userId": "bob", "limitName": "ever", "name": "c", "count": 3}
    bad = [{**good, "count": -1}, {**good, "cuont": 3}, "{", {**good, "userId": "a:b"}, good, good]
    said = await cli("import-counters", limits.name, lines(tmp_path / "c.jsonl", *bad), "--yes", code=1)
    for line, text in [(1, "count "), (2, "may only have userId"), (3, "line 1 column 2"), (4, "userId ")]:
        assert any(each.startswith(f"line {line}, ") and text in each for each in said.splitlines()), said
    assert "line 6, column 1: bob ever c is in line 5, too" in said
    assert "nothing was imported" in said
    assert "contains nothing" in await cli("import-counters", limits.name, lines(tmp_path / "e.jsonl"), "--yes", code=1)


async def test_awaits_are_imported(cli, service, tmp_path):
    """With their values."""
    exchanges = await make_exchanges(service, enable_await_exchange=True)
    await exchanges.put_in_force({"name": "later", "timingType": "await", "lockTime": 1})
    item = {
        "userId": "alice",
        "name": "a-1",
        "rateName": "later",
        "exchangedAt": AT,
        "config": [{"key": "size", "value": "3"}],
        "awaitId": "grn:gs2:",
    }
    path = lines(tmp_path / "awaits.jsonl", item)
    assert (await cli("import-awaits", exchanges.name, path, "--yes")).startswith("1 of 1 awaits imported")
    found = await exchanges.await_of("a-1")
    assert (found.exchanged_at, found.config[0].value) == (AT, "3")
