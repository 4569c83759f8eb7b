from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.data.settings import CLASSES, DataSettings

IMAGES = {"height": 16, "width": 16, "channels": 1, "classes": ["good", "bent", "spare"], "digest": ""}


def settings(normal: Any, images: dict[str, Any] | None = IMAGES) -> DataSettings:
    name = "own" if images else "fashion_mnist"
    return check("data", {"name": name, "images": images, "normal_class": normal}, DataSettings)


@pytest.mark.parametrize(
    ("normal", "numbers"),
    [(1, (1,)), ("spare", (2,)), ([2, 0], (0, 2)), (["spare", "good"], (0, 2)), ([0, "good", 2], (0, 2))],
)
def test_normal_classes_are_numbers_or_names(normal: Any, numbers: tuple[int, ...]) -> None:
    assert settings(normal).normal == numbers


def test_the_normal_classes_have_one_name() -> None:
    assert settings("bent").normal_name == "bent"
    assert settings([2, "good"]).normal_name == "good and spare"
    assert settings([0, "Bag"], images=None).normal_name == "T-shirt/top and Bag"


@pytest.mark.parametrize("normal", [3, -1, "goood", True, None, [], [0, 3], [0, None], 1.0])
def test_classes_that_there_are_not_are_named(normal: Any) -> None:
    message = (
        r"data.normal_class: input should be numbers or names of classes: 0 \(good\), 1 \(bent\), 2 \(spare\), got"
    )
    with pytest.raises(SettingsError, match=message):
        settings(normal)


def test_known_data_sets_have_ten_classes() -> None:
    assert settings(9, images=None).classes == CLASSES["fashion_mnist"]
    with pytest.raises(SettingsError, match=r"data.normal_class: .* 9 \(Ankle boot\), got 10"):
        settings(10, images=None)
