"""Which stages are stale, why, and how long they took last time."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from hourglass.pipeline import dvc, graph
from hourglass.pipeline.timing import last_seconds

IN_CLONES = ("README.md", ".gitignore")


def stale() -> list[str]:
    """Return a line for each stale stage of dvc.yaml, and a last one on the time that a rebuild takes; or nothing.

    A stage is stale if its code, parameters, data or committed results differ from dvc.lock. What is merely absent
    does not count: a fresh clone has no data and no models. (`dvc repro --dry --allow-missing` would exit 0 with a
    stale stage, and fail if a stale stage lacks its data.)
    """
    behind = {}
    for stage, changes in json.loads(dvc.ask("status", "--json", "dvc.yaml")).items():
        if paths := sorted({path for change in changes for path in _differing(change)}):
            behind[stage] = paths
    if not behind:
        return []
    lines = [f"stale: {stage} is behind {', '.join(paths)}; {_took([stage])}" for stage, paths in behind.items()]
    rerun = graph.affected(graph.read("dvc.yaml"), behind)
    return [*lines, f"`hourglass repro` reruns these and what depends on them, {len(rerun)} stages; {_took(rerun)}"]


def _differing(change: Any) -> list[str]:
    """Paths and parameters that DVC reports as modified or new; a changed command has no path."""
    if not isinstance(change, dict):
        return [str(change)]
    found = []
    for path, state in (item for part in change.values() for item in part.items()):
        states = state if isinstance(state, dict) else {path: state}
        found += [name for name, word in states.items() if word in ("modified", "new") and not _is_bare(Path(name))]
    return found


def _is_bare(path: Path) -> bool:
    """Whether `path` is a folder without results, with no more in it than a fresh clone has."""
    return path.is_dir() and all(file.name in IN_CLONES for file in path.rglob("*") if file.is_file())


def _took(stages: Collection[str]) -> str:
    """How long `stages` took when they last ran here, one after another."""
    known = [seconds for seconds in map(last_seconds, stages) if seconds is not None]
    if not known:
        return "time unknown, never run here"
    total = f"{sum(known):.0f} s" if sum(known) < 100 else f"{sum(known) / 60:.0f} min"
    unknown = len(stages) - len(known)
    return f"last time {total}" + (f", and {unknown} of unknown time" if unknown else "")
