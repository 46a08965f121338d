"""Requests that no page of the console would send: each is refused with a reason, none is an error of the server."""

import html
import itertools
import re
from collections import defaultdict
from pathlib import Path

import aiohttp
import pytest
import redeemd.console
from redeemd.console.forms import ANONYMOUS_BYTES_MAX
from redeemd.console.pages import PAGES
from support.console import logged_in
from support.exchanges import make_exchanges
from support.keys import key_of

TAG = "<i>hostile</i>"
VALUES = [
    f"\"'>{TAG}{{{{ 7*7 }}}}",
    f"{TAG}\0\u202e\ufeff\ud7ff\r\nSet-Cookie: a=b",
    "../../../../etc/passwd",
    "-1",
    "9" * 18,
    "9" * 5000,
    "9999-12-31T23:59",
    "0001-01-01T00:00",
    "%s%(x)s{0}",
    "",
]
_FIELDS = re.compile(r"""form\.get\("(\w+)"|visit\.form, "(\w+)"|query\("(\w+)"|asked\("(\w+)""")


def names_of_fields():
    """Return every name of a field of a form, or a parameter of a URL, that the console reads."""
    texts = [path.read_text() for path in Path(redeemd.console.__file__).parent.rglob("*.py")]
    return sorted(
        {name for text in texts for found in _FIELDS.findall(text) for name in found if name} - {"csrf", "action"}
    )


@pytest.fixture
async def places(service, world):
    """What the variables of paths stand for, by the first part of a path."""
    job = await world.issue(2)
    exchanges = await make_exchanges(service)
    await exchanges.put_in_force(
        {"name": "swap", "acquireActions": [exchanges.down("got")]}, incremental=[exchanges.incremental()]
    )
    return {
        "codes": {"namespace": world.name, "campaign": "spring", "batch": job.name},
        "exchanges": {"namespace": exchanges.name, "rate": "swap"},
        "limits": {"namespace": exchanges.limits.name, "limit": "daily"},
    }


def path_of(page, places):
    """Return the path of a page with something on it."""
    variables = defaultdict(lambda: "absent", places.get(page.path.split("/")[1], {}))
    return f"/console{page.path}".format_map(variables)


def token_of(shown):
    """Return the token of the session."""
    return shown.html.split('name="csrf" value="')[1].split('"')[0]


def check(shown):
    """Fail for an error of the server, for a page without its policy, and for a value that became a tag."""
    assert shown.status < 500, shown.text
    assert TAG not in shown.html
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    if shown.headers.get("Content-Type", "").startswith("text/html"):
        assert "Content-Security-Policy" in shown.headers


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
async def test_any_value_of_any_field_is_text(admin, places, page):
    """In the parameters of the URL, and in the form of each action: in all fields at once, and in each alone."""
    path, names = path_of(page, places), names_of_fields()
    token = token_of(await admin.get("/console/codes"))
    for value in VALUES:
        check(await admin.get(path, params=dict.fromkeys(names, value)))
    for value, action in itertools.product(VALUES, page.actions):
        given = {"csrf": token, "action": action}
        check(await admin.post(path, dict.fromkeys(names, value) | given, params={"user": value}))
    shown = await admin.get(path)
    values = itertools.cycle(VALUES)
    for action in re.findall('<input type="hidden" name="action" value="([^"]+)"', shown.html):
        usual = shown.form(action)
        for name in usual.keys() - {"csrf", "action"}:
            check(await admin.post(path, usual | {name: next(values)}))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
async def test_any_variable_of_a_path_is_refused_or_shown_as_text(admin, page):
    """Names are those of the contract; a path leads nowhere else."""
    if "{" not in page.path:
        pytest.skip("the path of this page has no variable")
    for value in (
        "..",
        "%2e%2e%2fkeys",
        "%3Ci%3Ehostile%3C%2Fi%3E",
        "%00",
        "%0d%0aSet-Cookie:%20a=b",
        "%ff",
        "a" * 4000,
    ):
        path = "/console" + re.sub(r"{\w+}", value.replace("\\", r"\\"), page.path)
        check(await admin.get(path, allow_redirects=False))


