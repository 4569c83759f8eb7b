"""The `data` section of params.yaml."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from hourglass.core.params import Settings

# Known dataset -> (channels, height, width) of one image.
IMAGE_SHAPES = {
    "fashion_mnist": (1, 28, 28),
    "mnist": (1, 28, 28),
    "kmnist": (1, 28, 28),
    "digits": (1, 8, 8),
}
# Known dataset -> names of its classes, by number.
CLASSES: Mapping[str, Sequence[str]] = {
    "fashion_mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    "mnist": tuple("0123456789"),
    "kmnist": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "digits": tuple("0123456789"),
}

Side = Annotated[int, Field(ge=16, le=256)]


class ImageSettings(Settings):
    """How the user's own image files become images of one shape.

    height, width: of every image, in pixels.
    channels: 1 (grey) or 3 (red, green, blue).
    fit: `pad` keeps the aspect ratio and fills up with black; `stretch` does not keep it.
    classes: names of the classes, by number. Files of other classes are skipped, and reported.
    digest: of the folder's files. `hourglass repro` refreshes it, so a changed file reruns what depends on it.
    allow_leak: whether equal images may be in two splits.
    """

    height: Side
    width: Side
    channels: Literal[1, 3]
    fit: Literal["pad", "stretch"] = "pad"
    classes: Annotated[list[str], Field(min_length=1)]
    digest: str
    allow_leak: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        return self.channels, self.height, self.width


class DataSettings(Settings):
    """Which images, and which of their classes is normal.

    images: how the user's own images are read, or None for a known dataset.
    name: a known dataset, or the name of the user's own.
    folder: where the user's images are, or their files of a known dataset, or None. No stage depends on it: digests fix
        what the files hold, wherever they lie, and no path of a person's machine enters a result.
    normal_class: number or name of the class that detectors are trained on, or a list of several; images of other
        classes are anomalies.
    """

    images: ImageSettings | None = None
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")] = "fashion_mnist"
    folder: str | None = None
    normal_class: int | str | list[int | str] = 0

    @field_validator("name")
    @classmethod
    def _known_or_own(cls, name: str, info: ValidationInfo) -> str:
        own = info.data.get("images") is not None
        if own and name in IMAGE_SHAPES:
            raise ValueError("the name of a known dataset; give your own images another")
        if not own and name not in IMAGE_SHAPES:
            raise ValueError(f"input should be {', '.join(IMAGE_SHAPES)}, or data.images describes your own images")
        return name

    @field_validator("normal_class", mode="before")
    @classmethod
    def _one_of_the_classes(cls, value: object, info: ValidationInfo) -> object:
        images = info.data.get("images")
        classes = images.classes if images else CLASSES.get(info.data.get("name", ""), ())
        entries = value if isinstance(value, list) else [value]
        valid = [name for name in entries if (name in classes if isinstance(name, str) else _is_number(name, classes))]
        if not entries or len(valid) < len(entries):
            names = ", ".join(f"{number} ({name})" for number, name in enumerate(classes))
            raise ValueError(f"input should be numbers or names of classes: {names}")
        return value

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes, by number."""
        return self.images.classes if self.images else CLASSES[self.name]

    @property
    def normal(self) -> tuple[int, ...]:
        """Numbers of the normal classes, ascending."""
        entries = self.normal_class if isinstance(self.normal_class, list) else [self.normal_class]
        return tuple(sorted({self.classes.index(one) if isinstance(one, str) else one for one in entries}))

    @property
    def normal_numbers(self) -> str:
        """Numbers of the normal classes as one text: `0`, `0+3`."""
        return "+".join(map(str, self.normal))

    @property
    def normal_name(self) -> str:
        """Names of the normal classes as one text: `good`, `good and spare`."""
        return " and ".join(self.classes[number] for number in self.normal)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        return self.images.shape if self.images else IMAGE_SHAPES[self.name]


def _is_number(value: object, classes: Sequence[str]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(classes)
