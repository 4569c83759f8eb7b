"""Fine-tuning: does an encoder that was trained without labels help a classifier, the more the fewer labels there are?

A classifier is the encoder, GELU, and one linear layer to the classes. With so many labelled images per class there are
three ways:

    scratch      all weights, from random ones
    fine_tuned   all weights, the encoder's from an autoencoder that was trained on all images without labels
    frozen       a linear probe on the latent codes of that autoencoder, which are far shorter than images

For the first two, as many further labels decide which epoch is best. `epochs_share` are the epochs until the fine-tuned
classifier has a validation loss as low as the best one from scratch, as a share of the epochs that scratch took. CPU
time, pretraining apart, is noted where no result depends on it.

Source: lecture "Autoencoders" (Métodos Generativos), "Autoencoders Convolucionales"; lecture 156, "Objetivo", which
names pretraining among the uses of autoencoders.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field, PositiveInt
from torch import Tensor, nn

from hourglass.data.imageset import ImageSet, map_batches
from hourglass.evaluation import probes
from hourglass.evaluation.inference import encode
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import train_on, trained, untrained
from hourglass.experiments.common.settings import ExperimentSettings
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.trainable import Trainable
from hourglass.training.fit import Row
from hourglass.training.settings import TrainSettings

SCRATCH, FINE_TUNED, FROZEN = "scratch", "fine_tuned", "frozen"


class Settings(ExperimentSettings):
    """Beside what all experiments state; `images` and `train` are those of the autoencoder.

    labels: labelled images per class. steps: gradient steps of a classifier, at least five epochs of them.
    classify: how classifiers are trained, but for the number of epochs.
    """

    labels: Annotated[list[PositiveInt], Field(min_length=1)]
    steps: PositiveInt
    classify: TrainSettings


class Classifier(Trainable):
    """An encoder and a linear layer."""

    conditional = True  # so that labels reach `loss`

    def __init__(self, network: Autoencoder, classes: int) -> None:
        super().__init__()
        self.body = network.encoder
        self.head = nn.Linear(network.latent_dim, classes)

    def logits(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> (B, classes)."""
        return self.head(F.gelu(self.body(x)))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy in nats."""
        assert y is not None  # noqa: S101 (conditional)
        return {"cross_entropy": F.cross_entropy(self.logits(x), y, reduction="none")}


@dataclass(frozen=True)
class Labelled:
    """Images whose labels are used: as many train as decide which epoch is best."""

    train: ImageSet
    validation: ImageSet


def obstacle(settings: Settings, context: Context) -> str | None:
    """A classifier needs two classes, and twice as many images of each as are labelled."""
    if reason := probes.obstacle(context.train.labels, context.test.labels):
        return reason
    fewest = int(np.unique(context.train.labels, return_counts=True)[1].min())
    least = 2 * min(settings.labels)
    return None if fewest >= least else f"{least} training images of each class are needed; of one there are {fewest}"


def run(settings: Settings, context: Context) -> Measurements:
    """Accuracy on test images by way of training and labels per class."""
    hits: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    shares: defaultdict[str, list[float]] = defaultdict(list)
    seconds: defaultdict[str, float] = defaultdict(float)
    for seed in context.seeds(settings.seeds):
        started = time.process_time()
        pretrained = trained(settings, context, seed)
        seconds["pretraining"] += time.process_time() - started
        for labels in settings.labels:
            if (images := labelled(context.train, labels, seed)) is None:
                continue
            histories = {}
            for way in (SCRATCH, FINE_TUNED):
                started = time.process_time()
                classifier, histories[way] = _classifier(way, pretrained, settings, context, images, seed)
                seconds[f"{way}_{labels}"] += time.process_time() - started
                hits[way][str(labels)].append(_accuracy(classifier, context.test))
            hits[FROZEN][str(labels)].append(_probe(pretrained, images.train, context.test))
            shares[str(labels)].append(epochs_share(histories[SCRATCH], histories[FINE_TUNED]))
    accuracy = {way: {labels: over_seeds(values) for labels, values in one.items()} for way, one in hits.items()}
    return Measurements(
        {"accuracy": accuracy, "epochs_share": {labels: over_seeds(values) for labels, values in shares.items()}},
        seconds={name: round(total, 2) for name, total in seconds.items()},
    )


def labelled(images: ImageSet, count: int, seed: int) -> Labelled | None:
    """`count` random images of each class to train, and as many to validate; None if a class has fewer."""
    random, train, validation = np.random.default_rng(seed), [], []
    for number in np.unique(images.labels):
        rows = random.permutation(np.flatnonzero(images.labels == number))
        if len(rows) < 2 * count:
            return None
        train.append(rows[:count])
        validation.append(rows[count : 2 * count])
    return Labelled(*(images.subset(np.concatenate(rows)) for rows in (train, validation)))


def _classifier(
    way: str, pretrained: Autoencoder, settings: Settings, context: Context, images: Labelled, seed: int
) -> tuple[Classifier, list[Row]]:
    network = untrained(settings, context, seed)
    if way == FINE_TUNED:
        network.load_state_dict(pretrained.state_dict())
    torch.manual_seed(seed)
    classifier = Classifier(network, len(context.train.classes))
    epochs = max(5, round(settings.steps * settings.classify.batch_size / len(images.train)))
    schedule = settings.classify.model_copy(update={"epochs": epochs})
    return classifier, train_on(classifier, images.train, images.validation, schedule, seed)


def _probe(network: Autoencoder, labelled: ImageSet, test: ImageSet) -> float:
    """Accuracy of a linear classifier on latent codes."""
    codes = [encode(network, images) for images in (labelled, test)]
    return probes.probe_accuracy(codes[0], labelled.labels, codes[1], test.labels).value


def _accuracy(classifier: Classifier, images: ImageSet) -> float:
    predicted = map_batches(lambda x, _: classifier.logits(x).argmax(1), images)
    return float((predicted == images.labels).mean())


def epochs_share(scratch: Sequence[Row], fine_tuned: Sequence[Row]) -> float:
    """`epochs_share` of two histories; of all epochs where the fine-tuned classifier never gets there."""
    best = min(scratch, key=lambda row: row["validation_loss"])
    reached = (row["epoch"] for row in fine_tuned if row["validation_loss"] <= best["validation_loss"])
    return float(next(reached, fine_tuned[-1]["epoch"]) / max(1, best["epoch"]))
