"""Write the Grafana dashboard: `make dashboard`. Every query is checked against a real scrape by tests/deploy."""

import json
from pathlib import Path
from string import ascii_uppercase

from grafana_foundation_sdk.builders import dashboard as dashboards
from grafana_foundation_sdk.builders import prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef, VariableRefresh

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
SELECTED = 'job=~"$job",instance=~"$instance"'
WIDTH, HEIGHT = 12, 8  # of a panel; a row of the dashboard has 24 columns


def rate(metric: str, by: str, labels: str = "") -> str:
    """Return the query for the increase of a counter a second."""
    return f"sum by ({by}) (rate({metric}{{{SELECTED}{labels}}}[$__rate_interval]))"


def quantile(share: float, histogram: str, labels: str = "") -> str:
    """Return the query for a quantile of a histogram."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', 'le', labels)})"


def mean(histogram: str) -> str:
    """Return the query for the mean of a histogram."""
    return f"{rate(f'{histogram}_sum', 'instance')} / {rate(f'{histogram}_count', 'instance')}"


def gauge(metric: str, by: str = "instance", how: str = "sum") -> str:
    """Return the query for a gauge."""
    return f"{how} by ({by}) ({metric}{{{SELECTED}}})"


def panel(title: str, unit: str, description: str, queries: dict[str, str]) -> timeseries.Panel:
    """Return a graph of queries, by their legends."""
    graph = timeseries.Panel().title(title).description(description).unit(unit).min(0)
    graph = graph.datasource(SOURCE).span(WIDTH).height(HEIGHT)
    for ref_id, (legend, query) in zip(ascii_uppercase, queries.items(), strict=False):
        graph = graph.with_target(prometheus.Dataquery().expr(query).legend_format(legend).ref_id(ref_id))
    return graph


ROWS = {
    "Calls": [
        panel(
            "Calls",
            "reqps",
            "Completed calls by method.",
            {"{{grpc_method}}": rate("grpc_server_handled_total", "grpc_method")},
        ),
        panel(
            "Errors",
            "reqps",
            "Completed calls by status, without OK. Most are refusals of players: wrong or used codes.",
            {"{{grpc_code}}": rate("grpc_server_handled_total", "grpc_code", ',grpc_code!="OK"')},
        ),
        panel(
            "Duration",
            "s",
            "Of unary calls. Refusals to players who guess codes are delayed on purpose.",
            {
                name: quantile(share, "grpc_server_handling_seconds", ',grpc_type="unary"')
                for name, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items()
            },
        ),
        panel("Calls in progress", "short", "At most --calls-max.", {"{{instance}}": gauge("redeemd_calls_in_flight")}),
    ],
    "Database": [
        panel("Transactions per commit", "short", "The mean.", {"{{instance}}": mean("redeemd_store_batch_size")}),
        panel(
            "Commit",
            "s",
            "From the start of a batch to its commit.",
            {
                "p50": quantile(0.5, "redeemd_store_batch_seconds"),
                "p99": quantile(0.99, "redeemd_store_batch_seconds"),
            },
        ),
        panel(
            "Waiting",
            "short",
            "Transactions that wait for the database.",
            {"{{instance}}": gauge("redeemd_store_waiting")},
        ),
        panel("Watchers", "short", "Open streams of events.", {"{{instance}}": gauge("redeemd_event_watchers")}),
    ],
    "Guesses": [
        panel(
            "Wrong codes",
            "reqps",
            "Of players, and refused guesses.",
            {"{{outcome}}": rate("redeemd_guesses_total", "outcome")},
        ),
        panel(
            "Attacks", "short", "Namespaces under attack.", {"{{instance}}": gauge("redeemd_namespaces_under_attack")}
        ),
    ],
    "Deliveries to handlers": [
        panel(
            "Deliveries",
            "short",
            "To be made, and given up, of all replicas.",
            {
                "pending {{prefix}}": gauge("redeemd_deliveries_pending", "prefix", "max"),
                "dead {{prefix}}": gauge("redeemd_deliveries_dead", "prefix", "max"),
            },
        ),
        panel(
            "Oldest delivery",
            "s",
            "Its age.",
            {"{{prefix}}": gauge("redeemd_deliveries_oldest_seconds", "prefix", "max")},
        ),
        panel("Attempts", "reqps", "By outcome.", {"{{outcome}}": rate("redeemd_delivery_attempts_total", "outcome")}),
    ],
    "Webhooks": [
        panel(
            "Lag",
            "s",
            "Age of the oldest event.",
            {"{{webhook}}": gauge("redeemd_webhook_lag_seconds", "webhook", "max")},
        ),
        panel(
            "Dead letters",
            "short",
            "Events that were given up.",
            {"{{webhook}}": gauge("redeemd_webhook_dead_letters", "webhook", "max")},
        ),
        panel("Attempts", "reqps", "By outcome.", {"{{outcome}}": rate("redeemd_webhook_attempts_total", "outcome")}),
    ],
    "HTTP": [
        panel("Connections", "short", "Open HTTP connections.", {"{{instance}}": gauge("redeemd_http_connections")}),
        panel(
            "Transfers",
            "short",
            "Files in progress.",
            {"uploads": gauge("redeemd_uploads", "job"), "downloads": gauge("redeemd_downloads", "job")},
        ),
    ],
}


def variable(name: str, label: str) -> dashboards.QueryVariable:
    """Return a variable with the values of a label."""
    query = dashboards.QueryVariable(name).query(f"label_values(redeemd_calls_in_flight, {label})").datasource(SOURCE)
    return query.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).multi(True).include_all(True).all_value(".*")


def build() -> str:
    """Return the dashboard as JSON."""
    board = (
        dashboards.Dashboard("redeemd").uid("redeemd").tags(["redeemd", "grpc"]).refresh("30s").time("now-3h", "now")
    )
    board = board.with_variable(dashboards.DatasourceVariable("datasource").type("prometheus"))
    board = board.with_variable(variable("job", "job")).with_variable(variable("instance", "instance"))
    for title, panels in ROWS.items():
        board = board.with_row(dashboards.Row(title))
        for graph in panels:
            board = board.with_panel(graph)
    return json.dumps(board.build(), cls=JSONEncoder, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("redeemd.json").write_text(build(), encoding="utf-8")
