from typing import get_args

import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from hourglass.data.imageset import ImageSet
from hourglass.models.conditioning import ConditionedDense, Kind
from hourglass.models.gaussian import draw
from hourglass.models.losses import kl_between_normals
from hourglass.models.variational import Variational
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings
from hourglass.variants.cvae import CVAE
from hourglass.variants.vae import VAE

KINDS: tuple[Kind, ...] = get_args(Kind)
Y = torch.tensor([0, 1, 2, 0, 1, 2])


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def x() -> Tensor:
    return torch.rand(6, 1, 4, 4, generator=draws(3))


def small(kind: Kind = "concat") -> CVAE:
    torch.manual_seed(0)
    return CVAE((1, 4, 4), latent_dim=3, hidden=[8, 6], conditioning=kind, classes=3)


def test_kl_equals_torch_distributions() -> None:
    mean, logvar, prior_mean, prior_logvar = torch.randn(4, 7, 5, generator=draws())
    expected = kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(prior_mean, (prior_logvar / 2).exp())).sum(1)
    torch.testing.assert_close(kl_between_normals(mean, logvar, prior_mean, prior_logvar), expected)
    one = prior_logvar[:, :1]
    expected = kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(prior_mean, (one / 2).exp())).sum(1)
    torch.testing.assert_close(kl_between_normals(mean, logvar, prior_mean, one), expected)


def test_kl_is_zero_between_equals_only() -> None:
    mean, logvar = torch.randn(2, 7, 5, generator=draws())
    assert kl_between_normals(mean, logvar, mean, logvar).abs().max() < 1e-6
    assert kl_between_normals(mean, logvar, mean + 0.1, logvar).min() > 0
    assert kl_between_normals(mean, logvar, mean, logvar + 0.1).min() > 0


def linears(network: nn.Module) -> list[nn.Linear]:
    return [layer for layer in network.modules() if isinstance(layer, nn.Linear)]


def test_it_is_the_vae_where_the_class_has_no_weight(x: Tensor) -> None:
    """With the VAE's weights, zero weights for the class and the prior N(0, I), all results are the VAE's."""
    torch.manual_seed(1)
    vae, cvae = VAE((1, 4, 4), latent_dim=3, hidden=[8, 6]), small("concat")
    with torch.no_grad():
        for ours, theirs in zip(linears(cvae), linears(vae), strict=True):
            ours.weight.copy_(torch.cat([theirs.weight, torch.zeros(len(theirs.weight), 3)], dim=1))
            ours.bias.copy_(theirs.bias)
    for y in (torch.full((6,), 1), Y):
        expected, actual = vae.loss(x, None, draws()), cvae.loss(x, y, draws())
        assert actual.keys() == expected.keys()
        for name, term in expected.items():
            torch.testing.assert_close(actual[name], term, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(cvae.reconstruct(x, y), vae.reconstruct(x), rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(cvae.sample(6, y, draws()), vae.sample(6, None, draws()), rtol=1e-6, atol=1e-6)


def step(model: CVAE, x: Tensor, count: int = 1) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for seed in range(count):
        optimizer.zero_grad()
        torch.stack([term.mean() for term in model.loss(x, Y, draws(seed)).values()]).sum().backward()
        optimizer.step()


@pytest.mark.parametrize("kind", KINDS)
def test_encoder_decoder_and_prior_depend_on_the_class(x: Tensor, kind: Kind) -> None:
    model = small(kind)
    step(model, x, 5)
    other = (Y + 1) % 3
    z = model.encode(x, Y)
    assert (model.encode(x, other) - z).abs().max() > 1e-3
    assert (model.decode(z, other) - model.decode(z, Y)).abs().max() > 1e-3
    assert (model.prior(other)[0] - model.prior(Y)[0]).abs().max() > 1e-3
    assert (model.prior(other)[1] - model.prior(Y)[1]).abs().max() > 1e-4


def test_a_class_s_prior_learns_from_its_images_only(x: Tensor) -> None:
    model = small()
    torch.stack(list(model.loss(x[:2], torch.tensor([0, 2]), draws()).values())).sum().backward()
    for parameter in (model.prior_mean, model.prior_logvar):
        assert parameter.grad is not None
        assert (parameter.grad.abs().sum(1) > 0).tolist() == [True, False, True]


def test_the_prior_has_one_variance_per_class() -> None:
    mean, logvar = small().prior(Y)
    assert mean.shape == (6, 3)
    assert logvar.shape == (6, 1)
    assert small().prior_logvar.shape == (3, 1)


def test_samples_come_from_the_prior_of_their_class() -> None:
    model = small()
    with torch.no_grad():
        model.prior_mean.copy_(torch.randn(3, 3, generator=draws()))
        model.prior_logvar.copy_(torch.tensor([[-2.0], [0.0], [2.0]]))
    drawn: list[Tensor] = []
    model.decode = lambda z, y=None: drawn.append(z) or torch.zeros(len(z), 1, 4, 4)  # type: ignore[method-assign,func-returns-value]
    y = torch.arange(3).repeat(20_000)
    model.sample(len(y), y, draws(1))
    for number in range(3):
        z = drawn[0][y == number]
        std = (model.prior_logvar[number] / 2).exp().item()
        torch.testing.assert_close(z.mean(0), model.prior_mean[number].detach(), rtol=0, atol=0.03 * std)
        torch.testing.assert_close(z.std(0), torch.full((3,), std), rtol=0.03, atol=0)


def test_samples_are_decoded_with_their_class() -> None:
    model = small()
    with torch.no_grad():
        model.prior_logvar.fill_(-60)
    expected = model.means(model.decode(model.prior_mean[Y], Y))
    torch.testing.assert_close(model.sample(6, Y, draws()), expected)


def test_every_layer_is_conditioned_on_the_class() -> None:
    model = small("film")
    for network in (model.encoder, model.decoder):
        assert isinstance(network, ConditionedDense)
        assert [condition.features for condition in network.conditions] == [
            layer.in_features for layer in network.layers
        ]


def standardised(model: Variational, images: ImageSet) -> Tensor:
    """Draws from the posteriors, as distances from the mean of the prior in its standard deviations."""
    x, y = images.batch(slice(None))
    with torch.inference_mode():
        z = draw(*model.posterior(x, model.condition(y)), draws())
        mean, logvar = model.prior(y)
        return (z - mean) * (-0.5 * logvar).exp()


def test_latent_codes_do_not_hold_the_class(digits: ImageSet) -> None:
    """kNN classifies digits by draws from a VAE's posteriors, and hardly by a CVAE's, standardised by the prior."""
    train, test = digits.subset(slice(1300)), digits.subset(slice(1300, None))
    accuracy = {}
    for variant in (VAE, CVAE):
        torch.manual_seed(0)
        model = variant((1, 8, 8), latent_dim=8, hidden=[64])
        fit(model, train, test, TrainSettings(epochs=15, batch_size=64), seed=0)
        z = standardised(model, digits)
        knn = KNeighborsClassifier(10).fit(z[:1300], train.labels)
        accuracy[variant] = knn.score(z[1300:], test.labels)
    assert accuracy[VAE] > 0.4
    assert accuracy[CVAE] < 0.25
