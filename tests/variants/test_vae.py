import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from hourglass.models.losses import image_distance, kl_between_normals
from hourglass.variants.vae import VAE


@pytest.fixture
def posterior() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(7, 5, generator=generator), torch.randn(7, 5, generator=generator)


def test_kl_equals_torch_distributions(posterior: tuple[torch.Tensor, torch.Tensor]) -> None:
    mean, logvar = posterior
    zero = torch.zeros(1, 1)
    # std = exp(logvar / 2): mixing up the standard deviation and the variance is the classic error.
    expected = kl_divergence(Normal(mean, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(kl_between_normals(mean, logvar, zero, zero), expected)


def test_kl_is_zero_only_at_the_prior() -> None:
    zero = torch.zeros(1, 3)
    assert kl_between_normals(zero, zero, zero, zero).item() == 0
    assert kl_between_normals(zero + 0.1, zero, zero, zero).item() > 0
    assert kl_between_normals(zero, zero + 0.1, zero, zero).item() > 0


def test_bce_is_the_bernoulli_likelihood_and_finite() -> None:
    logits = torch.tensor([[[[-200.0, 0.3, 200.0]]]])
    x = torch.tensor([[[[0.0, 1.0, 0.0]]]])
    expected = -Independent(Bernoulli(logits=logits), 3).log_prob(x)
    torch.testing.assert_close(image_distance(logits, x, "bce"), expected)
    assert image_distance(logits, x, "bce").isfinite().all()


def test_loss_is_the_negative_elbo() -> None:
    """Against the ELBO written out with torch.distributions, from the same draw."""
    torch.manual_seed(1)
    model = VAE((1, 4, 4), latent_dim=3, hidden=[8])
    x = torch.rand(6, 1, 4, 4).round()
    terms = model.loss(x, None, torch.Generator().manual_seed(5))
    mean, logvar = model.posterior(x)
    q = Normal(mean, (logvar / 2).exp())
    z = mean + q.stddev * torch.randn(mean.shape, generator=torch.Generator().manual_seed(5))
    likelihood = Independent(Bernoulli(logits=model.decode(z)), 3).log_prob(x)
    elbo = likelihood - kl_divergence(q, Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(-(terms["reconstruction"] + terms["kl"]), elbo)


def test_binarised_training_draws_every_pixel_anew() -> None:
    """Zeros and ones with the grey value as probability, other ones at every step; black and white stay."""
    torch.manual_seed(0)
    model = VAE((1, 4, 4), latent_dim=3, hidden=[8], binarise=True)
    seen: list[torch.Tensor] = []
    posterior = model.posterior
    model.posterior = lambda x, y=None: seen.append(x) or posterior(x)  # type: ignore[method-assign,func-returns-value]
    x = torch.tensor([0.0, 0.25, 0.75, 1.0]).repeat(2000, 1, 4, 1)
    generator = torch.Generator().manual_seed(0)
    for _ in range(2):
        model.loss(x, None, generator)
    assert set(seen[0].unique().tolist()) == {0.0, 1.0}
    assert not seen[0].equal(seen[1])
    torch.testing.assert_close(seen[0].mean((0, 1, 2)), x[0, 0, 0], rtol=0, atol=0.02)


def test_beta_weights_the_kl_in_training_and_evaluation() -> None:
    torch.manual_seed(0)
    plain = VAE((1, 4, 4), latent_dim=3, hidden=[8])
    heavy = VAE((1, 4, 4), latent_dim=3, hidden=[8], beta=4.0)
    heavy.load_state_dict(plain.state_dict())
    x = torch.rand(5, 1, 4, 4)
    for mode in (True, False):
        one, four = (m.train(mode).loss(x, None, torch.Generator().manual_seed(0)) for m in (plain, heavy))
        torch.testing.assert_close(four["kl"], 4 * one["kl"])
        torch.testing.assert_close(four["reconstruction"], one["reconstruction"])


def test_draws_have_the_posteriors_moments() -> None:
    torch.manual_seed(0)
    model = VAE((1, 2, 2), latent_dim=1, hidden=[4])
    x = torch.rand(1, 1, 2, 2).expand(40_000, -1, -1, -1)
    drawn: list[torch.Tensor] = []
    model.decode = lambda z, y=None: drawn.append(z) or torch.zeros(len(z), 1, 2, 2)  # type: ignore[method-assign,func-returns-value]
    model.loss(x, None, torch.Generator().manual_seed(2))
    mean, logvar = model.posterior(x[:1])
    assert drawn[0].mean().item() == pytest.approx(mean.item(), abs=0.02)
    assert drawn[0].std().item() == pytest.approx((logvar / 2).exp().item(), rel=0.02)
