import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.models.losses import Loss
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.sparse import Sparse

Floats = NDArray[np.float32]

SHAPE = (1, 8, 8)
PIXELS = 64


@pytest.fixture
def x() -> Tensor:
    return torch.rand(10, *SHAPE, generator=torch.Generator().manual_seed(0))


def sparse(penalty: str, loss: Loss = "mse", weight: float = 1e-3) -> Sparse:
    settings = {"latent_dim": 96, "penalty": penalty, "weight": weight, "loss": loss}
    model = build("sparse", settings, SHAPE, seed=0)
    assert isinstance(model, Sparse)
    return model


def terms(model: Sparse, x: Tensor) -> dict[str, Tensor]:
    return model.loss(x, None, torch.Generator())


def ng(z: Tensor, rho: float) -> Tensor:
    """The penalty of the CS294A notes, from the mean activations of all images."""
    mean = z.mean(0)
    return (rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()).sum()


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_l1_weighs_as_in_keras(x: Tensor, loss: Loss) -> None:
    """Keras minimises the mean over batch and pixels, plus the weight times the sum over units per image."""
    model = sparse("l1", loss)
    z = model.encode(x)
    decoded = model.decode(z)
    function = torch.nn.MSELoss() if loss == "mse" else torch.nn.BCEWithLogitsLoss()
    keras = function(decoded, x) + 1e-3 * z.abs().sum() / len(x)
    parts = terms(model, x)
    torch.testing.assert_close((parts["reconstruction"] + parts["sparsity"]).mean() / PIXELS, keras)


def test_kl_has_the_value_and_gradient_of_ngs_penalty(x: Tensor) -> None:
    model = sparse("kl")
    weights = list(model.encoder.parameters())
    ours = terms(model, x)["sparsity"].mean()
    notes = 1e-3 * PIXELS * ng(model.encode(x), rho=0.05)
    torch.testing.assert_close(ours, notes)
    for a, b in zip(torch.autograd.grad(ours, weights), torch.autograd.grad(notes, weights), strict=True):
        torch.testing.assert_close(a, b)


def test_kl_in_evaluation_is_a_tangent(x: Tensor) -> None:
    """It is below Ng's penalty, as a tangent is, and equal to it once the running mean is the batch's mean."""
    model = sparse("kl")
    exact = 1e-3 * PIXELS * ng(model.encode(x), rho=0.05)
    model.activity.fill_(0.3)
    assert terms(model.eval(), x)["sparsity"].mean() < exact
    model.train()
    for _ in range(200):
        terms(model, x)
    torch.testing.assert_close(model.activity, model.encode(x).mean(0))
    torch.testing.assert_close(terms(model.eval(), x)["sparsity"].mean(), exact)


def test_evaluation_keeps_the_running_mean(x: Tensor) -> None:
    model = sparse("kl").eval()
    before = model.activity.clone()
    terms(model, x)
    assert model.activity.equal(before)
    terms(model.train(), x)
    assert not model.activity.equal(before)


def test_saturated_units_have_finite_penalties(x: Tensor) -> None:
    model = sparse("kl")
    for bias in (-200.0, 200.0):
        torch.nn.init.constant_(model.encoder[1][0].bias, bias)  # type: ignore[index]
        penalties = terms(model, x)["sparsity"]
        penalties.sum().backward()
        assert penalties.isfinite().all()
        assert all(value.grad is not None and value.grad.isfinite().all() for value in model.encoder.parameters())


def test_units_are_never_negative(x: Tensor) -> None:
    assert sparse("l1").encode(x).min() == 0
    z = sparse("kl").encode(x)
    assert z.min() > 0
    assert z.max() < 1


@pytest.fixture(scope="module")
def latent_codes(digits: ImageSet) -> dict[str, Floats]:
    """Latent codes of held-out digits, after training without a penalty and with each."""
    train, held_out = digits.subset(slice(1000)), digits.subset(slice(1000, 1400))
    settings = TrainSettings(epochs=20, batch_size=64)
    codes = {}
    for name, penalty, weight in (("free", "l1", 0.0), ("l1", "l1", 1e-3), ("kl", "kl", 1e-2)):
        model = sparse(penalty, weight=weight)
        fit(model, train, held_out, settings, seed=0)
        with torch.inference_mode():
            codes[name] = model.encode(held_out.batch(slice(None))[0]).numpy()
    return codes


def active(codes: Floats) -> NDArray[np.bool_]:
    """Which units exceed a tenth of the largest activation."""
    return np.abs(codes) > 0.1 * np.abs(codes).max()


def test_l1_leaves_fewer_units_active(latent_codes: dict[str, Floats]) -> None:
    free, penalised = (active(latent_codes[name]).sum(1).mean() for name in ("free", "l1"))
    assert penalised < 0.6 * free


def test_kl_brings_every_unit_near_its_target(latent_codes: dict[str, Floats]) -> None:
    assert active(latent_codes["kl"]).any(0).all()
    assert np.abs(latent_codes["kl"].mean(0) - 0.05).mean() < 0.02


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [("penalty", "l2", "'l1' or 'kl'"), ("rho", 1.0, "less than 1"), ("weight", -0.1, "greater than or equal to 0")],
)
def test_impossible_settings_are_named(setting: str, value: object, message: str) -> None:
    settings = {"latent_dim": 4, "penalty": "kl", setting: value}
    with pytest.raises(SettingsError, match=f"variant.{setting}: .*{message}"):
        build("sparse", settings, SHAPE, seed=0)
