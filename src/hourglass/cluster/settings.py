"""The `search` section of params.yaml: which settings of a variant `hourglass sweep` tries, and which values."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from hourglass.core.params import Settings

Number = int | float


class Space(Settings):
    """The values of one setting: a range, or a list.

    min, max: ends of the range, both included; whole numbers are drawn if both are whole.
    log: drawn evenly on a logarithmic scale.
    values: all that are tried, instead of a range.
    """

    min: Number | None = None
    max: Number | None = None
    log: bool = False
    values: Annotated[list[Any], Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _range_or_list(self) -> "Space":
        ends = (self.min, self.max)
        if (self.values is None) == (ends == (None, None)):
            raise ValueError("give either `min` and `max`, or `values`")
        if self.values is None and (self.min is None or self.max is None or not self.min < self.max):
            raise ValueError("`min` should be below `max`")
        if self.log and (self.min is None or self.min <= 0):
            raise ValueError("`log` needs a `min` above 0")
        return self

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers are drawn."""
        return isinstance(self.min, int) and isinstance(self.max, int)

    def ends(self) -> list[Any]:
        """The values that stand for all others when settings are checked: both ends, or the list."""
        return [self.min, self.max] if self.values is None else list(self.values)

    def encode(self, value: Any) -> Any:
        """`value` as the search handles it: one of a list is JSON."""
        return value if self.values is None else json.dumps(value)

    def decode(self, drawn: Any) -> Any:
        """The value that was drawn; fractions have four significant digits, so that params.yaml can state them."""
        if self.values is not None:
            return json.loads(drawn)
        return int(drawn) if self.is_whole else float(f"{drawn:.4g}")

    def has(self, value: Any) -> bool:
        """Whether `value` can be drawn."""
        if self.values is not None or self.min is None or self.max is None:
            return value in (self.values or ())
        kinds = int if self.is_whole else int | float
        return isinstance(value, kinds) and self.min <= value <= self.max


# Path of a setting in a variant's entry (`latent_dim`, `train.learning_rate`) -> its values.
SearchSettings = Annotated[dict[str, Space], Field(min_length=1)]


def shown(settings: Mapping[str, Any]) -> str:
    """Settings on one line."""
    return ", ".join(f"{path} {value}" for path, value in settings.items())
