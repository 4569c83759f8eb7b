"""Where a picture names variants and classes, so that the page can mark them and choose by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.text import Text


@dataclass(frozen=True)
class Named:
    """What a text of a picture names. value: the variant, or the number of the class."""

    kind: Literal["variant", "class"]
    value: str


@dataclass(frozen=True)
class Place:
    """The box around a name, from the picture's upper left corner, in percent of its width and height."""

    named: Named
    left: float
    top: float
    width: float
    height: float


def by_text(variants: Sequence[str], classes: Sequence[str]) -> Mapping[str, Named]:
    """Text -> what it names; a text that names both is the variant's."""
    numbers = {name: Named("class", str(number)) for number, name in enumerate(classes)}
    return numbers | {name: Named("variant", name) for name in variants}


def find(figure: Figure, names: Mapping[str, Named]) -> Iterator[Place]:
    """Each text of a drawn figure that is one of the names, and nothing else."""
    width, height = figure.bbox.width / 100, figure.bbox.height / 100
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_visible() and (named := names.get(text.get_text())):
            box = text.get_window_extent()
            yield Place(named, box.x0 / width, 100 - box.y1 / height, box.width / width, box.height / height)
