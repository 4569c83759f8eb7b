"""The gate: exit 1, with a line each, for failed criteria, stale results, and figures that fell against main."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from hourglass.core import params
from hourglass.core.files import read_json
from hourglass.evaluation.acceptance import Criterion, figure
from hourglass.pipeline import dvc


def main(against: str) -> int:
    """Print what is wrong and return 1, or say that all is well and return 0.

    Args:
        against: the git revision whose figures these must not fall below.
    """
    result = read_json(Path("reports/acceptance.json"))
    problems = [*failed(result), *stale(), *fallen(against)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(
            f"all {len(result['criteria'])} criteria passed; results are up to date; no figure fell against {against}"
        )
    return 1 if problems else 0


def failed(result: dict[str, Any]) -> list[str]:
    """A line for each criterion in reports/acceptance.json that does not hold."""
    return [
        f"criterion failed: {row['name']}: {row['variant']} {row['metric']} is {row['value']:.4f}, "
        f"must be {'at least' if row['bound'] == 'min' else 'at most'} {row['threshold']:g}"
        for row in result["criteria"]
        if not row["passed"]
    ]


def stale() -> list[str]:
    """A line for each stage whose code, parameters or data changed since it ran.

    DVC's dry run exits 0 even when stages would run, so its output is read. Missing data are allowed: the gate
    also runs on a fresh clone, where dvc.lock alone tells.
    """
    plan = dvc.ask("repro", "--dry", "--allow-missing")
    return [f"stale: {name} would run again; run `dvc repro`" for name in re.findall(r"Running stage '(.+)'", plan)]


def fallen(against: str) -> list[str]:
    """A line for each criterion whose figure is worse than at revision `against` by more than its tolerance."""
    base = next((name for name in (f"origin/{against}", against) if _exists(name)), None)
    if base is None:
        print(f"no revision {against!r} to compare with; figures were not compared", file=sys.stderr)
        return []
    lines = []
    for name, values in params.read()["accept"].items():
        criterion = params.check(f"accept.{name}", values, Criterion)
        path = Path(f"reports/metrics/{criterion.kind}/{criterion.variant}.json")
        before = _git("show", f"{base}:./{path}")
        if before is None:
            continue  # a new variant has no past
        try:
            old = figure({criterion.kind: json.loads(before)}, criterion.metric)
        except KeyError:
            continue  # a new metric has no past either
        new = figure({criterion.kind: read_json(path)}, criterion.metric)
        if criterion.fall(old, new) > criterion.tolerance:
            lines.append(
                f"fell against {base}: {criterion.variant} {criterion.metric} went from {old:.4f} to {new:.4f}, "
                f"tolerance {criterion.tolerance:g}"
            )
    return lines


def _exists(revision: str) -> bool:
    return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is not None


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
