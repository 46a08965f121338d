"""Two calls share a scope exactly where method family, namespaces, player and key are the same."""

import secrets

from hypothesis import example, given
from hypothesis import strategies as st
from redeemd.crypto.keyring import KeyRing
from redeemd.idempotency.idempotency import Idempotency

IDEMPOTENCY = Idempotency(KeyRing({"k1": secrets.token_bytes(32)}))
# Few of them, and such that run together; names of namespaces are never empty.
TEXTS = st.sampled_from(["", "a", "b", "ab", "a\x00", "ByUserId", "\x00\x00\x00\x01a"])
NAMES = st.lists(TEXTS.filter(bool), max_size=3)
METHODS = st.sampled_from(["s/Use", "s/UseByUserId", "s/Exchange", "s/ExchangeByUserId"])
CALLS = st.tuples(METHODS, NAMES, TEXTS, TEXTS)


def scope(call):
    """Return the scope of a call."""
    method, names, user_id, key = call
    return IDEMPOTENCY.scope(method, namespace_names=names, user_id=user_id, key=key)


def meaning(call):
    """Return what makes a scope."""
    method, names, user_id, key = call
    return method.removesuffix("ByUserId"), frozenset(names), user_id, key


@given(CALLS, CALLS)
@example(("s/Use", ["a", "b"], "", "k"), ("s/Use", ["b", "a", "a"], "", "k"))
@example(("s/Use", ["a", "b"], "u", "k"), ("s/Use", ["a"], "u", "k"))
@example(("s/Use", ["a"], "u", "kb"), ("s/Use", ["a", "b"], "u", "k"))
def test_scopes_are_equal_exactly_where_calls_are_the_same(one, other):
    """Scopes of different texts never collide, and the order of namespaces does not matter."""
    assert (scope(one) == scope(other)) == (meaning(one) == meaning(other))
