"""Long lists of a request are checked in steps between which other calls run, with the same result as at once."""

import asyncio
import itertools

from hypothesis import given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeemd.contract import validation

LENGTHS = st.integers(0, 1600)
PLACES = st.sets(st.integers(0, 1599), max_size=30)


def request(codes, states, broken_codes=(), broken_states=(), namespace="game"):
    """Return a message of an import with so many codes and states, some of which break a rule of the contract."""
    message = pb.ImportSerialKeysRequest(namespace_name=namespace, campaign_model_name="spring")
    message.codes.extend("" if place in broken_codes else f"code-{place}" for place in range(codes))
    for place in range(states):
        unspecified = place in broken_states
        message.states.add(status=0 if unspecified else resources_pb2.SERIAL_KEY_STATUS_USED, used_user_id="alice")
    return message


async def checked(message):
    """Return the violations that are found in steps, and how often another task ran meanwhile."""
    turns = itertools.count()

    async def run():
        while True:
            next(turns)
            await asyncio.sleep(0)

    other = asyncio.create_task(run())
    found = await validation.violations_in_steps(message)
    other.cancel()
    return found, next(turns)


@given(LENGTHS, LENGTHS, PLACES, PLACES, st.sampled_from(["game", "no name"]))
def test_steps_find_what_is_found_at_once(codes, states, broken_codes, broken_states, namespace):
    """The same violations, with the same paths, also beside one outside of the lists."""
    message = request(codes, states, broken_codes, broken_states, namespace)
    found, _ = asyncio.run(checked(message))
    assert found == validation.violations(message)


def test_other_tasks_run_between_the_steps():
    """After at most 500 items each."""
    _, turns = asyncio.run(checked(request(10_000, 10_000)))
    assert turns >= 10_000 // 500


def test_lists_that_are_too_long_are_reported_alone():
    """Their items are not looked at."""
    found, _ = asyncio.run(checked(request(10_001, 0, broken_codes={1})))
    assert [(violation.field, violation.error_type) for violation in found] == [("codes", "tooMany")]


def test_messages_whose_lists_may_be_long_are_known():
    """By the rules of the contract: their calls are checked in steps."""
    assert validation.needs_steps(pb.ImportSerialKeysRequest)
    assert not validation.needs_steps(pb.UseRequest)
