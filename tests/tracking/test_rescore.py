from pathlib import Path

import numpy as np
import pytest
from mlflow.exceptions import MlflowException

from hourglass.core import layout
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector
from hourglass.tracking import rescore
from hourglass.tracking.address import address
from hourglass.tracking.store import connect
from tests.tracking.state import EXPERIMENT, MODEL

IMAGES = layout.split("validation") / "images.npy"


def test_a_version_scores_as_the_detector_it_was_made_from(published: Path) -> None:
    found = rescore.scores(f"models:/{MODEL}@vanilla", IMAGES, address())
    expected = load_detector(layout.detector("vanilla")).score(ImageSet.open(layout.split("validation")))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_what_the_program_says_last_is_the_error(database: Path) -> None:
    with pytest.raises(RuntimeError, match=r"nowhere\.npy"):
        rescore.scores(f"models:/{MODEL}@vanilla", Path("nowhere.npy"), address())


def test_a_version_that_is_not_there_is_an_error(database: Path, tmp_path: Path) -> None:
    connect(EXPERIMENT)
    with pytest.raises(MlflowException, match=MODEL):
        rescore.main(f"models:/{MODEL}@nobody", str(IMAGES), str(tmp_path / "scores.npy"))
