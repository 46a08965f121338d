"""Forms and pages are protected from other sites."""

import io

import pytest
from redeemd.console.forms import FORM_BYTES_MAX

TOO_LONG = b"x" * (FORM_BYTES_MAX + 1)


async def fields(admin, **changed):
    """Return the fields of a form that creates a namespace, some of them changed."""
    page = await admin.get("/console/codes")
    return page.form("create") | {"name": "ours"} | changed


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_is_refused(admin, headers):
    """By what browsers say about where it comes from, even with the right token."""
    shown = await admin.post("/console/codes", await fields(admin), headers=headers)
    assert shown.status == 403
    assert "ours" not in (await admin.get("/console/codes")).text


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_form_without_the_token_of_the_session_is_refused(admin, token):
    """Each session has a token of its own, in each of its forms."""
    assert (await admin.post("/console/codes", await fields(admin, csrf=token))).status == 403


async def test_a_log_in_from_another_site_is_refused(service, stranger):
    """So nobody is logged in as somebody else without noticing."""
    shown = await stranger.post("/console/login", {"secret": service.key}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (shown.status, shown.path) == (401, "/console/login")


@pytest.mark.parametrize("path", ["/console/login", "/console/codes", "/console/nothing"])
async def test_pages_run_no_script_but_their_own_and_are_in_no_frame(admin, path):
    """The policy allows nothing inline, and no cache keeps a page."""
    headers = (await admin.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


async def test_what_was_typed_is_text(admin):
    """Nothing that is shown becomes a tag."""
    await admin.act("/console/codes", "create", name="escaped", description="<script>alert(1)</script>")
    html = (await admin.get("/console/codes")).html
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("body", [b"\xff", b"a=%FF", b"a&b", b"a=1&" * 300, TOO_LONG])
async def test_what_is_no_form_is_refused(admin, body):
    """And leaves the session as it is."""
    async with admin.session.post(f"{admin.url}/console/codes", data=io.BytesIO(body)) as response:
        assert response.status == 400
    assert (await admin.get("/console/codes")).path == "/console/codes"


async def test_a_form_that_is_sent_twice_acts_once(admin):
    """The second time shows the outcome of the first."""
    once = await fields(admin, name="once")
    for _ in range(2):
        shown = await admin.post("/console/codes", once)
        assert (shown.status, shown.refusal) == (200, "")


async def test_a_refusal_is_shown_beside_what_was_typed(admin):
    """With its reason, its status and the field."""
    shown = await admin.act("/console/codes", "create", name="not a name")
    assert (shown.status, shown.refusal) == (400, "VALIDATION_FAILED")
    assert 'value="not a name"' in shown.html


async def test_an_address_without_a_page_says_so(admin):
    """Also below /console."""
    assert (await admin.get("/console/nothing/here")).status == 404
