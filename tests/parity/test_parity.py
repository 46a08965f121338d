"""For every message, thousands of values: the server, Go and TypeScript find the same violations by the same paths."""

import re

import pytest
from support.contract import rules_of

from parity.conftest import LANGUAGES
from parity.judged import whole_rules


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_value_is_judged_alike(judged, languages, name):
    """On field path and rule; what one cannot read, no other can."""
    answers = languages(name).engine.answers(judged.message.full_name, judged.payloads)
    assert judged.differences(answers)[:3] == []


def test_the_values_break_every_rule(judged):
    """Each rule of the message's own fields by some value; some values break none, and some are no message."""
    seen = {(re.sub(r"\d+", "", path), rule) for found in judged.found for path, rule in found or ()}
    assert set(_rules(judged.message)) - seen == set()
    assert [] in judged.found
    assert None in judged.found


def _rules(message):
    """Yield every rule as it is reported: the field's path, without numbers, and the rule's id."""
    for rule in whole_rules(message):
        yield rule.id.rpartition(".")[2], rule.id
    for field in message.fields:
        for path, rule in _rules_of_one(field.name, rules_of(field)):
            if rule != "enum.not_in" or field.has_presence or not rules_of(field).required:  # 0 is not there, then
                yield path, rule


def _rules_of_one(path, rules):
    for kind, limits in rules.ListFields():
        if kind.name == "ignore":  # the items of a batch are validated one by one
            continue
        if kind.name == "cel":
            yield from ((path, rule.id) for rule in limits)
        elif kind.name == "required":
            yield path, "required"
        elif kind.name == "repeated" and limits.HasField("items"):
            yield from ((path, f"repeated.{limit.name}") for limit, _ in limits.ListFields() if limit.name != "items")
            yield from _rules_of_one(f"{path}[]", limits.items)
        else:
            names = {limit.name for limit, _ in limits.ListFields()}
            names = names - {"gte", "lte"} | {"gte_lte"} if names >= {"gte", "lte"} else names
            yield from ((path, f"{kind.name}.{name}") for name in names)
