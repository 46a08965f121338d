"""The published gRPC service config speaks of the whole contract."""

import json
from collections import Counter

from support.contract import METHODS, REPOSITORY, policy_of

PATH = REPOSITORY / "generated" / "descriptors" / "service_config.json"
ENTRIES = json.loads(PATH.read_text(encoding="utf-8"))["methodConfig"]


def names(entry):
    """Return the methods that an entry is for."""
    return [f"{name['service']}.{name['method']}" for name in entry["name"]]


def single(method):
    """Return the method of an item of a batch, or the method itself."""
    return method.containing_service.methods_by_name.get(policy_of(method).batch_of, method)


def test_every_method_stands_in_it_once():
    """A method without an entry would be neither repeated nor ever given up."""
    assert Counter(name for entry in ENTRIES for name in names(entry)) == Counter(it.full_name for it in METHODS)


def test_what_is_repeated_cannot_happen_twice():
    """Only reading methods, and those that know a call, or each item, again by its idempotency key."""
    repeated = {name for entry in ENTRIES if "retryPolicy" in entry for name in names(entry)}
    policies = {method.full_name: policy_of(single(method)) for method in METHODS}
    assert repeated == {name for name, policy in policies.items() if policy.idempotent or not policy.writes}


def test_streams_take_as_long_as_they_take():
    """A limit of time would end a watcher; every other call has one."""
    limited = {name for entry in ENTRIES if "timeout" in entry for name in names(entry)}
    assert limited == {it.full_name for it in METHODS if not (it.client_streaming or it.server_streaming)}
