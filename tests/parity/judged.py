"""Compare the violations that the server finds in messages with those that another implementation finds."""

from collections import Counter, defaultdict

from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.message import DecodeError
from redeemd.contract import validation
from redeemd.errors import VIOLATIONS_MAX
from support.contract import MESSAGES, rules_of

from parity.values import payloads


def has_rules(message):
    """Return whether the contract limits a message or a field of it."""
    return bool(whole_rules(message)) or any(rules_of(field).ListFields() for field in message.fields)


def whole_rules(message):
    """Return the rules over a whole message."""
    return message.GetOptions().Extensions[validate_pb2.message].cel


_WHOLE = {rule.id for message in MESSAGES for rule in whole_rules(message)}


class Judged:
    """Values of a message and what the server finds in each."""

    def __init__(self, message):
        self.message = message
        self.payloads = payloads(message)
        self.found = [server_finds(message, payload) for payload in self.payloads]

    def differences(self, answers):
        """Return where others find something else: their response, the server's, and the beginning of the value."""
        compared = zip(answers, self.found, self.payloads, strict=True)
        return [
            (theirs, ours, payload[:200]) for theirs, ours, payload in compared if not agree(ours, as_server(theirs))
        ]


def server_finds(message, payload):
    """Return what the server finds in a value: (field path, rule id), at most VIOLATIONS_MAX; None for no message."""
    try:
        request = message_factory.GetMessageClass(message).FromString(payload)
    except DecodeError:
        return None
    told = validation.violations(request)
    if not told:
        return []
    rules = defaultdict(list)
    for violation in validation._validator.collect_violations(request):
        rules[validation._translate(violation.proto, 0).field].append(violation.proto.rule_id)
    return [(violation.field, rules[violation.field].pop(0)) for violation in told]


def as_server(theirs):
    """Return the violations of another implementation in the server's form: paths only, and too long lists alone."""
    if theirs is None:
        return None
    too_long = [(path, rule) for path, rule in theirs if rule == "repeated.max_items"]
    return [(_path(path, rule), rule) for path, rule in too_long or theirs]


def _path(path, rule):
    """A rule over a whole message has no field, but ends with the name of the one that it is about."""
    return ".".join(filter(None, (path, rule.rpartition(".")[2]))) if rule in _WHOLE else path


def agree(ours, theirs):
    """Return whether both found the same, in any order; of many violations the server reports only some."""
    if ours is None or theirs is None:
        return ours is theirs
    told, found = Counter(ours), Counter(theirs)
    return told == found if len(theirs) <= VIOLATIONS_MAX else len(ours) == VIOLATIONS_MAX and told <= found
