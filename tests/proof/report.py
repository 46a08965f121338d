"""The findings of a run, and how they are shown."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass
class Findings:
    """The findings of a run. `impossible` lists observations that no history allows."""

    store: str
    seed: int
    seconds: float
    checked_seconds: float
    outcomes: Counter[str]
    faults: Counter[str]
    checked: dict
    sums: dict[str, int]
    not_conserved: list[str] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)

    @property
    def operations(self):
        """How many logical calls were made."""
        return sum(count for name, count in self.outcomes.items() if not name.startswith("("))

    @property
    def unexplained(self):
        """Responses that nothing explains: histories, and sums that differ; a line each."""
        histories = [
            f"{found['object']}: {found['operations']} operations cannot be explained, see {found['page']}"
            for found in self.checked["anomalies"]
        ]
        return histories + self.not_conserved

    @property
    def anomalies(self):
        """Everything that is wrong, a line each."""
        undecided = [f"{found['object']}: not decided in time" for found in self.checked["undecided"]]
        return self.unexplained + undecided + self.impossible


def read_counts(folder: Path):
    """Add up what the processes of clients counted; return the outcomes, and what may never happen."""
    outcomes, impossible = Counter(), []
    for path in sorted(folder.glob("counts-*.json")):
        counts = json.loads(path.read_text())
        outcomes.update(counts["outcomes"])
        impossible += counts["anomalies"]
    return outcomes, impossible


def show(findings: Findings, console: Console):
    """Print it."""
    console.print(_operations(findings))
    checked = findings.checked
    faults = ", ".join(f"{count} {kind}" for kind, count in findings.faults.items() if count)
    histories = ", ".join(f"{count} {kind}" for kind, count in sorted(checked["histories"].items()))
    sums = ", ".join(
        f"{name} {count}" for name, count in sorted(findings.sums.items()) if name not in {"plain", "round"}
    )
    lines = {
        "store": f"{findings.store}, seed {findings.seed}, {findings.seconds:.0f} s",
        "operations": f"{findings.operations:,}, {checked['open']} parts of them with an unknown outcome",
        "faults": f"{sum(findings.faults.values())}: {faults}",
        "histories": f"{sum(checked['histories'].values()):,}: {histories}",
        "longest": f"{checked['longest']} operations; all checked in {findings.checked_seconds:.1f} s, "
        f"the slowest in {checked['slowest_ms']} ms",
        "conserved": "NO" if findings.not_conserved else f"yes: {sums}",
        "anomalies": str(len(findings.anomalies)),
    }
    for name, text in lines.items():
        console.print(f"{name:<11} {text}", highlight=False, markup=False, soft_wrap=True)
    for line in findings.anomalies[:20]:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def _operations(findings):
    table = Table("call", "ok", "refused", "other", box=None, title_justify="left")
    by_call: dict[str, Counter[str]] = {}
    for name, count in sorted(findings.outcomes.items()):
        call, _, outcome = name.partition("|")
        by_call.setdefault(call, Counter())[outcome] += count
    for call, outcomes in by_call.items():
        refused = [f"{count} {name[8:]}" for name, count in outcomes.items() if name.startswith("refused")]
        other = [f"{count} {name}" for name, count in outcomes.items() if name != "ok" and name[:7] != "refused"]
        table.add_row(call, str(outcomes["ok"]), ", ".join(refused), ", ".join(other))
    return table
