"""The rules around a body are those that apply to its method, in their order: see redeemd.rpc.ports."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from redeem.options.v1 import options_pb2
from redeemd.rpc.ports import applicable, compose

# Whether each of some rules applies to a method.
RULES = st.lists(st.booleans(), max_size=6)


def rule(number, applies):
    """Make a rule that notes in a call when it begins and ends."""

    async def around(call, inner):
        call.append(number)
        reply = await inner(call)
        call.append(-number)
        return reply

    return lambda _policy, _method, _name: around if applies else None


async def body(call):
    """Reply with what has happened so far."""
    return list(call)


@given(RULES)
def test_the_first_rule_that_applies_is_the_outermost(applies):
    """Each that applies begins before and ends after all behind it; the others do nothing, the reply comes through."""
    rules = [rule(number, each) for number, each in enumerate(applies, start=1)]
    run = compose(applicable(rules, options_pb2.Policy(), None, "package.Service/Method"), body)
    call = []
    reply = asyncio.run(run(call))
    wanted = [number for number, each in enumerate(applies, start=1) if each]
    assert reply == wanted
    assert call == wanted + [-number for number in reversed(wanted)]
