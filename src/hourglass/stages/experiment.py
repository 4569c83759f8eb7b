"""Run one experiment that a lecture names."""

from collections.abc import Mapping

from hourglass.core import layout, params
from hourglass.core.files import write_arrays, write_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.data.settings import DataSettings
from hourglass.experiments.common.context import Context
from hourglass.experiments.common.run import run, settings_of
from hourglass.experiments.common.settings import AnyExperiment


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    experiments: Mapping[str, AnyExperiment]


def main(name: str) -> None:
    settings = params.read(Params)
    entry = settings_of(name, settings.experiments)
    context = Context.of(settings.data.name, open_splits("train", "validation", "test"), settings.seed)
    content, found = run(name, entry, context)
    print(content.get("not_measured") or f"{name}: measured with {entry.seeds} trainings of each network", flush=True)
    write_json(layout.metrics("experiments", name), content)
    write_arrays(layout.experiment_examples(name), found.examples)
    if found.seconds:
        write_json(layout.experiment_timing(name), found.seconds)
