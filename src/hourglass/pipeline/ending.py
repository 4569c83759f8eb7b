"""The end of a rebuild: what took longest, which criteria passed, what to open, and which criteria failed."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console

from hourglass.core import layout
from hourglass.pipeline import gate
from hourglass.pipeline.acceptance import Row
from hourglass.pipeline.timing import duration

LONGEST = 5


def show(took: Mapping[str, float]) -> None:
    """Print the end of a rebuild. Failed criteria stand last, under a line that shows without colours too.

    Args:
        took: stage -> seconds, of the stages that ran.

    Raises:
        HourglassError: as of `gate.criteria`.
    """
    rows = gate.criteria()
    failed = [row for row in rows if not row.passed]
    console = Console(highlight=False, soft_wrap=True)
    if took:
        slowest = sorted(took, key=lambda stage: -took[stage])[:LONGEST]
        console.print(f"longest: {', '.join(f'{stage} {duration(took[stage])}' for stage in slowest)}", markup=False)
    if len(failed) < len(rows):
        console.print(f"criteria passed: {_names([row for row in rows if row.passed])}", style="green", markup=False)
    console.print(f"open {layout.PAGE} for the report, or run `hourglass ui` to compare runs in MLflow", markup=False)
    if failed:
        console.rule(f"{len(failed)} of {len(rows)} criteria FAILED", style="bold red", characters="=")
        for row in failed:
            console.print(f"FAILED  {row}", style="bold red", markup=False)
        console.print("results are complete; `hourglass check` says whether these fail it", style="red", markup=False)


def _names(rows: Sequence[Row]) -> str:
    """Names of criteria, with the number of variants where it is more than one."""
    counts = Counter(row.name for row in rows)
    return ", ".join(name if count == 1 else f"{name} ({count} variants)" for name, count in counts.items())
