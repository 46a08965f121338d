"""Placeholders: whatever a value holds, it stays a value, and never becomes JSON, a placeholder or another player."""

import json
import re

import grpc
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redeemd.transaction import template
from redeemd.transaction.template import PlaceholderInName, TooLong
from support.exchanges import action, config, make_exchanges
from support.service import one_server, read_refusal
from support.templates import (
    IMPOSSIBLE,
    KEYS,
    NAME,
    PLACEHOLDER,
    TEMPLATES,
    TREES,
    VALUES,
    keys_of,
    replaced,
    strings,
    trees_with_values,
)

PLAYER = re.compile(r"(?!.*#\{)[^\x00-\x1f\x7f-\x9f:]{1,128}")
COUNT_MAX = 2_147_483_646
PLENTY = 10**9
of_service = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(of_service, max_examples=150)


def rewritten(tree, values):
    """Put values into the strings of a JSON value."""
    if isinstance(tree, str):
        return replaced(tree, values)
    if isinstance(tree, list):
        return [rewritten(item, values) for item in tree]
    return {name: rewritten(item, values) for name, item in tree.items()} if isinstance(tree, dict) else tree


@many
@given(trees_with_values())
@example(drawn=(["#{a}", {"x": "#{b}#{a}"}, 1, True, None, "#{}"], {"a": "#{b}", "b": '"}, #{a}'}))
def test_only_strings_with_placeholders_change(drawn):
    """Numbers, flags, names, order and all other strings stay; a value is put in once and not looked at again."""
    tree, values = drawn
    filled = template.fill(template.parse(tree), values, PLENTY)
    # As text, because 1 == 1.0 == True, and because two objects with another order are equal.
    assert json.dumps(filled) == json.dumps(rewritten(tree, values))


@many
@given(TREES)
def test_a_string_with_placeholders_is_known_by_its_keys(tree):
    """All of them are found, in their order, and nothing else is."""
    found = [text.keys for _, text in template.texts(template.parse(tree))]
    assert found == [keys for keys in map(tuple, map(PLACEHOLDER.findall, strings(tree))) if keys]


@many
@given(TREES)
@example(["#{}", {"x": "#{a}#{}"}, f"#{{{'k' * 65}}}{{}}", "#{#{a}}"])
def test_what_can_be_no_placeholder_is_found(tree):
    """A `#{...}` with a key that no value can have is found next to any other text."""
    found = list(template.impossible(template.parse(tree)))
    assert len(found) == sum(bool(IMPOSSIBLE.search(text)) for text in strings(tree))


@many
@given(trees_with_values(), st.integers(1, 10))
def test_the_room_is_for_all_strings_together(drawn, less):
    """Exactly the room that the filled strings need suffices; less is refused."""
    tree, values = drawn
    needed = sum(len(replaced(text, values)) for text in strings(tree) if PLACEHOLDER.search(text))
    parsed = template.parse(tree)
    template.fill(parsed, values, needed)
    if needed:
        with pytest.raises(TooLong):
            template.fill(parsed, values, max(0, needed - less))


@many
@given(trees_with_values(KEYS.flatmap(lambda key: st.tuples(TREES, st.just(f"#{{{key}}}")).map(list))), st.data())
def test_a_placeholder_without_a_value_is_reported(drawn, data):
    """Whichever key it is; nothing is left unfilled."""
    tree, values = drawn
    missing = data.draw(st.sampled_from(keys_of(tree)))
    del values[missing]
    with pytest.raises(KeyError) as refused:
        template.fill(template.parse(tree), values, PLENTY)
    assert refused.value.args == (missing,)


@many
@given(TREES, KEYS, st.sampled_from(["{}", "x{}", "{}{{", "#{}y"]))
def test_a_placeholder_in_a_name_is_refused(tree, key, around):
    """Names of members are what a request is made of: nothing is ever replaced there."""
    name = around.format(f"#{{{key}}}")
    for nested in ({name: tree}, [{"x": {name: tree}}]):
        with pytest.raises(PlaceholderInName):
            template.parse(nested)


