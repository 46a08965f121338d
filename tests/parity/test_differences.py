"""The tests of parity can fail: a limit that is another one in Go's or in TypeScript's copy of the contract shows."""

import pytest
from buf.validate import validate_pb2
from google.protobuf import descriptor_pb2
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.serialkey.v1 import requests_pb2 as pb

from parity.conftest import LANGUAGES
from parity.engines import DESCRIPTORS, Engine
from parity.judged import Judged


def _shorter(rules):
    rules.string.max_len -= 1


def _other_pattern(rules):
    rules.string.pattern = rules.string.pattern.replace("128", "127")


def _optional(rules):
    rules.required = False


def _less(rules):
    rules.int32.lte -= 1


def _part_more(rules):
    rules.double.gte = 5e-324


def _fewer(rules):
    rules.repeated.max_items -= 1


def _any_number(rules):
    rules.enum.defined_only = False


def _other_condition(rules):
    rules.cel[0].expression = rules.cel[0].expression.replace("<", "<=")


# One of each kind: the message, the field or None for the message's own rules, and what differs.
DIFFERENCES = [
    (auth_pb.CreateKeyRequest, "description", _shorter),
    (pb.IssueOnceRequest, "namespace_name", _other_pattern),
    (auth_pb.RevokeKeyRequest, "key_id", _optional),
    (auth_pb.ListKeysRequest, "limit", _less),
    (exchange_pb.SkipByUserIdRequest, "rate", _part_more),
    (event_pb.WatchEventsRequest, "kinds", _fewer),
    (auth_pb.CreateKeyRequest, "role", _any_number),
    (pb.IssueOnceRequest, None, _other_condition),
]


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference[2].__name__.strip("_"))
def test_a_rule_that_differs_is_found(languages, tmp_path, name, difference):
    """By the smallest step: one character or item less, one number more; also who must be there and conditions."""
    message, field, change = difference
    altered = tmp_path / "altered.binpb"
    altered.write_bytes(_altered(message.DESCRIPTOR, field, change))
    judged = Judged(message.DESCRIPTOR)
    with Engine(languages(name).command, altered) as engine:
        found = judged.differences(engine.answers(message.DESCRIPTOR.full_name, judged.payloads))
    assert found


def _altered(message, field, change):
    """Return the descriptor set with one rule changed."""
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    (file,) = (file for file in files.file if file.name == message.file.name)
    (found,) = (found for found in file.message_type if found.name == message.name)
    if field is None:
        change(found.options.Extensions[validate_pb2.message])
    else:
        (place,) = (place for place in found.field if place.name == field)
        change(place.options.Extensions[validate_pb2.field])
    return files.SerializeToString()
