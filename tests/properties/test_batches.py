"""Random batches against the same calls one after the other, each in a namespace of its own: nothing differs.

Items of a batch are executed in any order. Those that fail change nothing, so the calls come in the order in which all
that succeed are first.
"""

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redeem.event.v1.resources_pb2 import Event
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeemd.store.sql import query
from support.batches import batch_use, error_of
from support.service import one_server, read_refusal

USED, OFF, CODES = 0, 1, 7
IMPORTED, CAMPAIGN = "imported", "WELCOME"
_EVENTS = query(
    "events_of_test", "SELECT body, told_at, found_name, found_count, found_revision FROM event WHERE kind = :kind"
)
REDEEMED = options_pb2.EVENT_KIND_REDEEMED
PLAYERS = ["alice", "bob", "\U0001f600 \"'\\"]

# Few values, so that items meet. A number is that of a code of the namespace.
TEXTS = st.one_of(st.integers(0, CODES - 1), st.sampled_from([IMPORTED, CAMPAIGN, "no code", "", "x" * 49]))
ITEMS = st.tuples(TEXTS, st.sampled_from([*PLAYERS, "a:b"]), st.sampled_from(["", "", "k1", "k2", "k" * 257]))


def without_reused_keys(items):
    """Return the items without those whose key an earlier one has with another code: either may be refused."""
    codes = {}
    return [item for item in items if not item[2] or codes.setdefault(item[1:], item[0]) == item[0]]


BATCHES = st.lists(st.lists(ITEMS, min_size=1, max_size=16).map(without_reused_keys), min_size=1, max_size=2)
_KEYS = query(
    "keys_of_test",
    "SELECT campaign_number, status, used_user_id, used_at, updated_at, revision FROM serial_key"
    " WHERE namespace_id = (SELECT namespace_id FROM namespace WHERE name = :name) ORDER BY campaign_number, sequence",
)


class Twin:
    """A namespace with codes of all kinds.

    They are a used one, one that is switched off, good ones, one of a batch that was moved, one for a player, an
    imported one and a campaign code.
    """

    @classmethod
    async def make(cls, service):
        """Make one."""
        twin = cls()
        twin.world = await service.world("spring", CAMPAIGN, campaign_codes=[CAMPAIGN])
        moved = await twin.world.issue(1)
        codes = [key.code for key in await twin.world.keys(moved)]
        await twin.world.call(
            "MoveIssueJob", campaign_model_name="spring", issue_job_name=moved.name, to_campaign_model_name=CAMPAIGN
        )
        owned = await twin.world.call("IssueOnce", campaign_model_name="spring", owner_user_id="bob")
        twin.codes = [*await twin.world.codes(CODES - 2), *codes, owned.item.code]
        await twin.world.bring([IMPORTED])
        await twin.world.call("UseByUserId", user_id="before", code=twin.codes[USED])
        await twin.world.call("SetSerialKeyStatus", code=twin.codes[OFF], availability=2)
        return twin

    def request(self, text, user_id, key):
        """Return the request of an item."""
        code = self.codes[text] if isinstance(text, int) else text
        return pb.UseByUserIdRequest(
            namespace_name=self.world.name, user_id=user_id, code=code, duplication_avoider=key or None
        )

    def plain(self, found):
        """Return a text in which the codes are their numbers, and the namespace has no name."""
        text = str(found).replace(self.world.name, "NAMESPACE")
        for number, code in enumerate(self.codes):
            text = text.replace(code, f"CODE {number}")
        return text

    async def calls(self, items, first):
        """Return the outcomes of single calls, in the order of the items; those at `first` are made first."""
        order = sorted(range(len(items)), key=lambda place: place not in first)
        found = {place: await self.call(items[place]) for place in order}
        return [found[place] for place in range(len(items))]

    async def call(self, item):
        """Return the outcome of a single call."""
        request, admin = self.request(*item), self.world.service.admin
        try:
            return self.plain(await self.world.service.serial_keys.UseByUserId(request, metadata=admin))
        except grpc.aio.AioRpcError as error:
            return self._refusal(error)

    async def batch(self, items):
        """Return the outcomes of a batch, and the places of those that succeeded."""
        requests = [pb.UseItem(id=n, request=self.request(*item)) for n, item in enumerate(items)]
        outcomes = await batch_use(self.world, requests)
        assert [outcome.id for outcome in outcomes] == list(range(len(items)))
        found = [
            self._refusal(error_of(it.error)) if it.HasField("error") else self.plain(it.response) for it in outcomes
        ]
        return found, {outcome.id for outcome in outcomes if outcome.HasField("response")}

    def _refusal(self, error):
        refusal = read_refusal(error)
        refusal.metadata = sorted(item for item in refusal.metadata.items() if item[0] != "request_id")
        refusal.fields = [field.removeprefix("request.") for field in refusal.fields]
        return self.plain(refusal)

    async def rows(self):
        """Return the rows of the codes in the database, and the events about them in any order."""

        async def body(tx):
            keys = [tuple(row) for row in await tx.all(_KEYS, name=self.world.name)]
            return keys, [(Event.FromString(row["body"]), *row) for row in await tx.all(_EVENTS, kind=REDEEMED)]

        keys, events = await self.world.service.store.run(body, write=False)
        own = [(event, row) for event, _, *row in events if event.namespace_name == self.world.name]
        return keys, sorted(self.plain(each) for each in own)


async def compare(service, batches):
    """Send batches to one namespace and their items one by one to another; compare whatever can be seen."""
    batched, single = await Twin.make(service), await Twin.make(service)
    for items in batches:
        outcomes, succeeded = await batched.batch(items)
        assert outcomes == await single.calls(items, succeeded)
    assert await batched.rows() == await single.rows()
    for item in {item for items in batches for item in items if item[2]}:
        assert await batched.call(item) == await single.call(item)


@pytest.fixture(scope="module")
def server():
    """A server whose clock stands still, and what runs a coroutine."""
    with one_server() as found:
        yield found


@settings(max_examples=10, deadline=None)
@given(batches=BATCHES)
def test_a_batch_does_what_its_items_do_one_by_one(server, batches):
    """Outcomes, rows and events are the same. Repeated with their keys, the calls have the same outcomes, too."""
    service, run = server
    run(compare(service, batches))
