"""A receiver of webhooks: verifies each message, and handles each event once.

pip install standardwebhooks
python receiver.py analytics.secret 8000
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

secret = Webhook(Path(sys.argv[1]).read_text(encoding="ascii").strip())
handled = set()  # in a database, in the transaction that handles the event


def handle(event):
    """Do what the event is for."""
    print(event["type"], event["data"].get("userId"), flush=True)


class Receiver(BaseHTTPRequestHandler):
    """Responds with 204 only after the events are handled: until then, redeemd sends them again."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        """Handle one message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            content = secret.verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.send_error(401)
            return
        for event in content if isinstance(content, list) else [content]:
            if event["id"] not in handled:
                handle(event)
                handled.add(event["id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        """Log nothing."""


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver).serve_forever()
