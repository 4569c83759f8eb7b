import numpy as np
import pytest
import torch
from sklearn import decomposition

from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.models.build import build
from hourglass.models.networks import dense
from hourglass.variants.pca import PCA


@pytest.fixture(scope="module")
def x(digits: ImageSet) -> torch.Tensor:
    return digits.batch(slice(None))[0]


@pytest.mark.parametrize("dimensions", [1, 10, 30])
def test_components_equal_scikit_learns(digits: ImageSet, x: torch.Tensor, dimensions: int) -> None:
    model = PCA((1, 8, 8), latent_dim=dimensions)
    model.solve(digits)
    flat = digits[slice(None)].reshape(len(digits), -1) / 255
    reference = decomposition.PCA(dimensions, svd_solver="full").fit(flat)
    expected = reference.inverse_transform(reference.transform(flat))
    error = model.score(x).mean().item()
    assert error == pytest.approx(np.square(expected - flat).mean(), abs=1e-6)
    np.testing.assert_allclose(model.reconstruct(x).flatten(1).numpy(), expected, atol=1e-4)
    # Components are equal up to their sign.
    np.testing.assert_allclose(np.abs(np.sum(model.components.numpy() * reference.components_, axis=1)), 1, atol=1e-4)


def test_a_linear_autoencoder_ends_in_the_same_subspace(digits: ImageSet, x: torch.Tensor) -> None:
    """Baldi and Hornik (1989): gradient descent on a linear autoencoder ends in PCA's subspace."""
    dimensions = 4
    pca = PCA((1, 8, 8), latent_dim=dimensions)
    pca.solve(digits)
    flat = x.flatten(1)
    torch.manual_seed(0)
    encoder, decoder = dense([64, dimensions]), dense([dimensions, 64])
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.LBFGS(weights, max_iter=400, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (decoder(encoder(flat)) - flat).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    learned = closure().item()
    best = pca.score(x).mean().item()
    assert best <= learned <= 1.01 * best
    spans = torch.linalg.qr(weights[2].detach()).Q
    cosines = torch.linalg.svdvals(pca.components @ spans)
    assert cosines.min() > 0.99


def test_more_components_than_pixels_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"variants\.x\.latent_dim: 65 components of 64 pixels; allowed: 1 to 64"):
        build("pca", {"latent_dim": 65}, (1, 8, 8), seed=0, where="variants.x")
