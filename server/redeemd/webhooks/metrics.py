"""The metrics of webhooks."""

import contextlib

from redeemd.base.telemetry import Telemetry


class WebhookMetrics:
    """The metrics of webhooks, by the names of the webhooks."""

    def __init__(self, telemetry: Telemetry) -> None:
        gauges = telemetry.labelled_gauge
        self._lag = gauges("redeemd_webhook_lag_seconds", "Age of the oldest event not acknowledged.", "webhook")
        self._dead = gauges("redeemd_webhook_dead_letters", "Events that were given up.", "webhook")
        self._gone = gauges("redeemd_webhook_gone", "Whether the receiver responded with 410 Gone.", "webhook")
        self._gaps = gauges("redeemd_webhook_gaps", "How often events expired before they were sent.", "webhook")
        self._attempts = telemetry.counter(
            "redeemd_webhook_attempts", "Attempts recorded by this replica.", "webhook", "outcome"
        )

    def set(self, name: str, *, lag_seconds: float, dead: int, gone: bool, gaps: int) -> None:
        """Set the gauges of a webhook, in the whole database."""
        self._lag.labels(name).set(lag_seconds)
        self._dead.labels(name).set(dead)
        self._gone.labels(name).set(gone)
        self._gaps.labels(name).set(gaps)

    def forget(self, name: str) -> None:
        """Remove the gauges of a webhook that the configuration no longer has."""
        for gauge in (self._lag, self._dead, self._gone, self._gaps):
            with contextlib.suppress(KeyError):  # it was never set
                gauge.remove(name)

    def attempted(self, name: str, outcome: str) -> None:
        """Count the outcome of an attempt: delivered, failed, dead or gone."""
        self._attempts.labels(name, outcome).inc()
