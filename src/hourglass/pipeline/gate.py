"""The gate: exit 1, with a line each, for failed criteria, stale stages, and metrics that are worse than on main."""

import json
import subprocess
import sys

from hourglass.core import layout, params
from hourglass.core.errors import SettingsError
from hourglass.core.files import read_json
from hourglass.pipeline import acceptance
from hourglass.pipeline.acceptance import Row
from hourglass.pipeline.schema import Params
from hourglass.pipeline.staleness import stale

MAIN = "main"


def main(against: str | None) -> int:
    """Print what is wrong and return 1, or say that all is well and return 0.

    Args:
        against: the git revision to compare metrics with; None: the main branch, if there is one.

    Raises:
        SettingsError: the named revision is not in this repository, or params.yaml is wrong.
    """
    base = _base(against)
    rows = [Row(**row) for row in read_json(layout.ACCEPTANCE)["criteria"]]
    problems = [f"criterion failed: {row}" for row in rows if not row.passed]
    problems += stale()
    problems += worse(base) if base else []
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        compared = f"no metric is worse than on {base}" if base else "metrics were not compared: no revision to compare"
        print(f"all {len(rows)} criteria passed; results are up to date; {compared}")
    return 1 if problems else 0


def worse(base: str) -> list[str]:
    """Return a line for each criterion's metric that is worse than at revision `base` by more than its tolerance."""
    settings = params.read(Params)
    lines = []
    for _, variant, criterion in acceptance.expand(settings.accept, settings.variants):
        path = layout.metrics(criterion.kind, variant)
        try:
            old = criterion.value(json.loads(_git("show", f"{base}:./{path}") or "{}"))
        except KeyError:
            continue  # a new variant or metric has no past
        new = criterion.value(read_json(path))
        if criterion.loss(old, new) > criterion.tolerance:
            lines.append(
                f"worse than {base}: {variant} {criterion.metric} went from {old:.4f} to {new:.4f}, "
                f"tolerance {criterion.tolerance:g}"
            )
    return lines


def _base(against: str | None) -> str | None:
    """The revision to compare with, or None if there is none.

    On the main branch itself that is the commit before, unless there are new metrics which are not committed yet.
    """
    names = (f"origin/{against or MAIN}", against or MAIN)
    found = next((name for name in names if _commit(name)), None)
    if against and not found:
        raise SettingsError(f"--against: no revision {against!r} here; fetch it, or name another")
    committed = _git("diff", "--quiet", "HEAD", "--", str(layout.METRICS)) is not None
    if found and _commit(found) == _commit("HEAD") and committed:
        return f"{found}~1" if _commit(f"{found}~1") else None
    return found


def _commit(revision: str) -> str | None:
    return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def _git(*arguments: str) -> str | None:
    """What `git ARGUMENTS` prints, or None if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
