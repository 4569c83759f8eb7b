import pytest
import torch
from torch import Tensor, nn

from hourglass.live.functions import functions
from hourglass.live.operations import UnsupportedError
from hourglass.live.program import capture
from tests.live.small import model, settings


def test_a_network_becomes_a_list_of_operations() -> None:
    network = model({"module": "vanilla", "latent_dim": 3})
    encode = functions(network)["encode"]
    program = capture(encode.apply, network, [network], encode.inputs)
    assert [name for name, _, _ in program.operations] == ["reshape", "linear", "gelu"]
    assert program.operations[1][1] == [0, "encoder.1.0.weight", "encoder.1.0.bias"]
    assert program.output == 2
    assert program.tensors() == ["encoder.1.0.bias", "encoder.1.0.weight"]


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x: torch.fft.fft(x).real, "fft"),
        (lambda x: x.add(x, alpha=2), "these settings"),
        (lambda x: x if x.sum() > 0 else -x, "data-dependent"),
    ],
)
def test_what_the_page_cannot_compute_is_named(function: object, reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        capture(function, nn.Identity(), [], {"x": torch.ones(1, 4)})  # type: ignore[arg-type]


def test_conditional_networks_take_the_class() -> None:
    network = model(settings()["cvae"])
    own = functions(network)
    assert {name: list(function.inputs) for name, function in own.items()} == {
        "encode": ["x", "y"],
        "decode": ["z", "y"],
        "prior": ["noise", "y"],
    }


def test_prior_of_a_vae_is_the_noise_itself() -> None:
    network = model(settings()["vae"])
    noise: Tensor = torch.randn(1, network.latent_dim)
    assert torch.equal(functions(network)["prior"].apply(noise), noise)
