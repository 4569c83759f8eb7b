"""A detector of coloured parts, trained for a moment on image files that were read as the pipeline reads them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from hourglass.data.collect import TABLE, collect
from hourglass.data.imageset import ImageSet
from hourglass.data.settings import DataSettings, ImageSettings
from hourglass.data.splits import prepare
from hourglass.detection.build import build
from hourglass.detection.detector import Detector, NormalImages
from hourglass.detection.files import save_detector
from hourglass.detection.settings import DetectorPlan
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings

SHAPE = (3, 16, 24)
CLASSES = ["good", "scratched"]


@dataclass(frozen=True)
class Parts:
    """A folder of image files, what the pipeline makes of them, and a detector of the good ones.

    names: of the test images' files, from `folder` on, in the order of `test`.
    """

    folder: Path
    names: list[str]
    test: ImageSet
    detector: Detector
    file: Path


def draw(seed: int, *, scratched: bool) -> Image.Image:
    """A disc of one size on a coloured ground, in a picture of some size."""
    random = np.random.default_rng(seed)
    width, height = random.integers(30, 90, 2).tolist()
    picture = Image.fromarray(random.integers(90, 140, (height, width, 3), np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((width * 0.2, height * 0.2, width * 0.8, height * 0.8), fill=(200, 60, 40))
    if scratched:
        pen.line((0, 0, width, height), fill=(255, 255, 255), width=4)
    return picture


def fill(folder: Path, count: int, seed: int, *, scratched: bool = False) -> None:
    """Write pictures in several formats and modes."""
    folder.mkdir(parents=True)
    for number in range(count):
        picture = draw(seed + number, scratched=scratched)
        if number % 3 == 1:
            picture.putalpha(Image.linear_gradient("L").resize(picture.size))
        picture.save(folder / f"{number:03}.{('jpg', 'png', 'bmp')[number % 3]}")


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    root = tmp_path_factory.mktemp("parts")
    fill(root / "photos" / "good", 90, seed=0)
    fill(root / "photos" / "scratched", 30, seed=500, scratched=True)
    images = ImageSettings(height=16, width=24, channels=3, fit="stretch", classes=CLASSES, digest="x")
    settings = DataSettings(name="parts", folder=str(root / "photos"), images=images)
    collect(settings, root / "raw")
    prepare("parts", root / "raw", root / "prepared")
    train, validation, test = (ImageSet.open(root / "prepared" / name) for name in ("train", "validation", "test"))
    normal = NormalImages(train.of_class(0), validation.of_class(0), 0, "parts", image_fit="stretch")
    recipe = Recipe("variants.parts", "undercomplete", {"latent_dim": 4, "hidden": [32]}, TrainSettings(epochs=3))
    plan = DetectorPlan(candidates=["pixel", "knn"], scorers=["pixel", "knn"], false_positive_rate=0.1)
    detector = build(plan, [recipe], 0, normal)
    file = root / "detector.safetensors"
    save_detector(detector, file)
    with (root / "raw" / TABLE).open(newline="") as table:
        rows = [(row["digest"], row["split"], row["class"], row["path"]) for row in csv.DictReader(table)]
    names = [path for _, split, _, path in sorted(rows) if split == "test"]
    return Parts(root / "photos", names, test, detector, file)
