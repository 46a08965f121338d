"""The plots of the peers: what a Use costs, and its latency at two loads."""

from pathlib import Path

from bench import plotting
from bench.compare import middle
from bench.peers.run import SHARES, Peers

COST, LATENCY = "peers-cost.svg", "peers-latency.svg"
_SERVICE, _DATABASE = "#0969da", "#bf8700"
_PERCENTILES = {"p50": "#1a7f37", "p99": "#bf8700", "p99.9": "#cf222e"}


def draw(peers: Peers, folder: Path) -> None:
    """Write both plots into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    _cost(peers, folder / COST)
    _latency(peers, folder / LATENCY)


def _cost(peers: Peers, path: Path) -> None:
    """Draw a bar for each service: the processor time of the service, and beside it that of its database."""
    names = list(reversed(peers.saturated))
    figures = [middle(peers.saturated[name]) for name in names]
    service = [each.cpu_us for each in figures]
    plot, (axes,) = plotting.figure()
    axes.barh(names, service, color=_SERVICE, label="service")
    axes.barh(names, [each.database_us for each in figures], left=service, color=_DATABASE, label="database")
    axes.set_xlabel("CPU of a Use in us")
    plot.legend(loc="outside lower center", ncols=2)
    plotting.save(plot, path)


def _latency(peers: Peers, path: Path) -> None:
    """Draw the percentiles of each service at each share of its own saturation."""
    names = list(reversed(peers.open_loop))
    plot, (axes,) = plotting.figure()
    for row, name in enumerate(names):
        for share, (_, figures) in zip(SHARES, peers.open_loop[name], strict=True):
            height = row + (share - sum(SHARES) / len(SHARES)) / 2
            milliseconds = (figures.p50_ms, figures.p99_ms, figures.p999_ms)
            axes.plot(milliseconds, [height] * len(milliseconds), color=plotting.LINE, linewidth=1, zorder=1)
            axes.scatter(milliseconds, [height] * len(milliseconds), c=list(_PERCENTILES.values()), s=20, zorder=2)
            axes.annotate(
                f"{share:.0%}", (milliseconds[0], height), textcoords="offset points", xytext=(-8, -3), ha="right",
                fontsize=8,
            )  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set_xscale("log")
    axes.set_xlabel("latency of a Use in ms, at two shares of each service's own saturation")
    for percentile, colour in _PERCENTILES.items():
        axes.scatter([], [], c=colour, label=percentile)
    plot.legend(loc="outside lower center", ncols=len(_PERCENTILES))
    plotting.save(plot, path)
