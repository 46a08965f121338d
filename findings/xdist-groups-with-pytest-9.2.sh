#!/bin/sh
# pytest-xdist 3.8.0 (the newest on 2026-11-29) with pytest 9.2.0: `--dist loadgroup` ignores groups. Tests with the
# same @pytest.mark.xdist_group run on several workers, without a warning.
#
# Expected, as documented: tests of one group run on one worker. With pytest 9.1.0 they do.
# Seen: with pytest 9.2.0 the eight tests of one group run on two workers.
# Cause: xdist changes an attribute of the test that pytest 9.2 no longer reads (reported: pytest-xdist issue 1386).
# Consequence: tests that share a resource collide. Guard the resource itself, with a lock on a file for example.
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/test_group.py" <<'PYTHON'
import os
import time

import pytest


@pytest.mark.parametrize("number", range(8))
@pytest.mark.xdist_group("one")
def test_in_group(number):
    time.sleep(0.2)  # long enough for another worker to take a part
    with open(os.environ["SEEN"], "a") as file:
        file.write(os.environ["PYTEST_XDIST_WORKER"] + "\n")
PYTHON
python3 -m venv "$folder/venv"
workers() {
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pytest==$1" pytest-xdist==3.8.0
  rm -f "$folder/seen"
  SEEN="$folder/seen" "$folder/venv/bin/python" -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider \
    "$folder/test_group.py" >"$folder/output" || { cat "$folder/output" >&2; exit 2; }
  sort -u "$folder/seen" | wc -l | tr -d ' '
}
before=$(workers 9.1.0)
after=$(workers 9.2.0)
echo "workers that ran tests of one group: $before with pytest 9.1.0, $after with pytest 9.2.0"
test "$before" = 1 && test "$after" = 2
