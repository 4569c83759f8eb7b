"""Each scorer against another way of computing the same."""

import math

import numpy as np
import pytest
import torch
from scipy.ndimage import uniform_filter
from scipy.spatial.distance import mahalanobis
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity, NearestNeighbors
from torch import Tensor

from hourglass.detectors.scorers import mixture
from hourglass.detectors.scorers.direction import Direction
from hourglass.detectors.scorers.elbo import Elbo
from hourglass.detectors.scorers.gradient import Gradient
from hourglass.detectors.scorers.kernel import Kernel
from hourglass.detectors.scorers.mahalanobis import Mahalanobis
from hourglass.detectors.scorers.mixture import Mixture
from hourglass.detectors.scorers.neighbours import Neighbours
from hourglass.detectors.scorers.pixel import Pixel
from hourglass.detectors.scorers.restoration import Restoration
from hourglass.detectors.scorers.scorer import Scorer
from hourglass.detectors.scorers.window import Window
from hourglass.detectors.sight import Sight
from hourglass.models.build import build

DIMENSIONS = 5
OF_CODES: list[type[Scorer]] = [Direction, Kernel, Mahalanobis, Mixture, Neighbours]
OF_RESIDUALS: list[type[Scorer]] = [Gradient, Pixel, Window]


def draws(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def glance(**parts: Tensor) -> Sight:
    """What a scorer looks at, without a network behind it."""
    sight = Sight.__new__(Sight)
    vars(sight).update(parts)
    return sight


@pytest.fixture
def known() -> Tensor:
    """Codes in two clouds, on unequal scales, correlated, away from zero."""
    mixing = torch.tensor([10.0, 1, 1, 0.1, 3]).diag() + 0.3 * torch.rand(DIMENSIONS, DIMENSIONS, generator=draws(1))
    codes = torch.randn(300, DIMENSIONS, generator=draws(0))
    codes[:100] += torch.tensor([0.0, 5, 0, 0, 5])
    return codes @ mixing + 4


@pytest.fixture
def new(known: Tensor) -> Tensor:
    """From the middle of the clouds to far away."""
    steps = torch.linspace(0.1, 4, 40)[:, None]
    return known.mean(0) + steps * known.std(0) * torch.randn(40, DIMENSIONS, generator=draws(2))


def scored(kind: type[Scorer], known: Tensor, new: Tensor) -> Tensor:
    scorer = kind()
    scorer.fit(known)
    return scorer.score(glance(codes=new))


def white(known: Tensor, new: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whitened by scikit-learn, whose variances are of N - 1 rather than of N."""
    found = PCA(whiten=True).fit(known.double())
    scale = math.sqrt(len(known) / (len(known) - 1))
    return found.transform(known.double()) * scale, found.transform(new.double()) * scale


def test_neighbours_is_the_mean_distance_to_five_whitened_codes(known: Tensor, new: Tensor) -> None:
    points, others = white(known, new)
    distances, _ = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(others)
    np.testing.assert_allclose(scored(Neighbours, known, new), np.log(distances.mean(1)), atol=1e-4)


def test_mahalanobis_is_scipy_s_distance_with_numpy_s_covariance(known: Tensor, new: Tensor) -> None:
    inverse = np.linalg.inv(np.cov(known.double().T, ddof=0))
    expected = [math.log(mahalanobis(code, known.double().mean(0), inverse)) for code in new.double()]
    np.testing.assert_allclose(scored(Mahalanobis, known, new), expected, atol=1e-4)


def test_mixture_is_scikit_learn_s_density(known: Tensor, new: Tensor) -> None:
    points, others = white(known, new)
    fitted = GaussianMixture(10, covariance_type="diag", reg_covar=mixture.FLOOR, random_state=mixture.SEED).fit(points)
    np.testing.assert_allclose(scored(Mixture, known, new), -fitted.score_samples(others), rtol=1e-3, atol=1e-3)


def test_kernel_is_scikit_learn_s_density_with_scott_s_width(known: Tensor, new: Tensor) -> None:
    points, others = white(known, new)
    # All codes in one leaf: bounds over trees lose digits far out.
    width = 300 ** (-1 / (DIMENSIONS + 4))
    expected = -KernelDensity(bandwidth=width, leaf_size=300).fit(points).score_samples(others)
    np.testing.assert_allclose(scored(Kernel, known, new), expected, rtol=1e-4, atol=1e-4)


def test_direction_is_the_mean_distance_of_codes_of_length_one(known: Tensor, new: Tensor) -> None:
    points, others = (codes.double() / codes.double().norm(dim=1, keepdim=True) for codes in (known, new))
    distances, _ = NearestNeighbors(n_neighbors=5).fit(points).kneighbors(others)
    np.testing.assert_allclose(scored(Direction, known, new), np.log(distances.mean(1)), atol=2e-3)


def test_direction_does_not_depend_on_a_code_s_length(known: Tensor, new: Tensor) -> None:
    lengths = torch.linspace(0.1, 30, 40)[:, None]
    torch.testing.assert_close(
        scored(Direction, known, lengths * new), scored(Direction, known, new), atol=2e-3, rtol=0
    )
    torch.testing.assert_close(
        scored(Direction, known * torch.linspace(0.1, 9, 300)[:, None], new),
        scored(Direction, known, new),
        atol=2e-3,
        rtol=0,
    )


@pytest.mark.parametrize("kind", [Kernel, Mahalanobis, Mixture, Neighbours])
def test_codes_are_judged_on_equal_terms(kind: type[Scorer], known: Tensor, new: Tensor) -> None:
    """Stretched, turned and moved together, they get the same scores, but for a turn of the mixture's axes."""
    stretched = torch.tensor([1.0, 20, 0.5, 3, 7])
    torch.testing.assert_close(
        scored(kind, known * stretched + 2, new * stretched + 2)
        if kind is not Mixture
        else scored(kind, known + 2, new + 2),
        scored(kind, known, new),
        atol=5e-3,
        rtol=2e-3,
    )


@pytest.mark.parametrize("kind", OF_CODES)
def test_a_code_like_none_before_is_stranger_than_a_usual_one(kind: type[Scorer], known: Tensor) -> None:
    odd = known.mean(0) + 6 * torch.tensor([-1.0, 1, -1, 1, -1]) * known.std(0)
    usual, strange = scored(kind, known, known), scored(kind, known, odd[None])
    assert strange > usual.quantile(0.99)


@pytest.mark.parametrize("kind", OF_CODES)
def test_codes_that_are_all_the_same_give_finite_scores(kind: type[Scorer]) -> None:
    """As those of a collapsed network are. Another code is strange, the same one is not."""
    known = torch.full((30, 3), 0.1)
    scores = scored(kind, known, torch.tensor([[0.1, 0.1, 0.1], [0.1, -5, 0.1]]))
    assert scores.isfinite().all()
    assert scores[1] > scores[0] + 1


@pytest.mark.parametrize("kind", OF_CODES)
@pytest.mark.parametrize("count", [2, 3, 7])
def test_few_normal_codes_are_enough(kind: type[Scorer], count: int) -> None:
    """Fewer than neighbours, components or dimensions."""
    known = torch.randn(count, 8, generator=draws(0))
    assert scored(kind, known, torch.randn(4, 8, generator=draws(1))).isfinite().all()


def test_a_dimension_that_never_varies_is_left_out(known: Tensor, new: Tensor) -> None:
    constant = torch.full((300, 1), 3.0)
    for kind in (Kernel, Mahalanobis, Neighbours):
        more = scored(kind, torch.cat([known, constant], 1), torch.cat([new, constant[:40]], 1))
        torch.testing.assert_close(more, scored(kind, known, new), atol=1e-3, rtol=1e-3)


@pytest.fixture
def residuals() -> Tensor:
    return torch.randn(6, 2, 9, 7, generator=draws(0))


def test_pixel_is_the_log_of_the_mean_squared_error(residuals: Tensor) -> None:
    expected = np.log(np.square(residuals.numpy()).mean((1, 2, 3)))
    np.testing.assert_allclose(Pixel().score(glance(residuals=residuals)), expected, rtol=1e-5)


def test_window_averages_over_three_by_three_pixels_before_it_squares(residuals: Tensor) -> None:
    smooth = uniform_filter(residuals.numpy(), (0, 0, 3, 3), mode="constant")
    expected = np.log(np.square(smooth).mean((1, 2, 3)))
    np.testing.assert_allclose(Window().score(glance(residuals=residuals)), expected, rtol=1e-4)


def test_errors_of_both_signs_side_by_side_cancel_in_the_window_only() -> None:
    one_sign = torch.full((1, 1, 12, 12), 0.2)
    both = one_sign * (1 - 2 * (torch.arange(12)[:, None] + torch.arange(12) & 1))
    assert both.mean() == 0
    sights = [glance(residuals=found) for found in (one_sign, both)]
    assert Pixel().score(sights[0]) == pytest.approx(Pixel().score(sights[1]))
    assert Window().score(sights[1]) < Window().score(sights[0]) - math.log(50)


def test_gradient_is_the_error_of_numpy_s_differences() -> None:
    image, rebuilt = np.random.default_rng(0).uniform(size=(2, 4, 1, 9, 7))
    expected = sum(
        np.square(np.diff(rebuilt, axis=axis) - np.diff(image, axis=axis)).mean((1, 2, 3)) for axis in (2, 3)
    )
    found = Gradient().score(glance(residuals=torch.from_numpy(rebuilt - image)))
    np.testing.assert_allclose(found, np.log(expected), rtol=1e-6)


def test_gradient_is_blind_to_a_shift_of_brightness(residuals: Tensor) -> None:
    found = [Gradient().score(glance(residuals=residuals + shift)) for shift in (0, 0.5)]
    torch.testing.assert_close(*found)
    assert not Pixel().score(glance(residuals=residuals)).allclose(Pixel().score(glance(residuals=residuals + 0.5)))


@pytest.mark.parametrize("kind", OF_RESIDUALS)
def test_ten_times_the_error_is_the_same_step_wherever_it_is_taken(kind: type[Scorer], residuals: Tensor) -> None:
    first, second, third = (kind().score(glance(residuals=scale * residuals)) for scale in (0.1, 1, 10))
    torch.testing.assert_close(second - first, torch.full((6,), 2 * math.log(10)))
    torch.testing.assert_close(third - second, torch.full((6,), 2 * math.log(10)))


@pytest.mark.parametrize("kind", OF_RESIDUALS)
def test_a_perfect_reconstruction_has_a_finite_score_below_all_others(kind: type[Scorer]) -> None:
    perfect, nearly = (kind().score(glance(residuals=torch.full((1, 1, 5, 5), value).tril())) for value in (0.0, 1e-12))
    assert perfect.isfinite()
    assert perfect < nearly


@pytest.mark.parametrize("loss", ["bce", "mse"])
@pytest.mark.parametrize("module", ["vae", "cvae"])
def test_elbo_is_reconstruction_and_divergence_by_hand(module: str, loss: str) -> None:
    """In nats above a perfect reconstruction, of the posterior's mean, whatever training made of the divergence."""
    settings = {"module": module, "latent_dim": 3, "hidden": [16], "loss": loss, "beta": 4.0}
    model = build(settings, (1, 6, 6), seed=0).eval()
    images = torch.randint(256, (5, 1, 6, 6), generator=draws(0), dtype=torch.uint8)
    y = torch.full((5,), 2) if module == "cvae" else None
    with torch.inference_mode():
        found = Elbo().score(Sight(model, images, normal=2))
        x = images.double() / 255
        mean, logvar = (part.double() for part in model.posterior(x.float(), y))  # type: ignore[operator]
        prior_mean, prior_logvar = (part.double().expand(5, 3) for part in model.prior(y))  # type: ignore[operator]
        decoded = model.decode(mean.float(), y).double()
    posterior = torch.distributions.Normal(mean, (logvar / 2).exp())
    prior = torch.distributions.Normal(prior_mean, (prior_logvar / 2).exp())
    divergence = torch.distributions.kl_divergence(posterior, prior).sum(1)
    if loss == "bce":
        greys, found_greys = (torch.distributions.Bernoulli(chance) for chance in (x, decoded.sigmoid()))
        distance = torch.distributions.kl_divergence(greys, found_greys).sum((1, 2, 3))
    else:
        distance = (decoded - x).square().sum((1, 2, 3))
    torch.testing.assert_close(found.double(), distance + divergence, rtol=1e-5, atol=1e-5)


RESTORING = [
    {"module": "denoising", "noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8},
    {"module": "denoising", "noise": "salt_pepper", "level": 0.3, "latent_dim": 3, "channels": [4], "hidden": 8},
    {"module": "masked", "latent_dim": 4, "width": 8, "depth": 1},
    {"module": "super_resolution", "latent_dim": 4, "hidden": [8]},
    {"module": "rotated", "latent_dim": 4, "channels": [], "hidden": [8]},
]


@pytest.mark.parametrize(
    "settings", RESTORING, ids=lambda settings: f"{settings['module']}_{settings.get('noise', '')}"
)
def test_the_restoration_of_an_image_does_not_depend_on_those_beside_it(settings: dict[str, object]) -> None:
    model = build(settings, (1, 8, 8), seed=0).eval()
    images = torch.randint(256, (7, 1, 8, 8), generator=draws(0), dtype=torch.uint8)

    @torch.inference_mode()
    def score(some: Tensor) -> Tensor:
        return Restoration().score(Sight(model, some, normal=0))

    whole = score(images)
    torch.manual_seed(5)  # nor on random numbers from elsewhere
    torch.testing.assert_close(torch.cat([score(image) for image in images.split(1)]), whole, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(score(images.flip(0)).flip(0), whole, rtol=1e-4, atol=1e-5)
    assert len(set(whole.tolist())) == 7


def test_restoration_is_the_log_of_the_mean_over_pixels_and_draws() -> None:
    repairs = torch.randn(4, 6, 2, 5, 5, generator=draws(0))
    expected = np.log(np.square(repairs.numpy()).mean((0, 2, 3, 4)))
    np.testing.assert_allclose(Restoration().score(glance(repairs=repairs)), expected, rtol=1e-5)
