"""Webhooks: events sent to HTTP receivers, at least once and in order for each of them."""
