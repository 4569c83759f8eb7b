"""Measure how metrics vary over trainings: every variant again, with other seeds and another instruction set.

    python -m benchmarks.spread.repeats

Each repeat is a clone of the last commit in which `hourglass repro` trains, evaluates and detects. The clones share
the files of this checkout's cache and stay, so a repeat that was interrupted goes on, and one that is up to date costs
seconds. The results of this checkout are the first training. benchmarks/results/spread.json has each metric, training
by training, and docs/reproducibility.md the origin of the first.
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
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json, write_json, write_text
from hourglass.core.params import PARAMS, Common
from hourglass.core.stage import attempt
from hourglass.data.settings import DataSettings
from hourglass.reporting import markdown
from hourglass.reporting.documents import filled
from hourglass.spread import Trained

CLONES = Path("benchmarks/spread/repeats")
PIPELINE = "benchmarks/spread/dvc.yaml"


@dataclass(frozen=True)
class Repeat:
    """One more training of every variant. environment: what limits numerical libraries to other instructions."""

    seed: int
    environment: Mapping[str, str] = field(default_factory=dict)


# The third differs by seed and by the instructions of ATen and oneDNN; MKL and OpenBLAS keep to their fastest. So the
# spread has both, and does not tell one from the other.
REPEATS = (Repeat(2), Repeat(3, {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "AVX"}))


# What the clones take of the last commit, and this checkout's results were made with.
CODE = ("params.yaml", "dvc.yaml", "src", "benchmarks/spread")
DOCUMENT = Path("docs/reproducibility.md")


class Params(Common, Trained):
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
        _share_cache(folder)
    yaml = YAML()
    settings = yaml.load(folder / PARAMS)
    settings["seed"] = repeat.seed
    yaml.dump(settings, folder / PARAMS)
    return folder


def _share_cache(folder: Path) -> None:
    """Give a clone this checkout's cached files, but no record of runs: DVC's does not know the environment.

    Networks of limited instructions would otherwise be restored for whoever sets that seed.
    """
    here = subprocess.run(["dvc", "cache", "dir"], check=True, capture_output=True, text=True).stdout.strip()
    cache, files = folder / ".dvc/cache", Path(here).resolve() / "files"
    for place in (cache, files):
        place.mkdir(parents=True, exist_ok=True)
    (cache / "files").symlink_to(files)


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


def origin_table(origin: Mapping[str, Any] | None) -> str:
    """Where the first training ran, as Markdown; a line that says so if it is not known."""
    if origin is None:
        return "Where the committed results come from was not noted.\n"
    libraries = {"python": origin["python"], **origin["libraries"]}
    rows = {
        "processor": origin["processor"],
        "vector instructions": " ".join(origin["vector_instructions"]),
        "`instruction_set`": origin["instruction_set"],
        "threads of a stage": str(origin["threads"]),
        "libraries": ", ".join(f"{name} {number}" for name, number in libraries.items()),
    }
    return markdown.write(["the committed results", ""], [markdown.LEFT, markdown.LEFT], rows.items())


def _require_committed() -> None:
    """Raise HourglassError if code or settings differ from the last commit, which the repeats are trained with."""
    changes = subprocess.run(
        ["git", "status", "--porcelain", "--", *CODE], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    if changes:
        raise HourglassError(
            f"{changes[0][3:]} differs from the last commit, which is what repeats run; commit it first"
        )


def main() -> None:
    """Train the repeats one after another, then write one file, and the origin of the first into a document.

    Raises:
        HourglassError: a stage failed, or code or settings are not committed.
    """
    _require_committed()
    settings = params.read(Params)
    found = [{"metrics": metrics.collect(), "origin": metrics.origin()}, *map(train, REPEATS)]
    content = {
        "commit": commit(Path.cwd()),
        "dataset": settings.data.name,
        "normal": settings.data.normal,
        "seeds": [settings.seed, *(repeat.seed for repeat in REPEATS)],
        "origins": [training["origin"] for training in found],
        "settings": settings.digests(),
        "metrics": joined([training["metrics"] for training in found]),
    }
    write_json(layout.SPREAD, content)
    text = read_bytes(DOCUMENT).decode()
    write_text(DOCUMENT, filled(DOCUMENT, text, "origin", origin_table(found[0]["origin"])))


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    sys.exit(attempt(main))
