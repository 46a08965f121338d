"""Files of the connection options of commands that hold something else."""

import certifi
import pytest
from support.cli import run

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "k\u00e9y.secret".encode(), b"two\nlines", None])
@pytest.mark.parametrize("option", ["--key-file", "--ca", "--client-cert", "--client-key"])
async def test_a_file_that_cannot_be_used_is_one_line(service, tmp_path, option, content):
    """Which names the file. Bytes, another text or a folder in place of a key or a certificate."""
    path = tmp_path / "file"
    path.mkdir() if content is None else path.write_bytes(content)
    options = {"--server": f"127.0.0.1:{service.port}", option: path}
    if option.startswith("--client"):
        options = {"--client-cert": tmp_path / "file", "--client-key": tmp_path / "file"} | options
    result = await run("campaign", "list", "shop", *(word for pair in options.items() for word in pair))
    assert result.exit_code == 1, result.exception
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.count("\n") == 1, result.stderr
    assert str(path) in result.stderr


async def test_the_authorities_of_an_operating_system_are_taken(service):
    """All of them, and without a warning: the server is the one without TLS."""
    options = "--server", f"127.0.0.1:{service.port}", "--ca", certifi.where()
    result = await run("campaign", "list", "shop", *options)
    assert "does not use TLS" in result.stderr
