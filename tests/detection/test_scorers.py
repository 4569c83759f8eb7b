"""Each scorer against another way of computing the same."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter
from scipy.spatial.distance import mahalanobis
from sklearn import mixture
from sklearn.decomposition import PCA
from sklearn.neighbors import KernelDensity as LearnedKernelDensity
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from hourglass.detection.features import Features
from hourglass.detection.scorer import Scorer
from hourglass.detection.scorers import gaussian_mixture
from hourglass.detection.scorers.cosine_knn import CosineKnn
from hourglass.detection.scorers.elbo import Elbo
from hourglass.detection.scorers.gaussian_mixture import GaussianMixture
from hourglass.detection.scorers.gradient import Gradient
from hourglass.detection.scorers.kernel_density import KernelDensity
from hourglass.detection.scorers.knn import Knn
from hourglass.detection.scorers.mahalanobis import Mahalanobis
from hourglass.detection.scorers.peak_residual import PeakResidual
from hourglass.detection.scorers.pixel import Pixel
from hourglass.detection.scorers.restoration import Restoration
from hourglass.detection.scorers.smoothed_residual import SmoothedResidual
from hourglass.models.build import build

DIMENSIONS = 5
OF_LATENT: list[type[Scorer]] = [CosineKnn, KernelDensity, Mahalanobis, GaussianMixture, Knn]
OF_RESIDUALS: list[type[Scorer]] = [Gradient, PeakResidual, Pixel, SmoothedResidual]


def draws(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def given(**parts: Tensor) -> Features:
    """Features without a network behind them."""
    features = Features.__new__(Features)
    vars(features).update(parts)
    return features


@pytest.fixture
def train() -> Tensor:
    """Latent codes in two clusters, on unequal scales, correlated, away from zero."""
    mixing = torch.tensor([10.0, 1, 1, 0.1, 3]).diag() + 0.3 * torch.rand(DIMENSIONS, DIMENSIONS, generator=draws(1))
    codes = torch.randn(300, DIMENSIONS, generator=draws(0))
    codes[:100] += torch.tensor([0.0, 5, 0, 0, 5])
    return codes @ mixing + 4


@pytest.fixture
def new(train: Tensor) -> Tensor:
    """From the middle of the clusters to far away."""
    steps = torch.linspace(0.1, 4, 40)[:, None]
    return train.mean(0) + steps * train.std(0) * torch.randn(40, DIMENSIONS, generator=draws(2))


def scored(kind: type[Scorer], train: Tensor, new: Tensor) -> Tensor:
    scorer = kind()
    scorer.fit(train)
    return scorer.score(given(latent=new))


def white(train: Tensor, new: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whitened by scikit-learn, whose variances are of N - 1 rather than of N."""
    found = PCA(whiten=True).fit(train.double())
    scale = math.sqrt(len(train) / (len(train) - 1))
    return found.transform(train.double()) * scale, found.transform(new.double()) * scale


def test_knn_is_the_mean_distance_to_five_whitened_codes(train: Tensor, new: Tensor) -> None:
    points, others = white(train, new)
    distances, _ = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(others)
    np.testing.assert_allclose(scored(Knn, train, new), np.log(distances.mean(1)), atol=1e-4)


def test_mahalanobis_is_scipy_s_distance_with_numpy_s_covariance(train: Tensor, new: Tensor) -> None:
    inverse = np.linalg.inv(np.cov(train.double().T, ddof=0))
    expected = [math.log(mahalanobis(code, train.double().mean(0), inverse)) for code in new.double()]
    np.testing.assert_allclose(scored(Mahalanobis, train, new), expected, atol=1e-4)


def test_gaussian_mixture_is_scikit_learn_s_density(train: Tensor, new: Tensor) -> None:
    points, others = white(train, new)
    floor, seed = gaussian_mixture.FLOOR, gaussian_mixture.SEED
    fitted = mixture.GaussianMixture(10, covariance_type="diag", reg_covar=floor, random_state=seed).fit(points)
    np.testing.assert_allclose(scored(GaussianMixture, train, new), -fitted.score_samples(others), rtol=1e-3, atol=1e-3)


def test_kernel_density_is_scikit_learn_s_with_scott_s_bandwidth(train: Tensor, new: Tensor) -> None:
    points, others = white(train, new)
    # All codes in one leaf: bounds over trees lose digits far out.
    width = 300 ** (-1 / (DIMENSIONS + 4))
    expected = -LearnedKernelDensity(bandwidth=width, leaf_size=300).fit(points).score_samples(others)
    np.testing.assert_allclose(scored(KernelDensity, train, new), expected, rtol=1e-4, atol=1e-4)


def test_cosine_knn_is_the_mean_distance_of_codes_of_length_one(train: Tensor, new: Tensor) -> None:
    points, others = (codes.double() / codes.double().norm(dim=1, keepdim=True) for codes in (train, new))
    distances, _ = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(others)
    np.testing.assert_allclose(scored(CosineKnn, train, new), np.log(distances.mean(1)), atol=2e-3)


