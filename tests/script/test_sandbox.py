"""The abilities and the limits of scripts. Counts of steps and bytes bound their time: see redeemd.script.bounds."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redeemd.script import bounds, sources
from redeemd.script.outcome import Failure, Problem, Refusal
from redeemd.script.sandbox import Arguments, Origin, Sandbox
from redeemd.script.sources import Name
from support.script_attacks import ATTACKS

ORIGIN = Origin((1, 2), 1000)
PRICE = "result = {cost = args.first * 3}"
# Scripts that allocate nothing, call functions, and make tables.
COUNTED = (
    "sum = 0 for i = 1, 900 do sum = sum + i end",
    "local function down(n) if n == 0 then return 0 end return 1 + down(n - 1) end down(80)",
    "local list = {} for i = 1, 100 do list[i] = {i} end",
)


@pytest.fixture(scope="module")
def sandbox():
    """A Lua state that all tests share, as all calls do."""
    return Sandbox()


def run(sandbox, text, origin=ORIGIN, **arguments):
    """Run a script; return its outcome."""
    source = sources.of_text(Name("game", "script"), text.encode())
    return sandbox.run(sandbox.compile(source), Arguments(None, arguments, source.longest_line), origin)[0]


def steps(sandbox, text):
    """Run a script; return the steps that it took."""
    source = sources.of_text(Name("game", "script"), text.encode())
    arguments = Arguments(None, {}, source.longest_line)
    return sandbox.run(sandbox.compile(source), arguments, ORIGIN, result_ignored=True)[1].steps


def failure(sandbox, text, **arguments):
    """Run a script that fails; return how."""
    with pytest.raises(Failure) as caught:
        run(sandbox, text, **arguments)
    return caught.value


@pytest.mark.parametrize("name", ATTACKS)
def test_a_script_that_would_take_long_is_stopped(sandbox, name):
    """At a limit, after few more steps than it has, and the next script finds nothing of it."""
    stopped = failure(sandbox, ATTACKS[name])
    assert stopped.problem in {Problem.STEPS, Problem.MEMORY, Problem.NESTING}
    assert stopped.usage.bytes <= bounds.MEMORY_BYTES_MAX + bounds.SPARE_BYTES
    assert run(sandbox, PRICE, first=4).cost == 12


def test_steps_are_counted_when_nothing_is_allocated(sandbox):
    """A loop ends within one check of the limit."""
    stopped = failure(sandbox, "while true do end")
    assert 0 <= stopped.usage.steps - bounds.STEPS_MAX <= bounds.INSTRUCTIONS_BETWEEN_CHECKS


@given(before=st.lists(st.sampled_from([PRICE, *COUNTED, "error('no')"]), max_size=6), text=st.sampled_from(COUNTED))
def test_a_script_takes_the_same_steps_whatever_ran_before(before, text):
    """Otherwise one near the limit would sometimes fail. The first run in a Lua state is like any other."""
    used = Sandbox()
    for other in before:
        with contextlib.suppress(Failure):
            run(used, other, first=1)
    assert steps(used, text) == steps(Sandbox(), text)


def test_memory_is_free_again_after_each_run(sandbox):
    """Scripts that fill it one after the other do not add up."""
    used = []
    for _ in range(60):
        failure(sandbox, "local s = ('x'):rep(1000) while true do s = s .. 'y' end")
        used.append(sandbox._runtime.get_memory_used(total=True))
    assert max(used[30:]) < 4 * bounds.MEMORY_BYTES_MAX + 512 * 1024


ABSENT = [
    *(
        "load",
        "loadstring",
        "loadfile",
        "dofile",
        "require",
        "package",
        "io",
        "debug",
        "coroutine",
        "python",
        "utf8",
        "_G",
    ),
    *("pcall", "xpcall", "next", "rawget", "rawset", "rawequal", "rawlen", "setmetatable", "getmetatable"),
    *("collectgarbage", "warn", "string.dump", "string.pack", "string.unpack", "table.move", "math.randomseed"),
    *("os.execute", "os.clock", "os.getenv", "os.date"),
]


@pytest.mark.parametrize("name", ABSENT)
def test_what_scripts_do_not_have(sandbox, name):
    """Nothing loads code, reaches files or other scripts, or catches the end of a run."""
    assert run(sandbox, f"result = {{permit = {name} == nil}}").permit is True


LEAKS = {
    "a global variable": ("leaked = 1", "leaked"),
    "a variable of the environment": ("_ENV.leaked = 1", "leaked"),
    "another environment": ("result = {} _ENV = {leaked = 1}", "leaked"),
    "its arguments": ("args.leaked = 1", "args.leaked"),
    "the result": ("result = {permit = true}", "result"),
    "a method of texts": ("local s = ('').leaked", "('').leaked"),
}


@pytest.mark.parametrize(("leaving", "found"), LEAKS.values(), ids=LEAKS)
def test_a_script_leaves_nothing_for_the_next(sandbox, leaving, found):
    """Whatever it sets is gone."""
    with_result = leaving if "result" in leaving else f"{leaving} result = {{}}"
    run(sandbox, with_result)
    assert run(sandbox, f"result = {{permit = {found} == nil}}").permit is True


@pytest.mark.parametrize(
    "change",
    [
        "string.rep = 1",
        "table.leaked = 1",
        "math.floor = nil",
        "os.time = 1",
        "transaction.service = 1",
        "util.split = 1",
    ],
)
def test_libraries_cannot_be_changed(sandbox, change):
    """They are the same for all scripts."""
    assert "cannot be changed" in failure(sandbox, change).detail


def test_random_numbers_and_time_are_those_of_the_call(sandbox):
    """The same seed gives the same numbers, another one others."""
    script = "result = {cost = math.random(1, 1 << 52), rate = os.time()}"
    same = {run(sandbox, script, Origin.of("t/0", 5_000)).cost for _ in range(3)}
    assert len(same) == 1
    assert run(sandbox, script, Origin.of("t/1", 5_000)).cost not in same
    assert run(sandbox, script, Origin.of("t/0", 5_999)).rate == 5


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), st.booleans(), max_size=8
    )
)
def test_pairs_has_one_order(members):
    """The order is that of the names, whatever the state of Lua."""
    sandbox = _SHARED
    listing = "local s = '' for name in pairs(args.t) do s = s .. #name .. ':' .. name end result = {permit = s}"
    ordered = sorted(members, key=str.encode)
    assert run(sandbox, listing, t=members).permit == "".join(f"{len(name.encode())}:{name}" for name in ordered)


_SHARED = Sandbox()
_JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer())
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(st.text("ab_", max_size=3), inner, min_size=1, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), _JSON, max_size=4))
def test_arguments_reach_the_request_of_an_action_unchanged(members):
    """As constants or not, through Lua and back."""
    text = "transaction.service('x').acquire.y(args.t) result = {}"
    source = sources.of_text(Name("game", "script"), text.encode())
    script = _SHARED.compile(source)
    constant, _ = _SHARED.constants({"t": members})
    for arguments in (Arguments(constant, {}, 0), Arguments(None, {"t": members}, 0)):
        [action] = _SHARED.run(script, arguments, ORIGIN)[0].actions
        assert (action.kind, action.name) == ("acquire", "Gs2X:Y")
        assert json.loads(action.request) == members


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_no_text_makes_a_run_fail_otherwise_than_it_should(text):
    """Whatever is compiled, runs, fails or refuses."""
    with contextlib.suppress(ValueError, Failure, Refusal):
        run(_SHARED, text.encode("utf-8", "ignore").decode())
    assert run(_SHARED, PRICE, first=1).cost == 3


REFUSED = {
    "a character 0": 'x = "\\0"',
    "it as a number of three digits": 'x = "\\0001"',
    "it in hexadecimal": 'x = "\\x00"',
    "it as Unicode": 'x = "\\u{000}"',
    "long brackets": "x = [==[ a ]==]",
    "a text over two lines": 'x = "a\\\nb"',
    "a line that is too long": "x = " + "1" * 1000,
    "a mistake": "x = = 1",
    "bytecode": "\x1bLua",
    "too many bytes": "x = 1\n" * 11_000,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_script(sandbox, text):
    """It is refused when it is read."""
    with pytest.raises(ValueError, match=r"\w"):
        sandbox.compile(sources.of_text(Name("game", "script"), text.encode()))


def test_an_error_says_where(sandbox):
    """The script and the line."""
    assert failure(sandbox, "\n\nerror('wrong')").detail == "game/script:3: wrong"


def test_fail_refuses(sandbox):
    """With both arguments, which are cut."""
    with pytest.raises(Refusal) as caught:
        run(sandbox, "fail(429, ('x'):rep(300))")
    assert (caught.value.status_code, caught.value.message) == ("429", "x" * 256)
    with pytest.raises(Refusal) as caught:
        run(sandbox, "fail(('4'):rep(300), '')")
    assert caught.value.status_code == "4" * 256


@pytest.mark.parametrize("character", ["é", "あ", "𝄞"])
@pytest.mark.parametrize("shift", range(4))
def test_a_text_is_cut_between_characters(sandbox, character, shift):
    """Of a refusal and of an error: whatever the length of its characters, it stays UTF-8, and loses no whole one."""
    text = "x" * shift + character * 300
    with pytest.raises(Refusal) as caught:
        run(sandbox, "fail(400, args.long)", long=text)
    for cut in (caught.value.message, failure(sandbox, "error(args.long, 0)", long=text).detail):
        assert text.startswith(cut)
        assert 256 - len(character.encode()) < len(cut.encode()) <= 256


def test_the_result_of_a_script_after_an_event_is_not_read(sandbox):
    """Whatever it is, the actions of the script are there."""
    source = sources.of_text(Name("game", "script"), b"result = '\\xff' transaction.service('x').acquire.y({})")
    script, arguments = sandbox.compile(source), Arguments(None, {}, source.longest_line)
    outcome, _ = sandbox.run(script, arguments, ORIGIN, result_ignored=True)
    assert [action.name for action in outcome.actions] == ["Gs2X:Y"]
    assert outcome.permit is None
