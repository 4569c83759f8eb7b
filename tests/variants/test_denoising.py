from typing import Literal

import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.models.build import build
from hourglass.training.fit import Examples, evaluate, fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.denoising import Denoising

SHAPE = (1, 12, 12)
NOISES: list[tuple[Literal["gaussian", "salt_pepper"], float]] = [("gaussian", 0.5), ("salt_pepper", 0.3)]


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=NOISES, ids=lambda noise: noise[0])
def model(request: pytest.FixtureRequest) -> Denoising:
    torch.manual_seed(0)
    noise, level = request.param
    return Denoising(SHAPE, noise=noise, level=level, latent_dim=16, channels=[8], hidden=32)


@pytest.fixture
def x() -> Tensor:
    return 0.25 + 0.5 * torch.rand(40, *SHAPE, generator=draws(3))


@pytest.fixture
def seen(model: Denoising) -> list[Tensor]:
    """Every batch of images that the encoder is given."""
    batches: list[Tensor] = []
    model.encoder.register_forward_pre_hook(lambda _, arguments: batches.append(arguments[0]))
    return batches


def test_the_encoder_sees_other_noise_in_every_batch(model: Denoising, x: Tensor, seen: list[Tensor]) -> None:
    """One noise tensor, reused, would be a picture to learn by heart."""
    generator = draws()
    for _ in range(2):
        model.loss(x, None, generator)
    first, second = seen
    for noisy in seen:
        assert (noisy != x).float().mean() > 0.25
    assert (first != second).float().mean() > 0.4
    assert (first[0] - x[0] != first[1] - x[1]).any()
    if model.level == 0.5:
        assert (first - x).std().item() == pytest.approx(0.5, rel=0.03)
    else:
        assert ((first == 0) | (first == 1)).float().mean().item() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("training", [True, False])
def test_without_the_loss_there_is_no_noise(model: Denoising, x: Tensor, seen: list[Tensor], training: bool) -> None:
    model.train(training)
    for method in (model.encode, model.reconstruct, model.score, model.restore):
        torch.testing.assert_close(method(x), method(x), rtol=0, atol=0)
    assert len(seen) == 8
    assert all(images is x for images in seen)


def test_the_target_is_the_clean_image(model: Denoising, x: Tensor) -> None:
    noisy = model.corrupt(x, model.level, draws(7))
    found = model.loss(x, None, draws(7))
    assert found.keys() == {"restoration"}
    torch.testing.assert_close(found["restoration"], (model.restore(noisy) - x).square().flatten(1).sum(1))


def test_validation_measures_the_removal_of_noise_and_repeats_itself(model: Denoising, x: Tensor) -> None:
    examples = Examples((255 * x).byte(), None)
    noisy = evaluate(model, examples, seed=1)["restoration"]
    assert noisy == evaluate(model, examples, seed=1)["restoration"]
    assert noisy != evaluate(model, examples, seed=2)["restoration"]
    clean, _ = examples.batch(slice(None))
    restored = model.restore(model.corrupt(clean, model.level, draws(1)))
    assert noisy == pytest.approx((restored - clean).square().flatten(1).sum(1).mean().item(), rel=1e-5)


def test_training_takes_noise_away() -> None:
    """On images of two numbers (a level and a step) it must come closer than the noisy image, by far."""
    numbers = torch.rand(1500, 2, 1, 1, generator=draws(1))
    images = torch.where(torch.arange(12).view(1, 1, 1, 12) < 6, numbers[:, :1], numbers[:, 1:]).expand(-1, 1, 12, 12)
    images = (255 * images).byte()
    settings = {
        "module": "denoising",
        "noise": "gaussian",
        "level": 0.5,
        "latent_dim": 8,
        "channels": [4],
        "hidden": 32,
    }
    model = build(settings, SHAPE, seed=0)
    schedule = TrainSettings(epochs=6, batch_size=50, learning_rate=0.01, weight_decay=0.0, gradient_clip=5.0)
    fit(model, Examples(images[:1200], None), Examples(images[1200:], None), schedule, seed=0)
    x = images[1200:] / 255
    noisy = model.corrupt(x, model.level, draws(5))
    before, after = ((image - x).square().mean().item() for image in (noisy, model.restore(noisy)))
    assert before == pytest.approx(0.25, rel=0.02)
    assert after < before / 15


def test_bce_compares_with_the_clean_image_too(x: Tensor) -> None:
    torch.manual_seed(0)
    model = Denoising(SHAPE, noise="gaussian", level=0.5, latent_dim=4, channels=[4], hidden=8, loss="bce")
    found = model.loss(x, None, draws())["restoration"]
    assert found.isfinite().all()
    assert (model.restore(model.corrupt(x, model.level, draws())) - 0.5).abs().max() < 0.5


@pytest.mark.parametrize(
    ("noise", "level", "message"),
    [("salt_pepper", 1.5, "level: 1.5 is no share"), ("gaussian", 0, "level"), ("poisson", 0.5, "noise")],
)
def test_impossible_noise_is_refused(noise: str, level: float, message: str) -> None:
    settings = {"module": "denoising", "latent_dim": 4, "channels": [4], "hidden": 8, "noise": noise, "level": level}
    with pytest.raises(SettingsError, match=rf"params\.yaml: variants\.x\.{message}"):
        build(settings, SHAPE, seed=0, where="variants.x")
