"""The schema of the whole of params.yaml, from parts declared beside what they configure."""

from typing import Annotated

from pydantic import Field

from hourglass.bottleneck.settings import SweepSettings
from hourglass.cluster.settings import SearchSettings
from hourglass.core.params import Common
from hourglass.data.settings import DataSettings
from hourglass.detection.settings import DetectSettings
from hourglass.evaluation.settings import LikelihoodSettings
from hourglass.experiments.common.settings import AnyExperiment
from hourglass.pipeline.acceptance import Criterion
from hourglass.reporting.settings import ReportSettings
from hourglass.tracking.settings import MlflowSettings
from hourglass.training.settings import TrainSettings, VariantSettings


class Params(Common):
    """Every section of params.yaml."""

    data: DataSettings
    train: TrainSettings
    train_normal: TrainSettings
    reference_classifier: TrainSettings
    likelihood: LikelihoodSettings
    sweep: SweepSettings
    experiments: dict[str, AnyExperiment]
    detect: DetectSettings
    variants: Annotated[dict[str, VariantSettings], Field(min_length=1)]
    accept: Annotated[dict[str, Criterion], Field(min_length=1)]
    mlflow: MlflowSettings
    report: ReportSettings
    search: dict[str, SearchSettings] = Field(default_factory=dict)
