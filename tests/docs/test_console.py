"""docs/how-to/console.md: the commands do what it says."""

import shlex

import aiohttp
from redeemd import config
from support import programs
from support.console import Person
from support.reader import served_by

ADDRESS = "127.0.0.1:9090"


async def test_the_console_is_served_as_written(page, clone):
    """With the first key one can log in; the line that installs the extra has been run before."""
    block, _ = page("how-to/console.md").blocks("sh")
    install, serve = block.strip().splitlines()
    assert install == "pip install 'redeemd[console]'"
    address = f"127.0.0.1:{programs.free_port()}"
    jar = aiohttp.CookieJar(unsafe=True)
    async with served_by(serve.replace(ADDRESS, address), clone), aiohttp.ClientSession(cookie_jar=jar) as session:
        shown = await Person(f"http://{address}", session).log_in((clone / "data" / "admin.key").read_text().strip())
        assert (shown.status, shown.path) == (200, "/console/codes")


def test_the_client_of_an_identity_provider_is_taken(page, tmp_path, monkeypatch):
    """With the file of identities beside the command, and a secret in the file that it names."""
    monkeypatch.chdir(tmp_path)
    [identities] = page("how-to/console.md").blocks("json")
    (tmp_path / "identities.json").write_text(identities)
    (tmp_path / "client.secret").write_text("secret")
    _, block = page("how-to/console.md").blocks("sh")
    words = shlex.split(block.replace("\\\n", " "))[2:]
    options = {
        name.removeprefix("--").replace("-", "_"): value for name, value in zip(words[::2], words[1::2], strict=True)
    }
    client = config.load(**options).read_console_client()
    assert (client.issuer, client.client_id) == ("https://login.studio.example/", "redeemd-console")
