"""Health checks report the state of the database, and the log reports its faults."""

import asyncio
import sqlite3

import asyncpg
from redeemd.app.health import SteadyHealth
from redeemd.store.faults import KINDS_MAX, Faults


async def test_a_state_that_does_not_last_is_not_passed_on():
    """As when a disk is full: lost and back, 300 times. The next state that lasts is the first one passed on."""
    health = SteadyHealth(hold_seconds=0.01)
    change = asyncio.create_task(health.change())
    for _ in range(300):
        health.set(False)
        await asyncio.sleep(0)
        health.set(True)
        await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    assert not change.done()
    health.set(False)
    assert await change is False


async def test_a_state_that_lasts_is_passed_on_once():
    """However often it is set, and the other one after it."""
    health = SteadyHealth(hold_seconds=0.01)
    health.set(False)
    health.set(False)
    assert await health.change() is False
    health.set(False)
    health.set(True)
    assert await health.change() is True


def test_faults_of_a_kind_are_reported_once_a_second_with_their_number():
    """The first at once; what came since with the next one after a second. Texts are not reported."""
    now, reported = [100.0], []
    faults = Faults(lambda *report: reported.append(report), clock=lambda: now[0])
    full = sqlite3.OperationalError("row of secrets")
    full.sqlite_errorname = "SQLITE_FULL"
    for _ in range(5):
        faults.add(full)
    faults.add(asyncpg.DiskFullError("row of secrets"))
    now[0] += 1
    faults.add(full)
    assert reported == [
        ("OperationalError", "SQLITE_FULL", 1),
        ("DiskFullError", "53100", 1),
        ("OperationalError", "SQLITE_FULL", 5),
    ]


def test_kinds_of_faults_are_bounded():
    """Kinds beyond the limit are counted as one."""
    reported = []
    faults = Faults(lambda *report: reported.append(report), clock=lambda: 1.0)
    for number in range(KINDS_MAX + 50):
        faults.add(type(f"Kind{number}", (Exception,), {})())
    assert len(reported) == KINDS_MAX + 1
    assert reported[-1] == ("other", "", 1)
