from typing import Literal

import pytest
import torch
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.training.fit import evaluate, fit
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


def test_noise_is_drawn_anew_for_every_batch(model: Denoising, x: Tensor, seen: list[Tensor]) -> None:
    """The network could memorise a noise tensor that is used again."""
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
def test_only_the_loss_adds_noise(model: Denoising, x: Tensor, seen: list[Tensor], training: bool) -> None:
    model.train(training)
    for method in (model.encode, model.reconstruct, model.score, model.restore):
        torch.testing.assert_close(method(x), method(x), rtol=0, atol=0)
    assert len(seen) == 8
    assert all(images is x for images in seen)


def test_the_target_is_the_clean_image(model: Denoising, x: Tensor) -> None:
    noisy = model.corrupt(x, model.level, draws(7))
    terms = model.loss(x, None, draws(7))
    assert terms.keys() == {"restoration"}
    torch.testing.assert_close(terms["restoration"], (model.restore(noisy) - x).square().flatten(1).sum(1))


def test_validation_measures_denoising_reproducibly(model: Denoising, x: Tensor) -> None:
    images = ImageSet((255 * x).byte().numpy())
    noisy = evaluate(model, images, seed=1)["restoration"]
    assert noisy == evaluate(model, images, seed=1)["restoration"]
    assert noisy != evaluate(model, images, seed=2)["restoration"]
    clean, _ = images.batch(slice(None))
    restored = model.restore(model.corrupt(clean, model.level, draws(1)))
    assert noisy == pytest.approx((restored - clean).square().flatten(1).sum(1).mean().item(), rel=1e-5)


def test_training_removes_noise() -> None:
    """On images with two grey values each, the error falls to less than a fifteenth of the noise."""
    greys = torch.rand(1500, 2, 1, 1, generator=draws(1))
    pixels = torch.where(torch.arange(12).view(1, 1, 1, 12) < 6, greys[:, :1], greys[:, 1:]).expand(-1, 1, 12, 12)
    images = ImageSet((255 * pixels).byte().numpy())
    settings = {"noise": "gaussian", "level": 0.5, "latent_dim": 8, "channels": [4], "hidden": 32}
    model = build("denoising", settings, SHAPE, seed=0)
    schedule = TrainSettings(epochs=6, batch_size=50, learning_rate=0.01, weight_decay=0.0)
    train, held_out = images.subset(slice(1200)), images.subset(slice(1200, None))
    fit(model, train, held_out, schedule, seed=0)
    x, _ = held_out.batch(slice(None))
    noisy = model.corrupt(x, model.level, draws(5))
    before, after = ((image - x).square().mean().item() for image in (noisy, model.restore(noisy)))
    assert before == pytest.approx(0.25, rel=0.02)
    assert after < before / 15


def test_bce_restores_with_means_rather_than_logits(x: Tensor) -> None:
    torch.manual_seed(0)
    model = Denoising(SHAPE, noise="gaussian", level=0.5, latent_dim=4, channels=[4], hidden=8, loss="bce")
    term = model.loss(x, None, draws())["restoration"]
    assert term.isfinite().all()
    assert (model.restore(model.corrupt(x, model.level, draws())) - 0.5).abs().max() < 0.5


@pytest.mark.parametrize(
    ("noise", "level", "message"),
    [("salt_pepper", 1.5, "level: 1.5 is no share"), ("gaussian", 0, "level"), ("poisson", 0.5, "noise")],
)
def test_impossible_noise_is_an_error(noise: str, level: float, message: str) -> None:
    settings = {"latent_dim": 4, "channels": [4], "hidden": 8, "noise": noise, "level": level}
    with pytest.raises(SettingsError, match=rf"params\.yaml: variants\.x\.{message}"):
        build("denoising", settings, SHAPE, seed=0, where="variants.x")
