"""Exports as lines of JSON."""

import json

from hypothesis import example, given
from hypothesis import strategies as st
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeemd.cli.json_lines import json_lines

ACTIVE, USED = resources_pb2.SERIAL_KEY_STATUS_ACTIVE, resources_pb2.SERIAL_KEY_STATUS_USED
CODES = st.text(st.sampled_from('AB12-"\\\\\u00e9\u2028{},: '), min_size=1, max_size=8)


@given(st.lists(st.tuples(CODES, st.booleans())), st.randoms(use_true_random=False))
@example([('say "A"', False), ("back\\slash", False), ("plain", True)], None)
def test_each_line_is_an_object_with_code_and_state(codes, order):
    """Whatever characters codes have, and in whatever order the states arrive."""
    states = [
        pb.SerialKeyState(index=index, status=USED, used_user_id='al"ice', used_at=1_790_000_000_000 + index)
        for index, (_, used) in enumerate(codes)
        if used
    ]
    if order is not None:
        order.shuffle(states)
    chunk = pb.StreamSerialKeysResponse(codes=[code for code, _ in codes], states=states, status=ACTIVE)
    data, count = json_lines(chunk)
    expected = [
        {"code": code, "status": "USED", "usedUserId": 'al"ice', "usedAt": 1_790_000_000_000 + index}
        if used
        else {"code": code, "status": "ACTIVE"}
        for index, (code, used) in enumerate(codes)
    ]
    assert [json.loads(line) for line in data.decode().split("\n")[:-1]] == expected
    assert count == len(codes)
