"""Run one experiment. The files in experiments/ are the experiments: there is no list to edit."""

from collections.abc import Mapping
from typing import Any, Protocol, cast

from hourglass.core import registry
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.metrics import to_json
from hourglass.core.params import PARAMS, check, suggestion
from hourglass.experiments.common.context import Context, Measurements
from hourglass.experiments.common.networks import DivergedError
from hourglass.experiments.common.settings import EXPERIMENTS, ExperimentSettings, require_known


class Experiment(Protocol):
    """What a file in experiments/ has; its docstring says what the lectures claim and how it is tried."""

    Settings: type[ExperimentSettings]
    """Its entry in params.yaml."""

    def obstacle(self, settings: Any, context: Context) -> str | None:
        """Why it cannot be run with these images, or None."""

    def run(self, settings: Any, context: Context) -> Measurements:
        """Train, measure and compare."""


def find(name: str) -> Experiment:
    """The experiment called `name`.

    Raises:
        SettingsError: there is none. HourglassError: its file lacks something that an experiment has.
    """
    require_known(name)
    module = registry.load(EXPERIMENTS, name)
    lacking = [part for part in ("Settings", "obstacle", "run") if not hasattr(module, part)]
    if lacking:
        raise HourglassError(f"{EXPERIMENTS}/{name}.py does not define {', '.join(lacking)}")
    return cast(Experiment, module)


def checked(name: str, entry: ExperimentSettings) -> ExperimentSettings:
    """The entry of an experiment, with the settings of its file.

    Raises:
        SettingsError: there is no such experiment, or a setting is unknown, mistyped or out of range.
    """
    # As params.yaml has it: lists and mappings inside, so that strict types hold once more.
    return check(f"{EXPERIMENTS}.{name}", entry.model_dump(mode="json"), find(name).Settings)


def run(name: str, settings: ExperimentSettings, context: Context) -> tuple[dict[str, Any], Measurements]:
    """The content of the experiment's metrics file, and what it measured; only a reason where it could not run."""
    experiment = find(name)
    if reason := experiment.obstacle(settings, context):
        return {"not_measured": reason}, Measurements({})
    try:
        measurements = experiment.run(settings, context)
    except DivergedError as error:
        return {"not_measured": str(error)}, Measurements({})
    return to_json(measurements.metrics), measurements


def settings_of(name: str, entries: Mapping[str, ExperimentSettings]) -> ExperimentSettings:
    """The checked entry called `name`.

    Raises:
        SettingsError: there is none, or as of `checked`.
    """
    if name not in entries:
        raise SettingsError(f"{PARAMS}: {EXPERIMENTS}.{name}: missing{suggestion(name, entries)}")
    return checked(name, entries[name])
