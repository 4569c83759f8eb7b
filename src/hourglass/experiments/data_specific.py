"""Data-specific: does a network that was trained on one kind of images reconstruct another?

The same network is trained twice, on the project's images and on 4,000 handwritten digits of MNIST. Both reconstruct
test images of both kinds, and uniform noise. Errors are shares of the variance: the squared error, divided by that of
the mean training image of the kind (for noise: of grey). 0 is a perfect copy, 1 is no better than the mean image.

Source: lecture "Autoencoders" (AI for Beginners), "Propiedades de los Autoencoders". MNIST: LeCun et al. (1998),
"Gradient-based learning applied to document recognition".
"""

from dataclasses import replace

import numpy as np

from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.data.settings import IMAGE_SHAPES
from hourglass.experiments.common import digits
from hourglass.experiments.common.context import Context, Measurements, over_seeds
from hourglass.experiments.common.networks import mse, reconstructions, trained
from hourglass.experiments.common.settings import ExperimentSettings

# The project's images, the digits, and noise, as metrics name them; noise images; images of each kind that are shown.
OWN, DIGITS, NOISE = "own", "digits", "noise"
NOISY, SHOWN = 500, 5


class Settings(ExperimentSettings):
    """What all experiments state."""


def obstacle(settings: Settings, context: Context) -> str | None:
    """The other images are MNIST's digits, in their size."""
    if context.dataset == "mnist":
        return "the other images would be MNIST's digits too"
    if context.train.image_shape != IMAGE_SHAPES["mnist"]:
        return f"the other images are MNIST's digits of {IMAGE_SHAPES['mnist']}; these are {context.train.image_shape}"
    return None


def run(settings: Settings, context: Context) -> Measurements:
    """Errors by what the network was trained on and what it reconstructs; examples of the first training."""
    other = digits.read()
    contexts = {
        OWN: context,
        DIGITS: replace(context, train=other.train, validation=other.validation, test=other.test),
    }
    tested = {name: one.test for name, one in contexts.items()} | {NOISE: _noise(context)}
    variance = {
        name: _error_of(one.test, one.train.first(settings.images).mean_image()) for name, one in contexts.items()
    }
    variance[NOISE] = _error_of(tested[NOISE], np.full(context.train.image_shape, 0.5))
    shown = {name: images.first(SHOWN) for name, images in tested.items()}
    errors: dict[str, dict[str, Estimate]] = {}
    examples = {f"originals_{name}": to_unit(images[:]) for name, images in shown.items()}
    for name, one in contexts.items():
        models = [trained(settings, one, seed) for seed in context.seeds(settings.seeds)]
        errors[name] = {
            kind: over_seeds([mse(model, images) / variance[kind] for model in models])
            for kind, images in tested.items()
        }
        examples |= {f"{name}_{kind}": reconstructions(models[0], images) for kind, images in shown.items()}
    return Measurements({"error": errors}, examples)


def _noise(context: Context) -> ImageSet:
    """Images whose pixels are uniform and independent."""
    random = np.random.default_rng(context.seed)
    return ImageSet(random.integers(256, size=(NOISY, *context.train.image_shape), dtype=np.uint8))


def _error_of(images: ImageSet, image: np.ndarray) -> float:
    return float(images.squared_differences(image).mean())
