import math

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from hourglass.data.arrays import Split
from hourglass.evaluation.likelihood import importance_weighted_bound
from hourglass.experiments import likelihood
from hourglass.experiments.judge import Judge
from hourglass.experiments.material import Material
from hourglass.models.build import build
from hourglass.models.losses import image_distance
from hourglass.models.variational import Variational

SHAPE = (1, 4, 4)
IMAGES = np.random.default_rng(0).integers(0, 256, (25, *SHAPE), dtype=np.uint8)
LABELS = np.arange(25) % 3


def material(k: int, images: np.ndarray = IMAGES) -> Material:
    split = Split(images, LABELS[: len(images)])
    return Material(split, split, split, Judge(SHAPE, 3), k, seed=5)


def model(module: str = "vae") -> Variational:
    own = {"classes": 3} if module == "cvae" else {}
    found = build({"module": module, "latent_dim": 2, "hidden": [8], "loss": "bce", **own}, SHAPE, seed=0).eval()
    assert isinstance(found, Variational)
    return found


def test_log_normal_is_the_density() -> None:
    mean, logvar, z = torch.randn(3, 6, 4, generator=torch.Generator().manual_seed(0))
    expected = Normal(mean, (logvar / 2).exp()).log_prob(z).sum(1)
    torch.testing.assert_close(likelihood.log_normal(z, mean, logvar), expected)
    one = Normal(mean, (logvar[:, :1] / 2).exp()).log_prob(z).sum(1)
    torch.testing.assert_close(likelihood.log_normal(z, mean, logvar[:, :1]), one)


def test_it_equals_the_integral_over_the_codes() -> None:
    """With two code numbers, log p(x) can be summed over a fine grid; many draws come close to it."""
    vae, data = model(), material(k=40_000, images=np.where(IMAGES > 127, 255, 0).astype(np.uint8))
    found = np.concatenate([importance_weighted_bound(part) for part in likelihood.log_weights(vae, data)])
    axis = torch.linspace(-6, 6, 241)
    z = torch.cartesian_prod(axis, axis)
    step = (axis[1] - axis[0]).item()
    with torch.inference_mode():
        prior = Normal(0.0, 1.0).log_prob(z).sum(1) + 2 * math.log(step)
        decoded = vae.decode(z)
        x = torch.from_numpy(data.test.images).float() / 255
        expected = [torch.logsumexp(prior - image_distance(decoded, one.expand_as(decoded), "bce"), 0) for one in x]
    np.testing.assert_allclose(found, torch.stack(expected).numpy(), atol=0.02)


@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_one_draw_is_the_elbo(module: str) -> None:
    """On average over many draws: the training loss of the same binary images."""
    network = model(module)
    binary = np.where(IMAGES > 127, 255, 0).astype(np.uint8)
    weights = np.concatenate(list(likelihood.log_weights(network, material(3000, binary))))
    x, y = torch.from_numpy(binary).float() / 255, torch.from_numpy(LABELS)
    with torch.inference_mode():
        generator = torch.Generator().manual_seed(0)
        elbos = [-torch.stack(list(network.loss(x, y, generator).values())).sum(0) for _ in range(3000)]
    np.testing.assert_allclose(weights.mean(1), torch.stack(elbos).mean(0).numpy(), atol=0.1)


def test_figures_say_cost_and_draws_and_repeat() -> None:
    found = likelihood.figures(model(), material(7))
    assert found["k"] == 7
    low, high = found["iwae_nats_ci"]
    assert 0 < low < found["iwae_nats"] < high
    assert likelihood.figures(model(), material(7)) == found


def test_pixels_become_zero_or_one() -> None:
    seen: list[torch.Tensor] = []
    network = model()
    network.encoder.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    likelihood.figures(network, material(2))
    assert torch.cat(seen).unique().tolist() == [0, 1]
    assert sum(map(len, seen)) == 25


def test_it_applies_where_pixels_have_a_probability() -> None:
    settings = {"module": "vae", "latent_dim": 2, "hidden": [8]}
    assert likelihood.applies(model())
    assert not likelihood.applies(build({**settings, "loss": "mse"}, SHAPE, seed=0))
    assert not likelihood.applies(build({"module": "vanilla", "latent_dim": 2, "loss": "bce"}, SHAPE, seed=0))
