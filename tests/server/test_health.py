"""What health checkers are told of the database, and what is logged of its faults."""

import asyncio
import sqlite3

import asyncpg
from redeemd.app.health import Steady
from redeemd.store.faults import KINDS_MAX, Faults


async def test_a_state_that_does_not_last_is_told_to_nobody():
    """As when a disk is full: away and back, 300 times."""
    told = []
    steady = Steady(told.append, seconds=0.05)
    for _ in range(300):
        steady.set(False)
        steady.set(True)
    await asyncio.sleep(0.2)
    assert told == []


async def test_a_state_that_lasts_is_told_once():
    """However often it is heard, and the other one after it."""
    told, down, back = [], asyncio.Event(), asyncio.Event()

    def tell(state):
        told.append(state)
        (back if state else down).set()

    steady = Steady(tell, seconds=0.01)
    steady.set(False)
    steady.set(False)
    await down.wait()
    steady.set(True)
    await back.wait()
    assert told == [False, True]


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
    """What is beyond the greatest number is one kind."""
    reported = []
    faults = Faults(lambda *report: reported.append(report), clock=lambda: 1.0)
    for number in range(KINDS_MAX + 50):
        faults.add(type(f"Kind{number}", (Exception,), {})())
    assert len(reported) == KINDS_MAX + 1
    assert reported[-1] == ("other", "", 1)
