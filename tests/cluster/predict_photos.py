"""A repository with a detector of digits and image files to score."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from hourglass.data.imageset import ImageSet
from hourglass.detection.build import build
from hourglass.detection.detector import NormalImages
from hourglass.detection.files import save_detector
from hourglass.detection.settings import DetectorPlan
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings

PARAMS = "seed: 1\nthreads: 1\ndata: {name: digits}\n"
MODEL = "detector.safetensors"


@dataclass(frozen=True)
class Photos:
    """The repository. names: files in `photos`, in the order of a listing; the one called `broken` is no image."""

    root: Path
    names: list[str]
    broken: str


def make(root: Path, digits: ImageSet, count: int) -> Photos:
    """Train a network on zeros for a moment; write `count` digits as PNG files, and one file that is none."""
    (root / ".dvc").mkdir(parents=True)
    (root / "params.yaml").write_text(PARAMS)
    zeros = digits.of_class(0)
    images = NormalImages(zeros.first(100), zeros.subset(slice(100, None)), 0, "digits")
    recipe = Recipe("variants.small", "undercomplete", {"latent_dim": 4, "hidden": [32]}, TrainSettings(epochs=1))
    plan = DetectorPlan(candidates=["pixel", "knn"], scorers=["pixel", "knn"], false_positive_rate=0.1)
    save_detector(build(plan, [recipe], 0, images), root / MODEL)
    names = [f"photos/{number:04}.png" for number in range(count)]
    (root / "photos").mkdir()
    for name, pixels in zip(names, digits.first(count)[:], strict=True):
        Image.fromarray(pixels[0]).save(root / name)
    broken = "photos/0001a.png"
    (root / broken).write_bytes(b"no image")
    return Photos(root, sorted([*names, broken]), broken)
