"""Zone data: that of the package, whatever the system has."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources

import pytest
from redeemd.limit import zones
from support.limits import make_limits
from support.process import spawn
from support.queries import SERVER, ours

# What computes a time of day in a database, with that database's own zone data.
_TIMES_IN_SQL = re.compile(
    r"\bAT TIME ZONE\b|\bdate_trunc\b|\bstrftime\b|\bdatetime\s*\(|\btimezone\s*\(", re.IGNORECASE
)


def test_the_package_is_as_new_as_it_has_to_be():
    """From 2026b on America/Vancouver keeps its summer time; see pyproject.toml."""
    assert zones.VERSION >= "2026b"


@pytest.mark.parametrize("name", sorted(zones.names()))
def test_every_name_is_a_zone(name):
    """Those of the list can be read."""
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


def test_the_zones_of_the_system_do_not_count(tmp_path):
    """With PYTHONTZPATH, which zoneinfo prefers to the package, naming a folder in which Tokyo is UTC."""
    (tmp_path / "Asia").mkdir()
    (tmp_path / "Asia" / "Tokyo").write_bytes(resources.files("tzdata").joinpath("zoneinfo", "UTC").read_bytes())
    program = (
        "import datetime, zoneinfo; from redeemd.limit import zones; noon = datetime.datetime(2026, 1, 1, 12);"
        "print(zoneinfo.ZoneInfo('Asia/Tokyo').utcoffset(noon), zones.zone('Asia/Tokyo').utcoffset(noon))"
    )
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path)}
    assert subprocess.check_output([sys.executable, "-c", program], env=environment, text=True) == "0:00:00 9:00:00\n"


async def test_a_start_states_the_version_of_the_zone_data(tmp_path):
    """Replicas with other versions reset counters at other times."""
    process = await spawn(tmp_path)
    await process.wait_until_serving()
    assert await process.end() == 0
    assert f"time zones are those of tzdata {zones.VERSION}" in process.lines


def test_nothing_else_reads_zones():
    """Neither another module nor a statement, which would go by other zone data."""
    asking = {
        path.name for path in SERVER.rglob("*.py") if re.search(r"ZoneInfo[(.]|zoneinfo\.", path.read_text("utf-8"))
    }
    assert asking == {"zones.py"}
    assert not [query.name for query in ours() if _TIMES_IN_SQL.search(query.text)]
