"""What it gains to run two stages at a time, and that it changes no result.

Two temporary clones of the last commit have a sample of the variants: one is rebuilt two stages at a time, the other
one by one (which would take more than an hour with all variants), and both have to end with the same results. A
stage's own work is what it noted of its time while it had the machine to itself.
"""

import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.speed.rebuild import JOBS, commit, compute, fresh_clone, rebuilt
from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.stage import attempt

OUT = Path("benchmarks/results/speed/jobs.json")

# Every so manyth variant of params.yaml is in the sample.
SAMPLED = 4


def sampled(settings: dict[str, Any]) -> None:
    """Leave a sample of the variants in the content of params.yaml, what is said of each of them, and one sweep."""
    settings["variants"] = dict(list(settings["variants"].items())[::SAMPLED])
    names, detect = list(settings["variants"]), settings["detect"]
    for key in ("own", "members"):
        detect[key] = {name: own for name, own in detect[key].items() if name in names}
    detect["halves"] = [name for name in detect["halves"] if name in names]
    settings["accept"] = {name: one for name, one in settings["accept"].items() if one["variant"] in names}
    settings["sweep"]["variants"] = dict(list(settings["sweep"]["variants"].items())[:1])


def results(folder: Path) -> Any:
    """What every stage made, with checksums, as DVC noted it; in no order, for stages end in none."""
    return YAML(typ="safe").load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]


def main() -> None:
    """Write one file of seconds.

    Raises:
        HourglassError: the two rebuilds differ.
    """
    with fresh_clone(sampled) as folder:
        serial = rebuilt(folder, 1)
        alone, expected = compute(folder), results(folder)
    with fresh_clone(sampled) as folder:
        parallel = rebuilt(folder, JOBS)
        if results(folder) != expected:
            raise HourglassError(f"a rebuild {JOBS} stages at a time ended with other results than one by one")
        found = {"serial_seconds": serial, "parallel_seconds": parallel, "compute_seconds": alone}
        write_json(OUT, {"commit": commit(folder), "cores": JOBS * params.common().threads, **found})


if __name__ == "__main__":
    sys.exit(attempt(main))
