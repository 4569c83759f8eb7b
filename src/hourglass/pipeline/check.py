"""The gate: exit 1, with a line each, for failed criteria, stale results, and figures that fell against main."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.files import read_json
from hourglass.evaluation import acceptance
from hourglass.evaluation.acceptance import figure
from hourglass.pipeline import dvc

MAIN = "main"


def main(against: str | None) -> int:
    """Print what is wrong and return 1, or say that all is well and return 0.

    Args:
        against: the git revision whose figures these must not fall below; the main branch, if there is one, where none
            is named.

    Raises:
        SettingsError: the named revision is not in this repository.
    """
    result = read_json(Path("reports/acceptance.json"))
    base = _base(against)
    problems = [*failed(result), *stale(), *(fallen(base) if base else [])]
    for problem in problems:
        print(problem, file=sys.stderr)
    compared = f"nothing fell against {base}" if base else "figures were not compared: nothing here to compare with"
    if not problems:
        print(f"all {len(result['criteria'])} criteria passed; results are up to date; {compared}")
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
    """A line for each stage whose code, parameters, data or committed results differ from dvc.lock.

    What is merely absent does not count: the gate also runs on a fresh clone, which has no data and no models.
    (`dvc repro --dry --allow-missing` would exit 0 with a stale stage, and fail where a stale stage lacks its data.)
    """
    lines = []
    for stage, changes in json.loads(dvc.ask("status", "--json", "dvc.yaml")).items():
        paths = sorted({path for change in changes for path in _differing(change)})
        if paths:
            lines.append(f"stale: {stage} is behind {', '.join(paths)}; run `dvc repro`")
    return lines


def _differing(change: Any) -> list[str]:
    """Paths and parameters that DVC reports as modified or new; a changed command has no path."""
    if not isinstance(change, dict):
        return [str(change)]
    found = []
    for path, state in (item for part in change.values() for item in part.items()):
        states = state if isinstance(state, dict) else {path: state}
        found += [name for name, word in states.items() if word in ("modified", "new")]
    return found


def fallen(base: str) -> list[str]:
    """A line for each criterion whose figure is worse than at revision `base` by more than its tolerance."""
    lines = []
    for _, criterion in acceptance.read(params.read()["accept"]):
        path = Path(f"reports/metrics/{criterion.kind}/{criterion.variant}.json")
        before = _git("show", f"{base}:./{path}")
        if before is None:
            continue  # a new variant has no past
        try:
            old = figure({criterion.kind: json.loads(before)}, criterion.metric)
        except (KeyError, TypeError):
            continue  # a new metric has no past either
        new = figure({criterion.kind: read_json(path)}, criterion.metric)
        if criterion.fall(old, new) > criterion.tolerance:
            lines.append(
                f"fell against {base}: {criterion.variant} {criterion.metric} went from {old:.4f} to {new:.4f}, "
                f"tolerance {criterion.tolerance:g}"
            )
    return lines


def _base(against: str | None) -> str | None:
    """The revision to compare with, or None where there is none.

    On the main branch itself that is the commit before, unless there are new figures which are not committed yet.
    """
    names = (f"origin/{against or MAIN}", against or MAIN)
    found = next((name for name in names if _commit(name)), None)
    if against and not found:
        raise SettingsError(f"--against: no revision {against!r} here; fetch it, or name another")
    committed = _git("diff", "--quiet", "HEAD", "--", "reports/metrics") is not None
    if found and _commit(found) == _commit("HEAD") and committed:
        return f"{found}~1" if _commit(f"{found}~1") else None
    return found


def _commit(revision: str) -> str | None:
    return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def _git(*arguments: str) -> str | None:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
