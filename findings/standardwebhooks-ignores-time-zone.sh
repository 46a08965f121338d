#!/bin/sh
# standardwebhooks 1.1.0 of PyPI: `sign` takes the digits of a datetime for UTC, whatever its time zone is.
#
# Expected: an aware datetime is a point in time, so sign() covers its Unix timestamp, as verify() does.
# Seen: sign() replaces the time zone by UTC. Now in Tokyo is signed as nine hours later.
# Consequence: the receiver, which computes the signature over the header webhook-timestamp, finds none that matches, but only
# with senders outside of UTC. Pass datetime.now(tz=timezone.utc).
#
# Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook("whsec_" + "MTIz" * 8)
now = datetime.now(tz=timezone.utc)


def outcome(moment):
    """Return what verify says about a message that was signed with a time."""
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": webhook.sign("1", moment, "{}"),
    }
    try:
        return webhook.verify("{}", headers)
    except WebhookVerificationError as error:
        return str(error)


utc, tokyo = outcome(now), outcome(now.astimezone(timezone(timedelta(hours=9))))
print(f"standardwebhooks {version('standardwebhooks')}: signed with a time in UTC: {utc}; the same time in Tokyo: {tokyo}")
sys.exit(0 if utc == {} and tokyo == "No matching signature found" else 1)
PYTHON
