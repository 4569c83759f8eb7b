import pytest
import torch
from torch import nn

from benchmarks.speed import quality
from benchmarks.speed.recipes import Params
from hourglass.core import params
from hourglass.data.imageset import ImageSet
from hourglass.models.networks import map_shapes, transposed_convolutions
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings


@pytest.fixture
def settings(own_params: None) -> Params:
    return params.read(Params)


def test_trainings_are_compared_with_those_of_before(settings: Params) -> None:
    now, before, own = (
        quality.recipe(variant, "train", earlier, settings).schedule
        for variant, earlier in (("tied", False), ("tied", True), ("vae", True))
    )
    assert (now.epochs, now.batch_size) == (6, 128)
    assert (before.epochs, before.batch_size, before.learning_rate) == (8, 256, 0.008)
    assert (own.epochs, own.learning_rate) == (8, 0.002)
    assert now.gradient_clip == before.gradient_clip


def test_only_changed_networks_or_trainings_are_compared(settings: Params) -> None:
    assert all(quality.changed(variant, "train", settings) for variant in quality.VARIANTS)
    assert not quality.changed("tied", "train_normal", settings)
    assert quality.changed("denoising_salt_pepper", "train_normal", settings)


@pytest.mark.parametrize("side", [7, 8, 28])
def test_former_kernels_lead_back_to_the_same_sides(side: int) -> None:
    shape, channels = (1, side, side), (4, 6)
    former = quality.overlapping_convolutions(shape, channels)
    maps = torch.zeros(2, *map_shapes(shape, channels)[-1])
    assert former(maps).shape == transposed_convolutions(shape, channels)(maps).shape == (2, *shape)
    assert {layer.kernel_size for layer in former if isinstance(layer, nn.ConvTranspose2d)} == {(3, 3)}


@pytest.mark.parametrize("before", [False, True])
def test_networks_of_before_have_their_kernels(
    before: bool, settings: Params, digits: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = TrainSettings(epochs=1)
    small = Recipe("variants.small", "convolutional", {"channels": [4], "latent_dim": 4, "hidden": 8}, schedule)
    monkeypatch.setattr(quality, "recipe", lambda *_: small)
    few = digits.first(200)
    model = quality.network("convolutional", "train", 1, before, settings, few, few)
    kernels = {layer.kernel_size for layer in model.modules() if isinstance(layer, nn.ConvTranspose2d)}
    assert kernels == {(3, 3) if before else (2, 2)}
