"""A threshold that is set for good reaches what is served: apply, rebuild, publish, promote, predict."""

import csv
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from hourglass.core import layout
from hourglass.detection.files import load_detector
from hourglass.prediction.predict import Request, predict
from hourglass.prediction.threshold import threshold
from hourglass.stages import accept, detect, promote, publish, train_normal
from tests.tracking.conftest import IMAGES
from tests.tracking.state import champion


def rebuild() -> None:
    """What `make` runs after a change of the target; the trainings stay."""
    for variant in ("pca", "vanilla"):
        detect.main(variant)
    accept.main()
    publish.main()


def predicted(folder: Path) -> float:
    """The threshold that `hourglass predict` uses if no model is named."""
    Image.fromarray(IMAGES[0, 0]).save(folder / "image.png")
    assert predict(Request(["image.png"], folder, "champion", csv=Path("scores.csv"))) == 0
    with (folder / "scores.csv").open(newline="") as file:
        return float(next(csv.DictReader(file))["threshold"])


def test_a_threshold_set_for_good_reaches_predict(database: Path, edit: Callable[..., None], tmp_path: Path) -> None:
    edit("params.yaml", "accept", "detectors", "min", to=0.0)
    for name in ("pca", "vanilla"):
        train_normal.main(name)
    rebuild()
    variant = champion().tags["variant"]
    before = predicted(tmp_path)
    assert before == load_detector(layout.detector(variant)).threshold
    assert promote.pending() is None

    threshold(variant, 0.4, apply=True)
    rebuild()
    wanted = load_detector(layout.detector(variant)).threshold
    assert wanted < before
    assert predicted(tmp_path) == before, "publishing serves nothing"
    assert f"`hourglass promote {variant}` serves them" in str(promote.pending())

    assert promote.main(variant, dry_run=False) == 0
    assert predicted(tmp_path) == wanted
    assert promote.pending() is None
    assert champion().tags["hourglass.difference"].startswith("+0.0000")
