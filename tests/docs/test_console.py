"""docs/how-to/console.md: the command serves the console."""

import aiohttp
from support import programs
from support.console import Person
from support.reader import served_by

ADDRESS = "127.0.0.1:9090"


async def test_the_console_is_served_as_written(page, clone):
    """With the first key one can log in; the line that installs the extra has been run before."""
    [block] = page("how-to/console.md").blocks("sh")
    install, serve = block.strip().splitlines()
    assert install == "pip install 'redeemd[console]'"
    address = f"127.0.0.1:{programs.free_port()}"
    jar = aiohttp.CookieJar(unsafe=True)
    async with served_by(serve.replace(ADDRESS, address), clone), aiohttp.ClientSession(cookie_jar=jar) as session:
        shown = await Person(f"http://{address}", session).log_in((clone / "data" / "admin.key").read_text().strip())
        assert (shown.status, shown.path) == (200, "/console/codes")
