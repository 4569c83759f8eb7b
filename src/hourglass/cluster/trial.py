"""One trial of a sweep: train a variant with some of its settings changed, and measure it on validation images."""

import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hourglass.cluster.settings import Space
from hourglass.core import device
from hourglass.core.device import Device
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.training.recipe import Recipe, for_all_classes
from hourglass.training.settings import TrainSettings, VariantSettings

# Mean squared error of reconstructed validation images: the scale of a loss changes with its settings, and test images
# choose nothing.
OBJECTIVE = "validation_mse"
EPOCH, COMPLETE = "epoch", "complete"
# What training prints after each epoch (training/fit.py).
LINE = re.compile(r"^epoch (\d+)/(\d+)  .*validation loss")

Report = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Job:
    """What all trials of a sweep share, beside the images.

    entry: of the variant in params.yaml. space: path of a setting -> its values. train: the section of that name.
    """

    variant: str
    entry: Mapping[str, Any]
    space: Mapping[str, Space]
    train: TrainSettings
    seed: int
    threads: int
    device: Device

    def chosen(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """Path of a setting -> its value, of what the search drew."""
        return {path: space.decode(drawn[path]) for path, space in self.space.items()}

    def recipe(self, chosen: Mapping[str, Any]) -> Recipe:
        """How the network is trained with some settings changed.

        Raises:
            SettingsError: a setting of the training is unknown, mistyped or out of range.
        """
        entry = VariantSettings(**changed(self.entry, chosen))
        return for_all_classes({self.variant: entry}, self.variant, self.train)

    def extremes(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each setting at each end of its range, others at their first end: (path of that setting, all settings)."""
        first = {path: space.ends()[0] for path, space in self.space.items()}
        return ((path, first | {path: value}) for path, space in self.space.items() for value in space.ends())

    def present(self) -> dict[str, Any] | None:
        """The settings of params.yaml as the search would draw them; None if one is not stated or out of its range."""
        schedule = self.recipe({}).schedule.model_dump()
        stated = {**self.entry, **{f"train.{name}": value for name, value in schedule.items()}}
        if not all(space.has(stated.get(path)) for path, space in self.space.items()):
            return None
        return {path: space.encode(stated[path]) for path, space in self.space.items()}

    @property
    def most_epochs(self) -> int:
        """The epochs of the longest trial."""
        return max(self.recipe(chosen).schedule.epochs for _, chosen in self.extremes())


def changed(entry: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """A variant's entry with the values of some dotted paths replaced."""
    result = deepcopy(dict(entry))
    for path, value in chosen.items():
        *sections, name = path.split(".")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return result


def run(drawn: Mapping[str, Any], job: Job, train: ImageSet, validation: ImageSet) -> None:
    """Train and measure, as a trial of Ray Tune."""
    import torch
    from ray import tune

    torch.set_num_threads(job.threads)
    measure(job.recipe(job.chosen(drawn)), job, train, validation, tune.report)


def measure(recipe: Recipe, job: Job, train: ImageSet, validation: ImageSet, report: Report) -> None:
    """Train a network; report the objective after each epoch, and at the end with the weights of the best one.

    A training that diverges reports infinity.
    """
    # torch takes seconds to import, and a sweep is checked without it.
    from hourglass.evaluation.image_quality import mse_estimate
    from hourglass.evaluation.inference import reconstruct
    from hourglass.models.build import build
    from hourglass.training.fit import fit

    network = build(recipe.module, recipe.network, train.image_shape, job.seed, where=recipe.where)
    model = network.to(device.find(job.device))

    def tell(epoch: int, *, complete: bool = False) -> None:
        value = mse_estimate(reconstruct(model, validation), job.seed).value
        report({OBJECTIVE: value, EPOCH: epoch, COMPLETE: complete})

    try:
        with redirect_stdout(_Epochs(tell)):
            fit(model, train, validation, recipe.schedule, job.seed)
    except HourglassError:
        report({OBJECTIVE: math.inf, EPOCH: recipe.schedule.epochs, COMPLETE: False})
        return
    tell(recipe.schedule.epochs, complete=True)


class _Epochs(io.StringIO):
    """Calls `ended` with the number of each epoch that training says is over, except the last."""

    def __init__(self, ended: Callable[[int], None]) -> None:
        super().__init__()
        self.ended = ended

    def write(self, text: str) -> int:
        found = LINE.match(text)
        if found and found[1] != found[2]:
            self.ended(int(found[1]))
        return len(text)