def rates(shop):
    """Return rates whose actions take values."""
    passed_on = {"a": "#{b}", "b": "#{a}#{userId}", "userId": "eve"}
    pass_on = {"config": [{"key": key, "value": value} for key, value in passed_on.items()]}
    issue = [shop.issue(metadata="<#{a}|#{b}|#{userId}>")]
    named = shop.verify("equal", 1, counter="#{name}", multiplyValueSpecifyingQuantity=False)
    spelled = named | {"request": json.loads(named["request"])}
    and_, or_ = (f"Gs2Distributor:{each}ExpressionByUserId" for each in ("And", "Or"))
    return [
        {"name": "one", "acquireActions": issue},
        {"name": "two", "acquireActions": [shop.exchange("one", **pass_on)]},
        {"name": "three", "acquireActions": [shop.exchange("two", **pass_on)]},
        {"name": "later", "timingType": "await", "lockTime": 0, "acquireActions": issue},
        {"name": "code", "consumeActions": [shop.use()]},
        {"name": "named", "verifyActions": [named]},
        {"name": "and", "verifyActions": [action(and_, userId="#{userId}", actions=[named])]},
        {"name": "or", "verifyActions": [action(or_, userId="#{userId}", actions=[spelled])]},
        {"name": "count", "consumeActions": [shop.up("sum", countUpValue="#{value}")]},
        {"name": "friend", "consumeActions": [shop.up("bonus", userId="#{friend}", maxValue=1)]},
    ]


class Shop:
    """These rates on a server for all examples."""

    def __init__(self, service, run):
        self.run = run
        self.exchanges = run(make_exchanges(service, enable_await_exchange=True))
        run(self.exchanges.limits.up("alice", "good", "ever"))
        run(self.exchanges.put_in_force(*rates(self.exchanges)))

    def buy(self, rate, values, **fields):
        """Exchange for alice; return the response, or the reason of the refusal."""
        try:
            return self.run(self.exchanges.buy(rate, values=values, **fields))
        except grpc.aio.AioRpcError as error:
            return read_refusal(error).reason

    def issued(self, result):
        """Return the metadata of the one code that a transaction issued, the same wherever it is reported."""
        [acquired] = result.acquire_results
        request, reply = json.loads(acquired.acquire_request), json.loads(acquired.acquire_result)
        while "transactionResult" in reply:
            [acquired] = reply["transactionResult"]["acquireResults"]
            request, reply = json.loads(acquired["acquireRequest"]), json.loads(acquired["acquireResult"])
        metadata = reply["item"]["metadata"]
        names = {"namespaceName": self.exchanges.world.name, "campaignModelName": "spring"}
        assert request == names | {"metadata": metadata}
        stored = self.run(self.exchanges.world.call("GetSerialKey", code=reply["item"]["code"])).item
        assert stored.metadata == metadata
        return metadata


@pytest.fixture(scope="module")
def shop():
    """Run a server with the rates."""
    with one_server() as (service, run):
        yield Shop(service, run)


@pytest.mark.parametrize(("rate", "levels"), [("one", 0), ("two", 1), ("three", 2)])
def test_values_arrive_as_they_are(shop, rate, levels):
    """In the request and in what is made of it, also through rates that pass them on; userId is always the player."""

    @of_service
    @given(VALUES, VALUES, VALUES)
    @example(a="#{b}", b='"}],"x":["#{a}', other="#{userId}")
    def case(a, b, other):
        answer = shop.buy(rate, {"a": a, "b": b, "userId": other, "other": other})
        for _ in range(levels):
            a, b = b, f"{a}alice"
        assert shop.issued(answer.transaction_result) == f"<{a}|{b}|alice>"
        transaction = json.loads(answer.transaction)
        assert transaction["userId"] == "alice"
        assert json.loads(transaction["acquireActions"][0]["request"]).get("userId", "alice") == "alice"

    case()


