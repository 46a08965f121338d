"""Any bytes to any RPC: accepted, or refused with a known reason; never INTERNAL, never hanging, and nothing breaks."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from redeem.options.v1 import options_pb2
from support.contract import METHODS, every_method, policy_of
from support.fuzz_values import documents, payloads
from support.fuzz_world import METHOD
from support.fuzzing import examples

AT_ONCE = st.sampled_from((1, 1, 1, 2, 5))  # the same call, several times at once
ODD_HEADERS = st.sampled_from(
    [
        *(("idempotency-key", value) for value in ("again", "", "k" * 5000, "a b~")),
        *(("x-dry-run", value) for value in ("true", "maybe")),
        *(("x-access-token", value) for value in ("a.b.c", "")),
        *(("authorization", value) for value in ("Bearer", "Basic eDp5")),
        ("x-request-id", "r" * 500),
        ("x-junk-bin", b"\x00\xff"),
        ("grpc-accept-encoding", "x"),
        ("forwarded", "for=x"),
        ("origin", "http://x"),
    ]
)
HEADERS = st.integers(0, 4).flatmap(lambda choice: st.lists(ODD_HEADERS, max_size=0 if choice else 2))


def callers(method):
    """Return a strategy for callers; most of them may make the call."""
    right = ["alice", "alice", "bob"] if policy_of(method).access == options_pb2.ACCESS_PLAYER else ["admin"] * 3
    others = ["admin", "server", "issuer", "read", "limited", "nobody", "wrong", "alice"]
    return st.sampled_from([*right * 8, *others])


@every_method
def test_any_bytes_to_any_method(fuzzed, method):
    """By anybody, with any metadata, several times at once."""
    fuzzed.run(fuzzed.mend())
    pieces = st.lists(
        payloads(method.input_type, fuzzed.known), min_size=1, max_size=4 if method.client_streaming else 1
    )

    @examples(8)
    @given(pieces=pieces, who=callers(method), extra=HEADERS, times=AT_ONCE)
    def send(pieces, who, extra, times):
        async def calls():
            metadata = fuzzed.metadata(who, extra)
            await asyncio.gather(*(fuzzed.call(method, pieces, metadata) for _ in range(times)))
            assert fuzzed.take_defects() == []

        fuzzed.run(calls())

    send()
    fuzzed.run(fuzzed.check())


def test_any_master_data(fuzzed):
    """Documents with parts changed, doubled, cut off, or of no sense: in force, and can be exchanged by, or refused."""
    fuzzed.run(fuzzed.mend())
    names = ("UpdateCurrentCampaignMaster", "UpdateCurrentLimitMaster", "UpdateCurrentRateMaster")
    methods = [method for method in METHODS if method.name in names]
    texts = documents(fuzzed.known["settings.json"])

    @examples(150)
    @given(text=texts, method=st.sampled_from(methods))
    def put(text, method):
        fuzzed.run(_send_fields(fuzzed, method, namespace_name="fuzz", settings=text))
        for rate in ("rate", "code", "rising"):
            exchange = METHOD["ExchangeService", "ExchangeByUserId"]
            fields = {"namespace_name": "fuzz", "rate_name": rate, "user_id": "alice", "count": 2}
            fuzzed.run(_send_fields(fuzzed, exchange, **fields))

    put()
    fuzzed.run(fuzzed.check())


def test_any_transaction(fuzzed):
    """Transactions with parts changed or of no sense: run whole, or refused."""
    fuzzed.run(fuzzed.mend())
    methods = [METHOD["TransactionService", name] for name in ("RunTransaction", "Preflight")]

    @examples(150)
    @given(text=documents([fuzzed.known["transaction.json"]]), method=st.sampled_from(methods))
    def run(text, method):
        fuzzed.run(_send_fields(fuzzed, method, user_id="alice", transaction=text))

    run()
    fuzzed.run(fuzzed.check())


async def _send_fields(fuzzed, method, **fields):
    """Call with these fields, as far as a message can hold them."""
    request = method.input_type._concrete_class()
    for name, value in fields.items():
        setattr(request, name, value)
    await fuzzed.call(method, [request.SerializeToString()], fuzzed.service.admin)
    assert fuzzed.take_defects() == []
