"""The `detect` section of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from hourglass.core.params import Settings

Scorers = Annotated[list[str], Field(min_length=1)]
Rate = Annotated[float, Field(gt=0, lt=1)]
ThresholdMethod = Literal["calibration", "cross_conformal"]
StandIns = Literal["rotations", "defects"]


class DetectorSettings(Settings):
    """What one variant's detector does differently.

    scorers: names of files in detection/scorers/, which count the same; None: those of the section, or else scorer
        selection.
    networks: how many, trained from successive seeds; more than one is an ensemble.
    threshold: set by the calibration images, or by cross-conformal prediction at twice the training (threshold.py).
    selection: what stands in for anomalies in scorer selection: rotated calibration images, or synthetic defects on
        them (selection.py).
    """

    scorers: Scorers | None = None
    networks: PositiveInt = 1
    threshold: ThresholdMethod = "calibration"
    selection: StandIns = "rotations"


class DetectorPlan(DetectorSettings):
    """All settings of one detector.

    candidates: the scorers that are measured one by one, and that scorer selection weights.
    false_positive_rate: target share of normal images above the threshold.
    """

    candidates: Scorers
    false_positive_rate: Rate


class DetectSettings(Settings):
    """How trained networks become detectors.

    false_positive_rate, candidates: as in `DetectorPlan`.
    scorers: scorers of every variant that states none of its own.
    variants: what single variants do differently, by name.
    """

    false_positive_rate: Rate
    candidates: Scorers
    scorers: Scorers | None = None
    variants: dict[str, DetectorSettings] = Field(default_factory=dict)

    def of(self, variant: str) -> DetectorPlan:
        """The settings of the detector of `variant`."""
        own = self.variants.get(variant, DetectorSettings())
        return DetectorPlan(
            scorers=own.scorers or self.scorers,
            networks=own.networks,
            threshold=own.threshold,
            selection=own.selection,
            candidates=self.candidates,
            false_positive_rate=self.false_positive_rate,
        )
