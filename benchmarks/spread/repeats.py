"""Measure how metrics vary over trainings: every variant again, with other seeds and another instruction set.

    python -m benchmarks.spread.repeats

Each repeat is a clone of the last commit in which `hourglass repro` trains, evaluates and detects. The clones share
this checkout's cache and stay, so a repeat that was interrupted goes on, and one that is up to date costs seconds. The
results of this checkout are the first training. benchmarks/results/spread.json has each metric, training by training.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.speed.rebuild import commit, time_command
from benchmarks.spread import metrics
from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.core.params import PARAMS, Common
from hourglass.core.stage import attempt
from hourglass.data.settings import DataSettings

CLONES = Path("benchmarks/spread/repeats")
PIPELINE = "benchmarks/spread/dvc.yaml"


@dataclass(frozen=True)
class Repeat:
    """One more training of every variant. environment: what limits numerical libraries to other instructions."""

    seed: int
    environment: Mapping[str, str] = field(default_factory=dict)


# A processor without AVX2 would compute as in the third training; the last bits differ from those with AVX2 or more.
REPEATS = (Repeat(2), Repeat(3, {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "AVX"}))


class Params(Common):
    """What the results of a training belong to."""

    data: DataSettings


def clone(repeat: Repeat) -> Path:
    """A clone with the code of the last commit, the repeat's seed, and what it trained before; shares the cache."""
    folder, here = CLONES / str(repeat.seed), Path.cwd()
    if folder.is_dir():
        _git(folder, "fetch", "--quiet", "origin", "HEAD")
        _git(folder, "reset", "--quiet", "FETCH_HEAD")
        # Results and their record stay those of this repeat.
        _git(folder, "checkout", "--quiet", "--", ".", ":!reports", ":!dvc.lock")
        _git(folder, "clean", "--quiet", "--force", "-d", "src", "benchmarks/spread")
    else:
        _git(here, "clone", "--quiet", str(here), str(folder))
        shutil.rmtree(folder / layout.METRICS)
        (folder / ".venv").symlink_to(here / ".venv")
        cache = subprocess.run(["dvc", "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["dvc", "config", "--local", "cache.dir", str(here / cache)], cwd=folder, check=True)
    yaml = YAML()
    settings = yaml.load(folder / PARAMS)
    settings["seed"] = repeat.seed
    yaml.dump(settings, folder / PARAMS)
    return folder


def train(repeat: Repeat) -> dict[str, Any]:
    """Bring a repeat up to date; return its metrics and origin.

    Raises:
        HourglassError: a stage failed.
    """
    folder = clone(repeat)
    time_command(folder, "hourglass", "repro", PIPELINE, environment=repeat.environment)
    found: dict[str, Any] = read_json(folder / metrics.OUT)
    return found


def joined(trainings: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, list[float]]]:
    """Variant -> path of a metric -> its value in each training; metrics that one of them lacks are left out."""
    first, *others = trainings
    return {
        variant: {
            path: [value, *(other[variant][path] for other in others)]
            for path, value in values.items()
            if all(path in other.get(variant, {}) for other in others)
        }
        for variant, values in first.items()
    }


def main() -> None:
    """Train the repeats one after another, then write one file."""
    settings = params.read(Params)
    found = [{"metrics": metrics.collect(), "origin": metrics.origin()}, *map(train, REPEATS)]
    content = {
        "commit": commit(Path.cwd()),
        "dataset": settings.data.name,
        "normal": settings.data.normal,
        "seeds": [settings.seed, *(repeat.seed for repeat in REPEATS)],
        "origins": [training["origin"] for training in found],
        "metrics": joined([training["metrics"] for training in found]),
    }
    write_json(layout.SPREAD, content)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(attempt(main))
