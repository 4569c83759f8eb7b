"""The `detect` section of params.yaml."""

from typing import Annotated

from pydantic import Field, PositiveInt

from hourglass.core.params import Settings

Scorers = Annotated[list[str], Field(min_length=1)]


class DetectSettings(Settings):
    """How a trained network becomes a detector.

    scorers: what every variant's detector looks at, names of files in detectors/scorers/; None: each one chooses
        (detectors/choice.py).
    own: variant -> its scorers, where they are others.
    members: variant -> networks in its detector, where there are several, trained from further seeds (an ensemble).
    halves: variants whose threshold is set by networks trained on half of the images each, at twice the training.
    false_alarm_rate: share of normal images that may be taken for anomalies.
    """

    scorers: Scorers | None
    own: dict[str, Scorers] = Field(default_factory=dict)
    members: dict[str, PositiveInt] = Field(default_factory=dict)
    halves: list[str] = Field(default_factory=list)
    false_alarm_rate: Annotated[float, Field(gt=0, lt=1)] = 0.05

    def scorers_of(self, variant: str) -> list[str] | None:
        """Names of the scorers of `variant`'s detector, or None where it is to choose."""
        return self.own.get(variant, self.scorers)

    def members_of(self, variant: str) -> int:
        """How many networks `variant`'s detector has."""
        return self.members.get(variant, 1)
