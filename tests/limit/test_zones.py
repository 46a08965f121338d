"""Zone data: the newer of the system's and the package's, and no other."""

import re
from datetime import UTC, datetime

import pytest
from redeemd.limit import zones
from support.limits import make_limits
from support.process import spawn
from support.queries import SERVER, ours

OLD, NEW = "1999a", "9999z"
# What computes a time of day in a database, with that database's own zone data.
_TIMES_IN_SQL = re.compile(
    r"\bAT TIME ZONE\b|\bdate_trunc\b|\bstrftime\b|\bdatetime\s*\(|\btimezone\s*\(", re.IGNORECASE
)


@pytest.fixture
def system(tmp_path):
    """A directory of zone data of one zone, in which Tokyo is UTC."""
    (tmp_path / "Asia").mkdir()
    utc = zones.packaged().files.joinpath("UTC").read_bytes()
    (tmp_path / "Asia" / "Tokyo").write_bytes(utc)
    return tmp_path


def test_the_package_is_as_new_as_it_has_to_be():
    """From 2026b on America/Vancouver keeps its summer time; see pyproject.toml."""
    assert zones.packaged().version >= "2026b"


@pytest.mark.parametrize("file", ["tzdata.zi", "+VERSION"])
@pytest.mark.parametrize(("version", "hours"), [(OLD, 9), (NEW, 0)])
def test_the_newer_one_is_taken(system, file, version, hours):
    """Of whichever of the two; both ways of a system to say its version are understood."""
    (system / file).write_text(f"# version {version}\nrest" if file == "tzdata.zi" else f"{version}\n", "ascii")
    found = zones.newest(zones.packaged(), zones.of_the_system([str(system / "absent"), str(system)]))
    there = datetime(2026, 1, 1, tzinfo=UTC).astimezone(found.zone("Asia/Tokyo"))
    assert there.hour == hours
    assert found.version == (NEW if version == NEW else zones.packaged().version)


def test_a_system_that_does_not_say_its_version_is_not_taken(system):
    """It may be of any age."""
    assert zones.of_the_system([str(system)]) is None
    (system / "tzdata.zi").write_text("# no version\n", "ascii")
    assert zones.of_the_system([str(system)]) is None
    assert zones.newest(zones.packaged(), None) == zones.packaged()


def test_the_process_goes_by_the_newest():
    """At least the package's."""
    assert zones.source().version >= zones.packaged().version


@pytest.mark.parametrize("name", sorted(zones.names()))
def test_every_name_is_a_zone(name):
    """Those of the list can be read, whatever the distribution leaves out."""
    assert zones.zone(name).key == name


def test_names_are_those_of_iana():
    """A name of the database is one; a path, what means something else on each machine, and nothing are none."""
    assert "Asia/Tokyo" in zones.names()
    assert not zones.names() & {"", "../etc/passwd", "Mars/Olympus", "localtime", "Factory"}


async def test_vancouver_is_right_from_november_2026_on(service):
    """05:00 on 2026-12-01 is 12:00 UTC there. Zone data of before 2026b, as many systems have, says 13:00."""
    limits = await make_limits(service)
    limit = {"name": "v", "resetType": "daily", "resetHour": 5, "resetTimeZone": "America/Vancouver"}
    await limits.put_in_force(limit)
    after = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)
    [reset] = (await limits.call("PreviewResets", limit_name="v", count=1, after=after)).resets
    assert datetime.fromtimestamp(reset / 1000, UTC) == datetime(2026, 12, 1, 12, tzinfo=UTC)


async def test_a_start_says_which_zone_data_it_goes_by(tmp_path):
    """Replicas with other data reset counters at other times; it is seen in their logs."""
    process = await spawn(tmp_path)
    await process.wait_until_serving()
    assert await process.end() == 0
    wanted = f"time zones are those of tzdata {zones.source().version} ({zones.source().origin})"
    assert wanted in process.lines


def test_nothing_else_reads_zones():
    """Neither another module nor a statement, which would go by other zone data."""
    asking = {
        path.name for path in SERVER.rglob("*.py") if re.search(r"ZoneInfo\(|zoneinfo\.", path.read_text("utf-8"))
    }
    assert asking == {"zones.py"}
    assert not [query.name for query in ours() if _TIMES_IN_SQL.search(query.text)]
