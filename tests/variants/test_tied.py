from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from hourglass.models.build import build
from hourglass.models.checkpoints import load_model, save_model
from hourglass.models.losses import Loss
from hourglass.variants.tied import Tied
from hourglass.variants.undercomplete import Undercomplete

SHAPE = (1, 4, 4)


def pair(loss: Loss = "mse") -> tuple[Tied, Undercomplete]:
    """A tied autoencoder, and an untied one that computes the same function with copies of its weights."""
    torch.manual_seed(0)
    tied = Tied(SHAPE, latent_dim=3, hidden=[8, 5], loss=loss)
    untied = Undercomplete(SHAPE, latent_dim=3, hidden=[8, 5], loss=loss)
    for bias in tied.biases:
        torch.nn.init.normal_(bias)
    untied.encoder.load_state_dict(tied.encoder.state_dict())
    transposed = [weight.T for weight in reversed(matrices(tied))]
    with torch.no_grad():
        for layer, weight, bias in zip(linear(untied.decoder), transposed, tied.biases, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    return tied, untied


def linear(network: torch.nn.Module) -> list[torch.nn.Linear]:
    return [layer for layer in network.modules() if isinstance(layer, torch.nn.Linear)]


def matrices(model: torch.nn.Module) -> list[Tensor]:
    return [value for value in model.parameters() if value.ndim == 2]


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_a_gradient_is_the_sum_of_both_uses(loss: Loss) -> None:
    tied, untied = pair(loss)
    x = torch.rand(7, *SHAPE, generator=torch.Generator().manual_seed(1))

    torch.testing.assert_close(tied.reconstruct(x), untied.reconstruct(x))
    shared, separate = (
        torch.autograd.grad(model.loss(x, None, torch.Generator())["reconstruction"].mean(), matrices(model))
        for model in (tied, untied)
    )
    for whole, down, up in zip(shared, separate[:3], reversed(separate[3:]), strict=True):
        assert down.abs().sum() > 0
        assert up.abs().sum() > 0
        torch.testing.assert_close(whole, down + up.T)


def test_it_has_half_the_weights_and_as_many_biases() -> None:
    tied, untied = pair()
    assert 2 * sum(value.numel() for value in matrices(tied)) == sum(value.numel() for value in matrices(untied))
    biases = [sum(value.numel() for value in model.parameters() if value.ndim == 1) for model in (tied, untied)]
    assert biases[0] == biases[1]


def test_a_file_holds_each_matrix_once(tmp_path: Path) -> None:
    tied = build("tied", {"latent_dim": 3, "hidden": [8, 5]}, SHAPE, seed=0)
    file = tmp_path / "tied.safetensors"
    save_model(tied, file)
    assert sorted(value.shape for value in load_file(file).values() if value.ndim == 2) == [(3, 5), (5, 8), (8, 16)]
    loaded = load_model(file)
    z = torch.randn(5, 3, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(loaded.decode(z), tied.decode(z), rtol=0, atol=0)
    with torch.no_grad():
        matrices(loaded)[-1].zero_()
    # The decoder reads the encoder's tensor: with its last matrix zero, z makes no difference.
    torch.testing.assert_close(loaded.decode(z), loaded.decode(0 * z), rtol=0, atol=0)
