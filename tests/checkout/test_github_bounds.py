"""Where a checkout from GitHub may lead, and where its key must not."""

import io
import logging

import pytest
from aiohttp import web
from redeemd import config
from redeemd.base.telemetry import Telemetry
from support.github import KEYS, TOKEN, answer_with, check_out, expect_refusal, github, place
from support.service import running
from support.uploads import document, in_force

# Redirects


def redirecting(hub, target, status=301):
    """Make GitHub redirect requests for studio/game, as it does for a renamed repository."""

    async def answer(request):
        if request.path.startswith("/repos/studio/game/"):
            return web.Response(status=status, headers={"Location": target})
        return hub.look_up(request)

    hub.answer = answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_renamed_repository_is_followed(world, hub, status):
    """To where GitHub says it is now, with the key, for it is the same GitHub."""
    hub.put(document("a"), repository="studio/renamed")
    redirecting(hub, "/repos/studio/renamed/contents/master.json?ref=refs%2Fheads%2Fmain", status)
    await check_out(world)
    assert await in_force(world) == ["a"]
    assert {request.headers["Authorization"] for request in hub.asked} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_key_is_not_sent_to_another_server(world, hub, host):
    """A file that is elsewhere is fetched from there without the key, be it another port or another name."""
    async with github() as other:
        answer_with(other, 200, document("a"))
        redirecting(hub, f"http://{host}:{other.url.rpartition(':')[2]}/master.json")
        await check_out(world)
        (asked,) = other.asked
    assert await in_force(world) == ["a"]
    assert not [name for name, value in asked.headers.items() if "ghp_" in value or name == "Authorization"]


async def test_the_key_does_not_come_back(world, hub):
    """By way of another server and back: the last request has no key either."""
    async with github() as other:
        answer_with(other, 302, Location=f"{hub.url}/repos/studio/other/contents/x?ref=y")
        redirecting(hub, f"{other.url}/away")
        refusal = await expect_refusal(world, "CHECKOUT_REFUSED")
    assert refusal.metadata["http_status"] == "401"
    assert ["Authorization" in request.headers for request in hub.asked] == [True, False]


REDIRECTS = {
    "in a circle": "/repos/studio/game/contents/master.json",
    "to a file": "file:///etc/passwd",
    "to another scheme": "ftp://127.0.0.1/master.json",
    "to nowhere": "http://nobody.invalid/master.json",
    "to no URL": "http://[",
    "to a port that is none": "http://127.0.0.1:99999/",
}


@pytest.mark.parametrize("target", REDIRECTS.values(), ids=REDIRECTS)
async def test_a_redirect_that_leads_nowhere_is_given_up(world, hub, target):
    """CHECKOUT_UNAVAILABLE after a few requests at most."""
    redirecting(hub, target)
    await expect_refusal(world, "CHECKOUT_UNAVAILABLE")
    assert 1 <= len(hub.asked) <= 4


async def test_a_redirect_without_a_place_is_refused(world, hub):
    """Its body is not taken for the file."""
    answer_with(hub, 302, document("a"))
    refusal = await expect_refusal(world, "CHECKOUT_REFUSED")
    assert refusal.metadata["http_status"] == "302"


# Names


