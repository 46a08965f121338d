"""`python -m bench.run`: measures everything, prints it and writes REPORT.md."""

import argparse
import functools
import shutil
import time
from collections.abc import Collection

from rich.console import Console

from bench import generator, machine, parts, report
from bench.kept import Kept
from bench.peers import plots
from bench.servers import ServerFailed


def main() -> None:
    """Run the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, few calls; REPORT.md stays as it is")
    parser.add_argument("--only", nargs="+", choices=parts.NAMES, help="measure these; REPORT.md stays as it is")
    parser.add_argument(
        "--continue",
        dest="continued",
        action="store_true",
        help="take what a run that broke off has measured of this commit with the same options",
    )
    arguments = parser.parse_args()
    only = arguments.only or [name for name in parts.NAMES if not (arguments.quick and name in parts.SLOW)]
    errors = Console(stderr=True, highlight=False)
    began = time.monotonic()

    def progress(text: str) -> None:
        errors.print(f"[dim]{time.monotonic() - began:5.0f} s[/]  {text}")

    generator.build()
    plan = parts.Plan(only, arguments.quick, machine.WORK / "data", progress)
    shutil.rmtree(plan.folder, ignore_errors=True)
    try:
        results = _measure(plan, anew=not arguments.continued)
    except (generator.VoidRun, ServerFailed) as failure:
        errors.print(f"bench: {failure}", markup=False)
        raise SystemExit(1) from None
    finally:
        shutil.rmtree(plan.folder, ignore_errors=True)
    report.show(results, Console(width=120))
    remark = _remark(only, quick=arguments.quick)
    path = machine.WORK / "REPORT.md" if remark else machine.ROOT / "bench" / "REPORT.md"
    path.write_text(report.markdown(results, remark=remark), encoding="utf-8")
    if results.peers is not None:
        plots.draw(results.peers, path.parent / "pictures")
    progress(f"wrote {path.relative_to(machine.ROOT)}")


def _remark(only: Collection[str], *, quick: bool) -> str:
    """Return why a run is not the one for REPORT.md; nothing when it is."""
    if quick:
        return "Made by a quick run: one round, few calls. Do not quote it."
    if set(only) != set(parts.NAMES):
        return f"Only a part was measured: {', '.join(only)}."
    return ""


def _measure(plan: parts.Plan, *, anew: bool) -> report.Results:
    surroundings = machine.description()
    kept = Kept(machine.WORK / "parts", f"{surroundings['redeemd']}, quick: {plan.quick}, {sorted(plan.only)}")
    dirty = "dirty" in surroundings["redeemd"]  # then the code may have changed since
    found = {}
    for part in parts.PARTS:
        if set(part.names) & set(plan.only):
            plan.progress(f"measuring {part.result.replace('_', ' ')}")
            found[part.result] = kept.get(part.result, functools.partial(part.measure, plan), anew=anew or dirty)
    surroundings["took"] = f"{kept.seconds / 60:.0f} minutes"
    return report.Results(surroundings, plan.size, plan.growth_size, **found)


if __name__ == "__main__":
    main()
