import json
from pathlib import Path

import numpy as np
import pytest

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.tracking import dataset

PIXELS = np.random.default_rng(0).integers(0, 256, (8, 1, 4, 5), dtype=np.uint8)
LABELS = np.array([0, 0, 0, 1, 1, 1, 1, 1])


def test_the_digest_covers_pixels_and_labels() -> None:
    found = dataset.digest(ImageSet(PIXELS, LABELS))
    assert found == dataset.digest(ImageSet(PIXELS.copy(), LABELS.copy()))
    assert found != dataset.digest(ImageSet(255 - PIXELS, LABELS))
    assert found != dataset.digest(ImageSet(PIXELS, 1 - LABELS))


def test_a_record_names_classes_and_shape() -> None:
    record = dataset.Dataset.of("test", "digits", ImageSet(PIXELS, LABELS, ["no", "yes"])).recorded()
    assert (record.dataset.name, record.tags[0].value) == ("digits", "test")
    assert json.loads(str(record.dataset.profile)) == {"images": 8, "classes": {"no": 3, "yes": 5}}
    assert "1 x 4 x 5" in str(record.dataset.schema)
    assert len(record.dataset.digest) <= 36


def test_a_missing_split_is_named(repository: Path) -> None:
    (repository / "data" / "prepared" / "test" / "labels.npy").unlink()
    with pytest.raises(HourglassError, match="data/prepared/test"):
        dataset.read("digits")