PATHS = [
    "a b.json", "ñ/🎁.json", "a#b", "a?ref=refs/heads/other", "a&b=c", "a%2e%2e", "%2e%2e/%2e%2e/user",
    "..%2f..%2fuser", "...", "a..b/.c", "a;b", "a+b", "a:b", "~", "\\..\\..", "'\"<>", "a/b/c/d/e.json",
    "a\r\nX-Injected: 1", "{path}", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_of_any_characters_arrives_as_it_is(world, hub, path):
    """It names a file below the contents of the repository, whatever characters it has."""
    hub.put(document("a"), path=path)
    await check_out(world, source_path=path)
    (asked,) = hub.asked
    assert place(asked) == ("studio/game", path, "refs/heads/main")
    assert "X-Injected" not in asked.headers
    assert await in_force(world) == ["a"]


@pytest.mark.parametrize("path", ["/a/b.json", "a/b.json/", "/a/b.json/"])
async def test_slashes_around_a_path_make_no_difference(world, hub, path):
    """Some write a path from the root of the repository."""
    hub.put(document("a"), path="a/b.json")
    await check_out(world, source_path=path)
    assert await in_force(world) == ["a"]


BAD_PATHS = [
    "..", "../x", "../../../user", "a/../b", "a/..", ".", "./a", "a/./b", "/", "//", "a//b", "a/ /b", " ", "\t",
    "a/\u3000", "/..", "../", "http://other.example/x",
]  # fmt: skip


@pytest.mark.parametrize("path", BAD_PATHS)
async def test_a_path_that_leads_elsewhere_is_refused(world, hub, path):
    """VALIDATION_FAILED with the field; GitHub receives no request."""
    refusal = await expect_refusal(world, "VALIDATION_FAILED", source_path=path)
    assert refusal.fields == ["checkout_setting.source_path"]
    assert hub.asked == []


BAD_REPOSITORIES = [
    "game", "/", "studio/", "/game", "studio/game/x", "studio//game", "../game", "studio/..", "./game", "studio/.",
    "../..", "studio/game/..", "studio/game?x", "studio/game#x", "studio/ga me", "studio/ñ", "studio%2fgame",
    "studio/game\n", "\nstudio/game", "studio/game\r\nX-Injected: 1", "https://github.com/studio/game",
    "studio@other/game", "studio:x/game", "studio\\game",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_REPOSITORIES)
async def test_a_repository_that_can_be_none_is_refused(world, hub, name):
    """VALIDATION_FAILED with the field; GitHub receives no request."""
    refusal = await expect_refusal(world, "VALIDATION_FAILED", repository_name=name)
    assert refusal.fields == ["checkout_setting.repository_name"]
    assert hub.asked == []


@pytest.mark.parametrize("name", ["a/b", "A-1/x.y", "a_b/.github", "a/..x", "..a/b", "0/0", "a/-"])
async def test_every_valid_repository_name_is_requested(world, hub, name):
    """Letters, digits, dots, hyphens and underscores."""
    hub.put(document("a"), repository=name)
    await check_out(world, repository_name=name)
    assert await in_force(world) == ["a"]


async def test_all_mistakes_are_reported_at_once(world):
    """Repository and path."""
    refusal = await expect_refusal(world, "VALIDATION_FAILED", repository_name="x", source_path="..")
    assert refusal.fields == ["checkout_setting.repository_name", "checkout_setting.source_path"]


# Secrets


async def test_the_key_is_found_nowhere(hub, tmp_path, monkeypatch):
    """After a success and failures of every kind: not in the log, Python's logging, metrics or the settings' text."""
    log, lines = io.StringIO(), io.StringIO()
    telemetry = Telemetry(log=log)
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    monkeypatch.setattr("support.service.Telemetry", lambda: telemetry)
    hub.answer = None
    hub.put(document("a"), path="good.json")
    try:
        async with running(tmp_path, github_url=hub.url, github_keys=KEYS) as server:
            world = await server.world()
            await check_out(await server.world(), source_path="good.json")
            await expect_refusal(world, "CHECKOUT_REFUSED", api_key_id="wrong")
            await expect_refusal(world, "CHECKOUT_KEY_NOT_FOUND", api_key_id=TOKEN)
            for status in (403, 429, 500):
                answer_with(hub, status, TOKEN.encode())
                await expect_refusal(world, "CHECKOUT_REFUSED" if status == 403 else "CHECKOUT_UNAVAILABLE")
            answer_with(hub, 200, TOKEN.encode())
            await expect_refusal(world, "MASTER_DATA_INVALID")
            redirecting(hub, "http://[")
            await expect_refusal(world, "CHECKOUT_UNAVAILABLE")
            told = f"{telemetry.render().decode()} {server.settings!r} {await server.dump()}"
    finally:
        logging.getLogger().removeHandler(handler)
        telemetry.close()
    told += log.getvalue() + lines.getvalue()
    assert '"event":"call"' in told
    assert "ghp_" not in told


GOOD_KEYS = {"": {}, " a=1 ": {"a": "1"}, "a=1\n\tb=2=3\n": {"a": "1", "b": "2=3"}, "grn:x:y=t": {"grn:x:y": "t"}}


@pytest.mark.parametrize(("text", "keys"), GOOD_KEYS.items(), ids=range(len(GOOD_KEYS)))
async def test_keys_are_read_from_the_settings_or_a_file(tmp_path, text, keys):
    """Separated by white space; an id is the text before the first equals sign."""
    path = tmp_path / "keys"
    path.write_text(text)
    for settings in (config.load(github_keys=text), config.load(github_keys_file=path)):
        found = settings.read_github_keys()
        assert {key_id: token.get_secret_value() for key_id, token in found.items()} == keys
        assert not any(token in repr(found) for token in ("ghp", "2=3"))


@pytest.mark.parametrize("entry", ["ghp_secret", "=ghp_secret", "a=", "a=ghp_secrét", "a=ghp_\x7f", "a=ghp_\x00"])
def test_a_key_that_is_none_is_named_by_its_number(entry):
    """And never quoted."""
    with pytest.raises(config.ConfigError) as caught:
        config.load(github_keys=f"a=1 {entry}")
    assert str(caught.value) == "settings: GitHub key 2 is not <apiKeyId>=<token>"


def test_all_mistakes_in_keys_are_reported_at_once(tmp_path):
    """An entry that is none, an id that came before, and a file that is not there."""
    with pytest.raises(config.ConfigError) as caught:
        config.load(github_keys="ghp_secret a=1 a=2", listen="nowhere")
    told = str(caught.value)
    assert "listen: must be HOST:PORT" in told
    with pytest.raises(config.ConfigError) as caught:
        config.load(github_keys="ghp_secret a=1 a=2")
    assert "GitHub key 1 is not" in str(caught.value)
    assert "GitHub key 3 has the id of an earlier one" in str(caught.value)
    with pytest.raises(config.ConfigError, match=r"absent: No such file"):
        config.load(github_keys_file=tmp_path / "absent")


def test_keys_come_from_one_place(tmp_path):
    """Both settings are a mistake, which is reported without quoting either; so is a URL that is none."""
    with pytest.raises(config.ConfigError) as caught:
        config.load(github_keys=KEYS, github_keys_file=tmp_path / "keys")
    assert "github_keys and github_keys_file are mutually exclusive" in str(caught.value)
    assert "ghp_" not in str(caught.value)
    for url in (
        "",
        "api.github.com",
        "ftp://x",
        "https://user:ghp_secret@x",
        "https://x?token=ghp_secret",
        "https://x/ y",
    ):
        with pytest.raises(config.ConfigError) as caught:
            config.load(github_url=url)
        assert str(caught.value).startswith("github_url: ")
        assert "ghp_" not in str(caught.value)
