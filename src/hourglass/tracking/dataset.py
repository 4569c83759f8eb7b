"""The images that results were made from, as MLflow's dataset inputs."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from mlflow.entities import Dataset as Entity
from mlflow.entities import DatasetInput, InputTag
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.data.imageset import ImageSet

# Role in MLflow -> name of the split.
SPLITS = {"training": "train", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Dataset:
    """One split of the images, for MLflow's records.

    role: `training`, `validation` or `test`. name: of the dataset. digest: as `digest` gives it. counts: class name ->
    images. example: two images (2, C, H, W) uint8, the models' input example.
    """

    role: str
    name: str
    digest: str
    counts: Mapping[str, int]
    example: NDArray[np.uint8]

    @classmethod
    def of(cls, role: str, name: str, images: ImageSet) -> "Dataset":
        """What is recorded of `images`."""
        counts = np.bincount(images.labels, minlength=len(images.classes)).tolist()
        return cls(role, name, digest(images), dict(zip(images.classes, counts, strict=True)), images[slice(2)])

    def named(self, numbers: Collection[int]) -> str:
        """Names of the classes of these numbers as one text: `good`, `good and spare`."""
        return " and ".join(list(self.counts)[number] for number in numbers)

    @property
    def short_digest(self) -> str:
        """The digest as MLflow has it, whose limit is 36 characters."""
        return self.digest[:32]

    def recorded(self) -> DatasetInput:
        """The split as MLflow logs it."""
        shape = " x ".join(map(str, self.example.shape[1:]))
        fields = [{"name": "image", "type": f"uint8 {shape}"}, {"name": "class", "type": "long"}]
        entity = Entity(
            self.name,
            self.short_digest,
            source_type="code",
            source=json.dumps(
                {"tags": {"mlflow.source.name": f"dvc repro prepare: {layout.split(SPLITS[self.role])}"}}
            ),
            schema=json.dumps({"mlflow_colspec": fields}),
            profile=json.dumps({"images": sum(self.counts.values()), "classes": self.counts}),
        )
        return DatasetInput(entity, [InputTag("mlflow.data.context", self.role)])


def digest(images: ImageSet) -> str:
    """SHA-256 of all labels and pixels, in hexadecimal."""
    sha256 = hashlib.sha256(images.labels.tobytes())
    for rows in images.slices():
        sha256.update(images[rows].tobytes())
    return sha256.hexdigest()


def read(name: str) -> list[Dataset]:
    """The prepared splits of the dataset called `name`: training, validation, test.

    Raises:
        HourglassError: a split is missing or damaged.
    """
    return [Dataset.of(role, name, ImageSet.open(layout.split(split))) for role, split in SPLITS.items()]
