"""Connection profiles in the config file of a user."""

import pytest
from redeemd.cli.profiles import config_path
from support.cli import run

NOBODY = "127.0.0.1:1"

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


@pytest.fixture
def write(service):
    """Writes the config file, with the key of the server's administrator beside it."""

    def write(text):
        path = config_path()
        path.parent.mkdir(parents=True)
        path.write_text(text.replace("SERVER", f"127.0.0.1:{service.port}"))
        key = path.with_name("live.key")
        key.write_text(service.key)
        key.chmod(0o600)
        return path

    return write


LIVE = '[profiles.live]\nserver = "SERVER"\nkey-file = "live.key"\n'


async def test_a_profile_names_the_server_and_the_key(write, world):
    """By option or by variable; a path is relative to the folder of the config file."""
    write(LIVE)
    assert (await run("campaign", "list", world.name, "--profile", "live")).exit_code == 0
    assert (await run("health", "--profile", "live")).exit_code == 0


async def test_a_variable_chooses_the_profile(write, world, monkeypatch):
    """REDEEMD_PROFILE, for a whole session."""
    write(LIVE)
    monkeypatch.setenv("REDEEMD_PROFILE", "live")
    assert (await run("campaign", "list", world.name)).exit_code == 0


async def test_a_flag_precedes_a_variable_and_both_precede_the_profile(write, world, service, monkeypatch):
    """Each option by itself: the others come from the profile."""
    write(f'[profiles.live]\nserver = "{NOBODY}"\nkey-file = "live.key"\n')
    command = ["campaign", "list", world.name, "--profile", "live"]
    assert NOBODY in (await run(*command)).output
    monkeypatch.setenv("REDEEMD_SERVER", f"127.0.0.1:{service.port}")
    assert (await run(*command)).exit_code == 0
    assert NOBODY in (await run(*command, "--server", NOBODY)).output
    monkeypatch.setenv("REDEEMD_KEY", "k1.wrong")
    assert "CREDENTIAL_INVALID" in (await run(*command)).output
    assert (await run(*command, "--key-file", config_path().with_name("live.key"))).exit_code == 0


async def test_a_flag_turns_the_tls_of_a_profile_off(write, world):
    """`--no-tls` is a flag like others."""
    write(LIVE + "tls = true\n")
    command = ["campaign", "list", world.name, "--profile", "live"]
    assert "does not use TLS" in (await run(*command)).output
    assert (await run(*command, "--no-tls")).exit_code == 0


@pytest.mark.parametrize("mode", [0o640, 0o604])
async def test_a_key_file_that_others_can_read_is_reported(write, world, mode):
    """As with master keys, the command works and warns."""
    write(LIVE).with_name("live.key").chmod(mode)
    result = await run("campaign", "list", world.name, "--profile", "live")
    assert result.exit_code == 0
    assert "others can read the key" in result.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "there is no config file"),
        (LIVE, "there is no profile test in"),
        ("", "it has none"),
        ("[profiles.test", "cannot be read"),
        ("[profiles.test]\nport = 5\n", "has port, which is no option"),
        ("[profiles.test]\nserver = 5\n", "server must be text"),
        ('[profiles.test]\ntls = "yes"\n', "tls must be true or false"),
        ('[profiles.test]\nkey = "k1.secret"\n', "write the key to a file"),
        ("profiles = 5\n", "has no tables"),
        ("[profiles]\ntest = 5\n", "is no table"),
    ],
)
async def test_a_mistake_in_the_file_is_one_sentence(write, text, sentence):
    """With exit code 2; a secret is not repeated."""
    if text is not None:
        write(text)
    result = await run("campaign", "list", "shop", "--profile", "test")
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1 or "cannot be read" in result.stderr
    assert "secret" not in result.stderr