def test_cosine_knn_does_not_depend_on_length(train: Tensor, new: Tensor) -> None:
    lengths = torch.linspace(0.1, 30, 40)[:, None]
    torch.testing.assert_close(
        scored(CosineKnn, train, lengths * new), scored(CosineKnn, train, new), atol=2e-3, rtol=0
    )
    torch.testing.assert_close(
        scored(CosineKnn, train * torch.linspace(0.1, 9, 300)[:, None], new),
        scored(CosineKnn, train, new),
        atol=2e-3,
        rtol=0,
    )


@pytest.mark.parametrize("kind", [KernelDensity, Mahalanobis, GaussianMixture, Knn])
def test_scales_of_latent_dimensions_do_not_matter(kind: type[Scorer], train: Tensor, new: Tensor) -> None:
    """Stretched and moved together, codes get the same scores; the mixture's axes are not stretched."""
    stretched = torch.tensor([1.0, 20, 0.5, 3, 7])
    torch.testing.assert_close(
        scored(kind, train * stretched + 2, new * stretched + 2)
        if kind is not GaussianMixture
        else scored(kind, train + 2, new + 2),
        scored(kind, train, new),
        atol=5e-3,
        rtol=2e-3,
    )


@pytest.mark.parametrize("kind", OF_LATENT)
def test_an_outlying_code_is_more_anomalous_than_normal_ones(kind: type[Scorer], train: Tensor) -> None:
    outlier = train.mean(0) + 6 * torch.tensor([-1.0, 1, -1, 1, -1]) * train.std(0)
    normal, anomalous = scored(kind, train, train), scored(kind, train, outlier[None])
    assert anomalous > normal.quantile(0.99)


@pytest.mark.parametrize("kind", OF_LATENT)
def test_equal_codes_give_finite_scores(kind: type[Scorer]) -> None:
    """As those of a collapsed network are. Another code is anomalous, the same one is not."""
    train = torch.full((30, 3), 0.1)
    scores = scored(kind, train, torch.tensor([[0.1, 0.1, 0.1], [0.1, -5, 0.1]]))
    assert scores.isfinite().all()
    assert scores[1] > scores[0] + 1


@pytest.mark.parametrize("kind", OF_LATENT)
@pytest.mark.parametrize("count", [2, 3, 7])
def test_few_normal_codes_suffice(kind: type[Scorer], count: int) -> None:
    """Fewer than neighbours, components or dimensions."""
    train = torch.randn(count, 8, generator=draws(0))
    assert scored(kind, train, torch.randn(4, 8, generator=draws(1))).isfinite().all()


def test_a_constant_latent_dimension_is_left_out(train: Tensor, new: Tensor) -> None:
    constant = torch.full((300, 1), 3.0)
    for kind in (KernelDensity, Mahalanobis, Knn):
        more = scored(kind, torch.cat([train, constant], 1), torch.cat([new, constant[:40]], 1))
        torch.testing.assert_close(more, scored(kind, train, new), atol=1e-3, rtol=1e-3)


@pytest.fixture
def residuals() -> Tensor:
    return torch.randn(6, 2, 9, 7, generator=draws(0))


def test_pixel_is_the_log_of_the_mean_squared_error(residuals: Tensor) -> None:
    expected = np.log(np.square(residuals.numpy()).mean((1, 2, 3)))
    np.testing.assert_allclose(Pixel().score(given(residuals=residuals)), expected, rtol=1e-5)


def test_smoothed_residual_averages_before_it_squares(residuals: Tensor) -> None:
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    expected = np.log(np.square(smooth).mean((1, 2, 3)))
    np.testing.assert_allclose(SmoothedResidual().score(given(residuals=residuals)), expected, rtol=1e-4)


def test_residuals_of_both_signs_cancel_when_smoothed() -> None:
    one_sign = torch.full((1, 1, 12, 12), 0.2)
    both = one_sign * (1 - 2 * (torch.arange(12)[:, None] + torch.arange(12) & 1))
    assert both.mean() == 0
    features = [given(residuals=found) for found in (one_sign, both)]
    assert Pixel().score(features[0]) == pytest.approx(Pixel().score(features[1]))
    assert SmoothedResidual().score(features[1]) < SmoothedResidual().score(features[0]) - math.log(50)


def test_peak_residual_is_the_largest_of_the_smoothed(residuals: Tensor) -> None:
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    expected = np.log(np.square(smooth).mean(1).max((1, 2)))
    np.testing.assert_allclose(PeakResidual().score(given(residuals=residuals)), expected, rtol=1e-4)


