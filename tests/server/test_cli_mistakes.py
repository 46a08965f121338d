"""Mistakes of people who call a server: each is a sentence that says what to change, and exit code 1."""

import pytest
from redeemd.cli import commands
from redeemd.cli.mistakes import explain, suggest
from redeemd.contract.documented_json import camel
from support.certificates import SERVER_NAME, Authority
from support.cli import run
from support.service import running

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")


def at(port):
    """Return the options that name a server."""
    return "--server", f"127.0.0.1:{port}"


async def said(*arguments, code=1):
    """Run a command that fails; return the sentence."""
    result = await run(*arguments)
    assert result.exit_code == code, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert len(result.stderr) < 250
    return result.stderr


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority that signs the certificate of a server."""
    return Authority(tmp_path_factory.mktemp("certificates") / "authority")


@pytest.fixture
async def with_tls(tmp_path, authority):
    """A server that uses TLS."""
    own = authority.issue(SERVER_NAME)
    async with running(tmp_path / "served", tls_cert=own.certificate, tls_key=own.key) as service:
        yield service


async def test_tls_and_plain_servers_called_the_other_way_round(service, with_tls, authority):
    """And an authority that is not named, and a certificate for another name."""
    command = "campaign", "list", "shop"
    assert "does not use TLS" in await said(*command, *at(service.port), "--tls")
    assert "add --tls" in await said(*command, *at(with_tls.port))
    assert "name its authority with --ca" in await said(*command, *at(with_tls.port), "--tls")
    assert "give that name with --authority" in await said(*command, *at(with_tls.port), "--ca", authority.ca)


async def test_wrong_addresses(service):
    """The port of HTTP, a port of nobody, a name of nobody, a URL in place of an address."""
    command = "campaign", "list", "shop", "--server"
    assert "serves HTTP and not gRPC" in await said(*command, f"127.0.0.1:{service.http_port}")
    assert "no server listens at 127.0.0.1:1;" in await said(*command, "127.0.0.1:1")
    assert "no server listens at unix:/absent.sock;" in await said(*command, "unix:/absent.sock")
    assert "cannot be resolved" in await said(*command, f"http://127.0.0.1:{service.port}")


@pytest.mark.parametrize(
    ("address", "problem"),
    [("", "must not be empty"), (" ", "must not be empty"), ("127.0.0.1:65536", "a port is at most 65535")],
)
async def test_an_address_that_is_none_is_refused(address, problem):
    """Without a call, which gRPC would make to another port."""
    result = await run("campaign", "list", "shop", "--server", address)
    assert result.exit_code == 2
    assert problem in result.stderr


def options_with_numbers(command, name=()):
    """Yield the options of all commands that are numbers with a fraction, each after the names of its command."""
    for child, found in getattr(command, "commands", {}).items():
        yield from options_with_numbers(found, (*name, child))
    yield from ((*name, option.opts[0]) for option in command.params if "float" in option.type.name)


async def test_what_is_no_number_is_refused():
    """NaN is in every range, so each option with a range of numbers has to refuse it."""
    options = list(options_with_numbers(commands.every()))
    assert len(options) >= 3
    results = {option: await run(*option, "nan") for option in options}
    assert {option: result.exit_code for option, result in results.items()} == dict.fromkeys(options, 2)
    assert [option for option, result in results.items() if "nan is not a number" not in result.stderr] == []


async def test_keys_that_are_missing_or_wrong(service, tmp_path):
    """A file that does not exist, a folder in its place, no key at all, and one that is not valid."""
    command = "campaign", "list", "shop", *at(service.port)
    assert "--key-file absent.key: No such file" in await said(*command, "--key-file", "absent.key")
    assert "Is a directory" in await said(*command, "--key-file", tmp_path)
    assert "give --key-file, --key or --profile" in await said(*command)
    assert "revoked or expired" in await said(*command, "--key", "k1.invented")


async def test_a_namespace_that_does_not_exist(service):
    """The one that is probably meant is named."""
    world = await service.world("spring")
    command = "campaign", "list", world.name + "x", *at(service.port), "--key", service.key
    assert f"did you mean {world.name}?" in await said(*command)


async def test_a_folder_without_a_database(tmp_path):
    """`keys` calls the server then, and says why if there is none."""
    command = "keys", "list", "--data", tmp_path / "absent", "--server", "127.0.0.1:1"
    result = await run(*command)
    assert result.exit_code == 1
    assert "no server listens at 127.0.0.1:1" in result.stderr
    assert f"there is no database in {tmp_path / 'absent'}" in result.stderr


async def test_a_script_that_does_not_exist():
    """The sentence begins with its path, and has no number of an error."""
    assert await said("script", "test", "absent.lua") == "redeemd: absent.lua: No such file or directory\n"


@pytest.mark.parametrize("state", ["OFF", "sideways"])
async def test_a_state_that_is_none(state):
    """Exit code 2, without a call."""
    assert f"{state} is not a state: write on or off" in await said("switch", "shop", "spring", state, code=2)


@pytest.mark.parametrize(
    ("option", "field"),
    [("--uses-per-user", "usesPerUser"), ("--uses-per-key", "usesPerKey"), ("--uses-total", "usesTotal")],
)
@pytest.mark.parametrize("number", [2**63, 2**63 - 1, 0, -1])
async def test_a_number_that_no_campaign_can_have(service, option, field, number):
    """The violation names the field, also of a number that it cannot hold."""
    command = "campaign", "create", "limitless", "spring", *at(service.port), "--key", service.key
    result = await run(*command, option, number)
    assert result.exit_code == 1
    problem = result.stderr.removeprefix("redeemd: the campaign is invalid; nothing was created\n  ")
    assert problem != result.stderr
    assert camel(problem.partition(":")[0].removeprefix("Failed to parse ").removesuffix(" field")) == field


def test_details_that_are_not_known_are_shown():
    """Nothing is hidden."""
    assert explain("Something new.", "") == "Something new."
    assert explain("last error: UNKNOWN: ipv4:1.2.3.4:5: Something new", "") == "1.2.3.4:5: Something new"


def test_suggestions():
    """The closest name, a few that exist, or none."""
    assert suggest("shpo", ["shop", "other"]) == "did you mean shop?"
    assert suggest("zzz", []) == "there is none yet"
    assert suggest("zzz", map(str, range(7))) == "there are 0, 1, 2, 3, 4 and 2 more"


@pytest.mark.parametrize("key", ["key.\N{EURO SIGN}", "key.a\nb", "key.\x7f"])
async def test_a_key_that_no_header_can_hold_is_refused(tmp_path, key):
    """Given or in a file; it is not printed."""
    path = tmp_path / "admin.key"
    path.write_text(key, encoding="utf-8")
    for option, value, source in (("--key", key, "--key"), ("--key-file", path, f"--key-file {path}")):
        assert await said("campaign", "list", "shop", option, value) == f"redeemd: {source} holds no API key\n"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("[1]", "not an object"),
        ('{"a": NaN}', "NaN and Infinity are not JSON"),
        ('{"a": 18446744073709551616}', "a number does not fit into 64 bits"),
        ('{"a": ' + "[" * 5000 + "]" * 5000 + "}", "nested deeper than 32"),
        ("@/dev/zero", "/dev/zero is larger than 1,000,000 bytes"),
    ],
)
async def test_arguments_that_no_script_can_have_are_refused_in_a_line(tmp_path, given, problem):
    """Whether they are no JSON, JSON beyond the limits of redeemd, or a file without an end."""
    script = tmp_path / "price.lua"
    script.write_text("result = {}")
    assert await said("script", "test", str(script), "--args", given) == f"redeemd: --args: {problem}\n"
