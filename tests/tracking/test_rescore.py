from pathlib import Path

import numpy as np
import pytest

from hourglass.core import layout
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector
from hourglass.stages import publish
from hourglass.tracking import rescore
from hourglass.tracking.address import address
from tests.tracking.state import MODEL

IMAGES = layout.split("validation") / "images.npy"


def test_a_version_scores_as_the_detector_it_was_made_from(database: Path) -> None:
    publish.main()
    found = rescore.scores(f"models:/{MODEL}@vanilla", IMAGES, address())
    expected = load_detector(layout.detector("vanilla")).score(ImageSet.open(layout.split("validation")))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_version_that_is_not_there_is_an_error(database: Path) -> None:
    with pytest.raises(RuntimeError, match=MODEL):
        rescore.scores(f"models:/{MODEL}@nobody", IMAGES, address())
