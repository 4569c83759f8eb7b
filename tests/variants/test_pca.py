import numpy as np
import pytest
import torch
from sklearn import decomposition
from sklearn.datasets import load_digits

from hourglass.core.errors import SettingsError
from hourglass.models.build import build
from hourglass.models.networks import dense
from hourglass.variants.pca import PCA


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    return torch.from_numpy(np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8))


@pytest.mark.parametrize("dimensions", [1, 10, 30])
def test_equals_scikit_learn(digits: torch.Tensor, dimensions: int) -> None:
    model = PCA((1, 8, 8), latent_dim=dimensions)
    model.solve(digits)
    flat = digits.flatten(1).double().numpy() / 255
    reference = decomposition.PCA(dimensions, svd_solver="full").fit(flat)
    rebuilt = reference.inverse_transform(reference.transform(flat))
    x = digits / 255
    error = model.score(x).mean().item()
    assert error == pytest.approx(np.square(rebuilt - flat).mean(), abs=1e-6)
    np.testing.assert_allclose(model.reconstruct(x).flatten(1).numpy(), rebuilt, atol=1e-4)
    # Components are the same up to their sign.
    np.testing.assert_allclose(np.abs(np.sum(model.components.numpy() * reference.components_, axis=1)), 1, atol=1e-4)


def test_a_linear_autoencoder_reaches_it_and_never_beats_it(digits: torch.Tensor) -> None:
    """Baldi and Hornik (1989): gradient descent on a linear autoencoder ends in PCA's subspace."""
    dimensions = 4
    pca = PCA((1, 8, 8), latent_dim=dimensions)
    pca.solve(digits)
    x = (digits / 255).flatten(1)
    torch.manual_seed(0)
    encoder, decoder = dense([64, dimensions]), dense([dimensions, 64])
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.LBFGS(weights, max_iter=400, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (decoder(encoder(x)) - x).square().mean()
        loss.backward()
        return loss

    optimizer.step(closure)
    learned = closure().item()
    best = pca.score(digits / 255).mean().item()
    assert best <= learned <= 1.01 * best
    spans = torch.linalg.qr(weights[2].detach()).Q
    cosines = torch.linalg.svdvals(pca.components @ spans)
    assert cosines.min() > 0.99


def test_more_components_than_pixels_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"variants\.x\.latent_dim: 65 components of 64 pixels; allowed: 1 to 64"):
        build({"module": "pca", "latent_dim": 65}, (1, 8, 8), seed=0, where="variants.x")
