"""Measure what running two stages at a time gains, and check that it changes no result.

    python -m benchmarks.speed.jobs

Two temporary clones of the last commit have a sample of the variants, since all would take more than an hour. One is
rebuilt two stages at a time, the other one by one, and both must end with the same results. A stage's own work is the
time that it noted while it had the machine to itself.
"""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.speed.rebuild import JOBS, commit, compute_seconds, fresh_clone, time_rebuild
from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.params import Common
from hourglass.core.stage import attempt
from hourglass.pipeline.acceptance import ALL

OUT = Path("benchmarks/results/speed/jobs.json")

# One in so many variants of params.yaml is in the sample.
SAMPLED = 4


def sample(settings: dict[str, Any]) -> None:
    """Reduce the content of params.yaml to a sample of the variants, one sweep and one experiment."""
    settings["variants"] = dict(list(settings["variants"].items())[::SAMPLED])
    names, detect = list(settings["variants"]), settings["detect"]
    detect["variants"] = {name: own for name, own in detect.get("variants", {}).items() if name in names}
    settings["accept"] = sample_criteria(settings["accept"], names)
    settings["sweep"]["variants"] = dict(list(settings["sweep"]["variants"].items())[:1])
    settings["experiments"] = dict(list(settings["experiments"].items())[:1])


def sample_criteria(criteria: Mapping[str, Mapping[str, Any]], names: Collection[str]) -> dict[str, dict[str, Any]]:
    """The criteria of the variants `names`, each with a list of those that it is for."""
    found = {}
    for name, criterion in criteria.items():
        stated = criterion["variant"]
        named = names if stated == ALL else [stated] if isinstance(stated, str) else stated
        kept = [variant for variant in named if variant in names and variant not in criterion.get("except", [])]
        if kept:
            found[name] = {key: value for key, value in criterion.items() if key != "except"} | {"variant": kept}
    return found


def results(folder: Path) -> Any:
    """What every stage made, with checksums, as DVC noted it; the order in which stages ended does not count."""
    return YAML(typ="safe").load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def main() -> None:
    """Write one file of seconds.

    Raises:
        HourglassError: the two rebuilds differ.
    """
    with fresh_clone(sample) as folder:
        serial = time_rebuild(folder, 1)
        alone, expected = compute_seconds(folder), results(folder)
    with fresh_clone(sample) as folder:
        parallel = time_rebuild(folder, JOBS)
        if results(folder) != expected:
            raise HourglassError(f"a rebuild {JOBS} stages at a time ended with other results than one by one")
        found = {"serial_seconds": serial, "parallel_seconds": parallel, "compute_seconds": alone}
        write_json(OUT, {"commit": commit(folder), "cores": JOBS * params.read(Common).threads, **found})


if __name__ == "__main__":
    sys.exit(attempt(main))
