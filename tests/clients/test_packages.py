"""`make package-<lang>` makes what the users of a language install, of the version that the server has."""

import subprocess

import pytest
from redeemd import __version__
from support import lacking
from support.clients import RECIPES, missing
from support.contract import REPOSITORY

# The first time it fetches what it needs.
pytestmark = pytest.mark.timeout(1200)
_LANGUAGES = sorted(path.parent.name for path in RECIPES.glob("*/package.sh"))


@pytest.mark.parametrize("language", _LANGUAGES)
def test_a_package_is_made(language):
    """It is named last, and named by its version where packages of the language are."""
    if programs := missing(language):
        lacking.skip(f"the package for {language} needs {', '.join(programs)}")
    made = subprocess.run(
        ["make", "--silent", f"package-{language}"], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True
    )
    packages = [REPOSITORY / line for line in made.stdout.splitlines()]
    assert packages
    for package in packages:
        assert __version__ in package.name or _version_inside(package)


def _version_inside(package):
    """Return whether a folder's project file has the version."""
    return any(__version__ in path.read_text(encoding="utf-8") for path in package.glob("*.csproj"))
