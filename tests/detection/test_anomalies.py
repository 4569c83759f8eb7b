import numpy as np
import pytest

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.data.normal import anomalous, normal_images
from hourglass.detection.anomalies import DEFECTIVE, SYNTHETIC, defects_on, with_anomalies
from hourglass.detection.defects import DEFECTS

CLASSES = ("good", "spare", "bent")


def images(*labels: int) -> ImageSet:
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 3, 16, 20), np.uint8)
    return ImageSet(pixels, np.array(labels), CLASSES)


def test_images_with_two_anomalies_stay_as_they_are() -> None:
    some = images(0, 0, 2, 2, 1)
    found = with_anomalies(some, [0, 1], seed=1)
    assert found.images is some
    assert (found.defects, found.stand_in, found.classes) == (None, None, CLASSES)
    assert found.anomalous.tolist() == [False, False, True, True, False]
    assert found.map(lambda part: part.labels.astype(float)).tolist() == some.labels.tolist()


@pytest.mark.parametrize("labels", [(0, 0, 1, 0), (0, 1, 0, 2)])
def test_synthetic_defects_stand_in_for_missing_anomalies(labels: tuple[int, ...]) -> None:
    some = images(*labels)
    found = with_anomalies(some, [0, 1], seed=1)
    assert found.defects
    assert found.stand_in == SYNTHETIC
    normal = sum(label != 2 for label in labels)
    assert len(found.defects) == normal * len(DEFECTS)
    assert found.classes[len(CLASSES) :] == ("synthetic patch", "synthetic scratch", "synthetic stain")
    assert found.labels.tolist() == [*labels, *np.repeat([3, 4, 5], normal)]
    assert found.anomalous.tolist() == [*(label == 2 for label in labels), *[True] * len(found.defects)]
    scores = found.map(lambda part: part[:].reshape(len(part), -1).mean(1))
    assert len(scores) == len(found.labels) == len(found.anomalous)
    for number, one in enumerate(defects_on(some, [0, 1], seed=1).values()):
        np.testing.assert_array_equal(found.defects[found.defects.labels == 3 + number], one.images[:])


def test_at_most_so_many_normal_images_get_a_defect() -> None:
    found = with_anomalies(images(*[0] * (DEFECTIVE + 9)), [0], seed=1)
    assert found.defects
    assert len(found.defects) == DEFECTIVE * len(DEFECTS)


def test_several_normal_classes_are_one_to_a_detector() -> None:
    some = images(2, 1, 0, 1, 2)
    found = normal_images(some, [0, 1])
    np.testing.assert_array_equal(found[:], some[np.array([1, 2, 3])])
    assert found.labels.tolist() == [0, 0, 0]
    assert anomalous(some.labels, [0, 1]).tolist() == [True, False, False, False, True]
    assert some.labels.tolist() == [2, 1, 0, 1, 2], "the images that were given keep their classes"


def test_a_split_without_normal_images_is_named() -> None:
    with pytest.raises(HourglassError, match=r"data.normal_class: each split needs 2 images of spare, found 1 in one"):
        normal_images(images(0, 1, 2), [1])
