import numpy as np
import pytest

from hourglass.core.metrics import to_json
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation.context import Context
from hourglass.evaluation.controls import mean_image, raw_pixels
from hourglass.evaluation.image_quality import image_quality
from hourglass.evaluation.probes import class_probes


def test_mean_image_reconstructs_every_image(context: Context) -> None:
    found = mean_image(context.train, context.validation, context.test, seed=1)
    mean = to_unit(context.train[:], np.float64).mean(0)
    x = to_unit(context.test[:], np.float64)
    expected = image_quality([(x, np.broadcast_to(mean, x.shape).copy())], seed=1)
    assert (found.parameters, found.latent_dim) == (64, 0)
    for name in ("bce", "psnr", "ssim"):
        assert getattr(found.reconstruction, name) == pytest.approx(getattr(expected, name))
    assert found.reconstruction.mse.value == pytest.approx(expected.mse.value)
    validation = to_unit(context.validation[:], np.float64)
    assert found.reconstruction.validation_mse == pytest.approx(np.square(validation - mean).mean())


def test_mean_image_beats_any_other_constant_on_its_own_images(digits: ImageSet) -> None:
    """The mean minimises the squared error, which then is the variance."""
    found = mean_image(digits, digits, digits, seed=1)
    assert found.reconstruction.validation_mse == pytest.approx(to_unit(digits[:], np.float64).var(0).mean())


def test_raw_pixels_are_their_own_latent_codes(context: Context) -> None:
    found = raw_pixels(context.train, context.test, seed=1)
    codes = [to_unit(images[:]).reshape(len(images), -1) for images in (context.train, context.test)]
    expected = class_probes(codes[0], context.train.labels, codes[1], context.test.labels, seed=1)
    content = to_json(found)
    assert content["latent_dim"] == 64
    assert content["representation"] == {**to_json(expected), "trustworthiness": 1.0}
