"""A picture of a run: the responses over time, their latency, and the faults."""

import json
from pathlib import Path

from bench.plotting import figure, save

BIN_SECONDS = 0.25
_COLOURS = {"ok": "#1a7f37", "refused": "#0969da", "unknown": "#cf222e"}
_LABELS = {"ok": "done", "refused": "refused", "unknown": "outcome unknown to the client"}


def draw(folder: Path, path: Path):
    """Draw the histories of a folder. An unknown outcome is shown where its call began."""
    calls, faults = _calls(folder), json.loads((folder / "faults.json").read_text())
    start = min(call["begin"] for call in calls)
    seconds = [(call["answer"]["outcome"], (call.get("end", call["begin"]) - start) / 1e9) for call in calls]
    last = max(second for _, second in seconds)
    edges = [number * BIN_SECONDS for number in range(int(last / BIN_SECONDS) + 2)]
    plot, (rates, latencies) = figure(rows=2)
    for axes in (rates, latencies):
        _mark(axes, faults, start)
    times = {outcome: [second for kind, second in seconds if kind == outcome] for outcome in _COLOURS}
    weights = [[1 / BIN_SECONDS] * len(times[outcome]) for outcome in _COLOURS]
    rates.hist(
        list(times.values()), edges, weights=weights, stacked=True, color=list(_COLOURS.values()),
        label=list(_LABELS.values()),
    )  # fmt: skip
    rates.set_ylabel("calls per second")
    plot.legend(loc="outside lower center", ncols=len(_LABELS))
    ended = [call for call in calls if "end" in call]
    latencies.scatter(
        [(call["end"] - start) / 1e9 for call in ended],
        [max((call["end"] - call["begin"]) / 1e6, 0.1) for call in ended],
        s=1.5, color="#8250df", linewidths=0, rasterized=True,
    )  # fmt: skip
    latencies.set_yscale("log")
    latencies.set_ylabel("latency in ms")
    latencies.set_xlabel("seconds")
    save(plot, path)


def _calls(folder):
    """Return one line for each call of the clients: a transaction has one for each of its objects."""
    calls = {}
    for path in folder.glob("history-[0-9]*.jsonl"):
        for line in path.open():
            call = json.loads(line)
            calls[call["call"], call["begin"]] = call
    return list(calls.values())


def _mark(axes, faults, start):
    """Shade the time of each fault, and name it above the first axes."""
    top = axes.get_subplotspec().is_first_row()
    for fault in faults:
        begin, end = ((fault[name] - start) / 1e9 for name in ("begin", "end"))
        axes.axvspan(begin, max(end, begin + 0.03), color="#bf8700", alpha=0.3, linewidth=0)
        if top:
            axes.annotate(
                fault["kind"], (begin, 1), xycoords=("data", "axes fraction"), rotation=60, fontsize=8,
                xytext=(0, 3), textcoords="offset points",
            )  # fmt: skip