def test_gradient_is_the_error_of_numpy_s_differences() -> None:
    image, reconstruction = np.random.default_rng(0).uniform(size=(2, 4, 1, 9, 7))
    expected = sum(
        np.square(np.diff(reconstruction, axis=axis) - np.diff(image, axis=axis)).mean((1, 2, 3)) for axis in (2, 3)
    )
    found = Gradient().score(given(residuals=torch.from_numpy(reconstruction - image)))
    np.testing.assert_allclose(found, np.log(expected), rtol=1e-6)


def test_gradient_ignores_a_shift_of_brightness(residuals: Tensor) -> None:
    found = [Gradient().score(given(residuals=residuals + shift)) for shift in (0, 0.5)]
    torch.testing.assert_close(*found)
    assert not Pixel().score(given(residuals=residuals)).allclose(Pixel().score(given(residuals=residuals + 0.5)))


@pytest.mark.parametrize("kind", OF_RESIDUALS)
def test_ten_times_the_error_always_adds_the_same(kind: type[Scorer], residuals: Tensor) -> None:
    first, second, third = (kind().score(given(residuals=scale * residuals)) for scale in (0.1, 1, 10))
    torch.testing.assert_close(second - first, torch.full((6,), 2 * math.log(10)))
    torch.testing.assert_close(third - second, torch.full((6,), 2 * math.log(10)))


@pytest.mark.parametrize("kind", OF_RESIDUALS)
def test_a_perfect_reconstruction_has_the_lowest_finite_score(kind: type[Scorer]) -> None:
    perfect, nearly = (kind().score(given(residuals=torch.full((1, 1, 5, 5), value).tril())) for value in (0.0, 1e-12))
    assert perfect.isfinite()
    assert perfect < nearly


@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_elbo_is_reconstruction_plus_divergence(module: str, loss: str) -> None:
    """In nats above a perfect reconstruction, of the posterior's mean, whatever training made of the divergence."""
    settings = {"latent_dim": 3, "hidden": [16], "loss": loss, "beta": 4.0}
    model = build(module, settings, (1, 6, 6), seed=0).eval()
    x = torch.randint(256, (5, 1, 6, 6), generator=draws(0)) / 255
    y = torch.full((5,), 2) if module == "cvae" else None
    with torch.inference_mode():
        found = Elbo().score(Features(model, x, normal=2))
        mean, logvar = (part.double() for part in model.posterior(x, y))  # type: ignore[operator]
        prior_mean, prior_logvar = (part.double().expand(5, 3) for part in model.prior(y))  # type: ignore[operator]
        decoded, x = model.decode(mean.float(), y).double(), x.double()
    posterior = torch.distributions.Normal(mean, (logvar / 2).exp())
    prior = torch.distributions.Normal(prior_mean, (prior_logvar / 2).exp())
    divergence = torch.distributions.kl_divergence(posterior, prior).sum(1)
    if loss == "bce":
        pixels, means = (torch.distributions.Bernoulli(chance) for chance in (x, decoded.sigmoid()))
        distance = torch.distributions.kl_divergence(pixels, means).sum((1, 2, 3))
    else:
        distance = (decoded - x).square().sum((1, 2, 3))
    torch.testing.assert_close(found.double(), distance + divergence, rtol=1e-5, atol=1e-5)


RESTORING: dict[str, tuple[str, dict[str, Any]]] = {
    "gaussian": ("denoising", {"noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}),
    "salt_pepper": ("denoising", {"noise": "salt_pepper", "level": 0.3, "latent_dim": 3, "channels": [4], "hidden": 8}),
    "masked": ("masked", {"latent_dim": 4, "width": 8, "depth": 1}),
    "super_resolution": ("super_resolution", {"latent_dim": 4, "hidden": [8]}),
    "rotated": ("rotated", {"latent_dim": 4, "channels": [], "hidden": [8]}),
}


@pytest.mark.parametrize("name", RESTORING)
def test_restoration_does_not_depend_on_the_rest_of_the_batch(name: str) -> None:
    model = build(*RESTORING[name], (1, 8, 8), seed=0).eval()
    images = torch.randint(256, (7, 1, 8, 8), generator=draws(0)) / 255

    @torch.inference_mode()
    def score(some: Tensor) -> Tensor:
        return Restoration().score(Features(model, some, normal=0))

    whole = score(images)
    torch.manual_seed(5)  # nor on random numbers from elsewhere
    torch.testing.assert_close(torch.cat([score(image) for image in images.split(1)]), whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(score(images.flip(0)).flip(0), whole, rtol=1e-4, atol=1e-5)
    assert len(set(whole.tolist())) == 7


def test_restoration_is_the_log_mean_over_pixels_and_draws() -> None:
    residuals = torch.randn(4, 6, 2, 5, 5, generator=draws(0))
    expected = np.log(np.square(residuals.numpy()).mean((0, 2, 3, 4)))
    np.testing.assert_allclose(Restoration().score(given(restoration_residuals=residuals)), expected, rtol=1e-5)
