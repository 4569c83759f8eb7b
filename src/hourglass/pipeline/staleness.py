"""Which stages are stale, why, and how long they took last time."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from hourglass.core.errors import HourglassError
from hourglass.core.params import PARAMS
from hourglass.pipeline import dvc, graph
from hourglass.pipeline.timing import duration, last_seconds

IN_CLONES = ("README.md", ".gitignore")
NEVER_RAN = "never ran"
# DVC's words for what is not there, and ours.
ABSENT = {"deleted": "missing", "not in cache": "not in DVC's cache"}
PUBLISH = "publish"


def stale() -> list[str]:
    """Return a line for each stale stage of dvc.yaml, and a last one on the time that a rebuild takes; or nothing."""
    inputs_of = behind()
    if not inputs_of:
        return []
    lines = [f"stale: {_describe(stage, inputs)}; {_took([stage])}" for stage, inputs in inputs_of.items()]
    rerun = graph.affected(graph.read("dvc.yaml"), inputs_of)
    return [*lines, f"`hourglass repro` reruns these and what depends on them, {len(rerun)} stages; {_took(rerun)}"]


def require_current() -> None:
    """Return if the results belong to the present parameters, code and data.

    Raises:
        HourglassError: they do not; names the first stale stage. `publish` is none: it has no results.
    """
    inputs_of = {stage: inputs for stage, inputs in behind().items() if stage != PUBLISH}
    if inputs_of:
        first, others = next(iter(inputs_of)), len(inputs_of) - 1
        more = f", and {others} more stages are stale" if others else ""
        raise HourglassError(
            "the results are not those of the present parameters and code: "
            f"{_describe(first, inputs_of[first])}{more}; run `hourglass repro` first"
        )


def behind() -> dict[str, list[str]]:
    """Stale stage of dvc.yaml -> its code, parameters, data and committed results that differ from dvc.lock.

    What is merely absent does not count: a fresh clone has no data and no models. (`dvc repro --dry --allow-missing`
    would exit 0 with a stale stage, and fail if a stale stage lacks its data.)
    """
    differing_of = {}
    for stage, inputs in _status("dvc.yaml").items():
        if NEVER_RAN in inputs:
            differing_of[stage] = [NEVER_RAN]
        elif differing := [name for name, word in inputs.items() if word not in ABSENT and not _is_bare(Path(name))]:
            differing_of[stage] = sorted(differing)
    return differing_of


def differences(pipeline: str) -> dict[str, list[str]]:
    """Stage of `pipeline`, or of dvc.yaml -> what differs from dvc.lock, as phrases, with what is absent."""
    phrases_of = {}
    for stage, inputs in _status(*sorted({"dvc.yaml", pipeline})).items():
        phrases = [f"{name} is {ABSENT[word]}" if word in ABSENT else name for name, word in sorted(inputs.items())]
        phrases_of[stage] = [NEVER_RAN] if NEVER_RAN in inputs else phrases
    return phrases_of


def _status(*pipelines: str) -> dict[str, dict[str, str]]:
    """Stage -> path, parameter or `command` that changed -> DVC's word for how."""
    status = json.loads(dvc.ask("status", "--json", *pipelines))
    return {stage: dict(pair for change in changes for pair in _pairs(change)) for stage, changes in status.items()}


def _pairs(change: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(change, dict):
        yield str(change).removeprefix("changed "), "modified"
        return
    for path, state in (item for part in change.values() for item in part.items()):
        if isinstance(state, dict):
            yield from state.items()
        elif path == str(PARAMS) and state == "new":
            yield NEVER_RAN, state  # dvc.lock has no parameters of this stage
        else:
            yield path, state


def _is_bare(path: Path) -> bool:
    """Whether `path` is a folder without results, with no more in it than a fresh clone has."""
    return path.is_dir() and all(file.name in IN_CLONES for file in path.rglob("*") if file.is_file())


def _describe(stage: str, inputs: Collection[str]) -> str:
    return f"{stage} {NEVER_RAN}" if NEVER_RAN in inputs else f"{stage} is behind {', '.join(inputs)}"


def _took(stages: Collection[str]) -> str:
    """How long `stages` took when they last ran here, one after another."""
    known = [seconds for seconds in map(last_seconds, stages) if seconds is not None]
    if not known:
        return "time unknown, never run here"
    unknown = len(stages) - len(known)
    return f"last time {duration(sum(known))}" + (f", and {unknown} of unknown time" if unknown else "")