def test_values_are_kept_with_an_await(shop):
    """The reward is filled with what the exchange brought; what Acquire brings wins, but for userId."""

    @of_service
    @given(VALUES, VALUES, st.one_of(st.none(), VALUES))
    def case(a, b, later):
        values = {"a": a, "b": b, "userId": "bob"}
        answer = shop.buy("later", values)
        name = json.loads(answer.transaction_result.acquire_results[0].acquire_result)["item"]["name"]
        brought = config(**({} if later is None else {"b": later, "userId": later}))
        acquire = shop.exchanges.call("AcquireByUserId", user_id="alice", await_name=name, config=brought)
        acquired = shop.run(acquire)
        assert {each.key: each.value for each in acquired.item.config} == values
        assert shop.issued(acquired.transaction_result) == f"<{a}|{b if later is None else later}|alice>"

    case()


def test_any_template_is_filled(shop):
    """Any text around any keys."""

    @of_service
    @given(trees_with_values(TEMPLATES.filter(lambda text: not IMPOSSIBLE.search(text))))
    def case(drawn):
        text, values = drawn
        more = {"name": "any", "acquireActions": [shop.exchanges.issue(metadata=f"<{text}")]}
        shop.run(shop.exchanges.put_in_force(*rates(shop.exchanges), more))
        answer = shop.buy("any", values)
        assert shop.issued(answer.transaction_result) == "<" + replaced(text, values | {"userId": "alice"})

    case()


@pytest.mark.parametrize("rate", ["named", "and", "or"])
def test_a_name_is_that_counter_or_refused(shop, rate):
    """A value that names a counter, also inside an expression: the counter of exactly that name, or no name at all."""

    @of_service
    @given(st.one_of(VALUES, st.text("goda-_.", max_size=5), st.just("good")), st.integers(1, 2))
    @example(name="good\n", count=1)
    @example(name="g" * 129, count=1)
    @example(name="\\u0067ood", count=1)
    @example(name='good","userId":"bob', count=1)
    @example(name='good","duplicationAvoider":"x', count=1)
    def case(name, count):
        outcome = shop.buy(rate, {"name": name}, count=count)
        if name == "good":
            assert not isinstance(outcome, str)
        elif NAME.fullmatch(name):
            assert outcome == ("EXPRESSION_FALSE" if rate == "or" else "COUNTER_VERIFICATION_FAILED")
        else:
            assert outcome == "VALIDATION_FAILED"

    case()


def test_a_code_is_looked_up_or_refused(shop):
    """No text that a player types is taken for anything but a code."""

    @of_service
    @given(VALUES)
    def case(code):
        assert shop.buy("code", {"code": code}) == ("CODE_NOT_FOUND" if 0 < len(code) <= 48 else "VALIDATION_FAILED")

    case()


def test_a_number_is_counted_or_refused(shop):
    """A value that fills a number is the plain spelling of one that the field may hold."""

    @of_service
    @given(st.one_of(VALUES, st.text("0123456789-.e", max_size=11), st.integers(-3, 9).map(str)))
    @example(value=str(COUNT_MAX + 1))
    @example(value="007")
    def case(value):
        before = shop.run(shop.exchanges.count("sum"))
        good = value.isascii() and value.isdigit() and 1 <= int(value) <= COUNT_MAX
        fits = good and before + int(value) <= COUNT_MAX
        outcome = shop.buy("count", {"value": value})
        if fits:
            assert not isinstance(outcome, str)
        else:
            assert outcome == ("COUNTER_OVERFLOW" if good else "VALIDATION_FAILED")
        assert shop.run(shop.exchanges.count("sum")) == before + (int(value) if fits else 0)

    case()


def test_another_player_is_named_by_master_data_alone(shop):
    """Where a rate leaves the player to config, it is the one of exactly this id; #{userId} never is."""

    @of_service
    @given(VALUES)
    def case(friend):
        outcome = shop.buy("friend", {"friend": friend, "userId": friend})
        if not PLAYER.fullmatch(friend):
            assert outcome == "VALIDATION_FAILED"
            return
        assert outcome == "COUNTER_OVERFLOW" or not isinstance(outcome, str)  # it is a friend of an earlier example
        assert shop.run(shop.exchanges.count("bonus", user_id=friend)) == 1

    case()