@pytest.mark.parametrize("page", [page for page in PAGES if page.actions], ids=lambda page: page.path)
async def test_whoever_only_reads_never_sees_a_code(service, world, places, page):
    """Neither on a page, nor by a form that was made up, whatever it asks for."""
    codes = await world.codes(3)
    await service.as_player("Use", "alice", namespace_name=world.name, code=codes[0])
    [(_, header)] = await key_of(service, "read")
    async with logged_in(service, header.removeprefix("Bearer ")) as reader:
        path = path_of(page, places)
        seen = [await reader.get(path, params={"user": "alice"})]
        form = {"csrf": token_of(seen[0]), "user": "alice", "to": "off", "count": "5"}
        seen += [
            await reader.post(path, form | {"action": action}, params={"user": "alice"}) for action in page.actions
        ]
        assert [code for code in codes for shown in seen if code in shown.html] == []
        statuses = dict(zip(page.actions, [shown.status for shown in seen[1:]], strict=True))
        assert {action for action, status in statuses.items() if status < 400} <= {"find", "export", "print"}
        for url in [url for shown in seen for url in re.findall(r'href="(http[^"]+)"', shown.html)]:
            async with reader.session.get(html.unescape(url)) as response:
                content = await response.text()
                assert [code for code in codes if code in content] == []


HEADERS = [
    {"Origin": "http://["},
    {"Origin": "http://[::1"},
    {"Origin": "//"},
    {"Sec-Fetch-Site": "\u00e9"},
    {"Cookie": "console=%%%; console_notice=zz; console_language=xx"},
    {"Cookie": "console=\u00ff\u00fe"},
    {"Cookie": "console=" + "A" * 4000},
    {"Cookie": ";;;=;\t=console=;"},
    {"Accept-Language": "ja;q=9e9, " * 200},
    {"Accept-Language": "\u00e9"},
    {"Content-Type": "multipart/form-data; boundary="},
    {"Content-Type": 'application/x-www-form-urlencoded; charset="utf-7"'},
    {"HX-Request": TAG},
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
@pytest.mark.parametrize("path", ["/console/login", "/console/logout", "/console/language", "/console/codes"])
async def test_any_header_is_survived(stranger, path, headers):
    """By pages that anybody can ask for, and by forms."""
    check(await stranger.get(path, headers=headers))
    check(await stranger.post(path, {"next": "//evil.example", "language": TAG}, headers=headers))


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "http://evil.example", "null", ""])
async def test_an_origin_that_is_no_url_is_another_one(admin, origin):
    """A form from there is refused."""
    shown = await admin.get("/console/codes")
    refused = await admin.post("/console/codes", shown.form("create") | {"name": "foreign"}, headers={"Origin": origin})
    assert refused.status == 403
    assert "foreign" not in (await admin.get("/console/codes")).text


@pytest.mark.parametrize("path", ["/console/login", "/console/logout", "/console/language"])
async def test_a_form_that_anybody_can_send_is_short(stranger, path):
    """To decode a long one takes time that players wait for."""
    body = b"next=" + b"%41" * (ANONYMOUS_BYTES_MAX // 3)
    shown = await stranger.post(path, body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert shown.status in {200, 401}
    assert shown.path == "/console/login"


async def test_other_methods_are_refused(stranger, admin):
    """Pages are read, and forms are posted."""
    for somebody, method in itertools.product((stranger, admin), ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")):
        async with somebody.session.request(method, f"{somebody.url}/console/codes") as response:
            assert response.status == 405


async def test_a_cookie_that_was_changed_is_none(admin):
    """Whichever character of it."""
    [cookie] = [each for each in admin.session.cookie_jar if each.key == "console"]
    for place in range(0, len(cookie.value), 17):
        old = cookie.value[place]
        changed = cookie.value[:place] + ("B" if old != "B" else "C") + cookie.value[place + 1 :]
        async with (
            aiohttp.ClientSession(cookies={"console": changed}, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
            session.get(f"{admin.url}/console/codes", allow_redirects=False) as response,
        ):
            assert response.status == 303
            assert "/console/login" in response.headers["Location"]


async def test_a_time_with_an_offset_is_refused(admin, world):
    """The field is one of UTC; an offset that is ignored would be hours off."""
    path = f"/console/codes/{world.name}/campaigns/spring"
    shown = await admin.act(path, "issue", count="1", valid_until="2040-01-01T00:00+09:00")
    assert (shown.status, shown.refusal) == (400, "VALIDATION_FAILED")
    assert "without an offset" in shown.text
