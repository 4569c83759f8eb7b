import pytest
import torch

from hourglass.detection import whitening


def draws(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("count", [20, 500])
def test_whitened_codes_are_uncorrelated_with_unit_variance(count: int) -> None:
    latent = torch.randn(count, 6, generator=draws(0)) @ torch.randn(6, 6, generator=draws(1)) + 3
    white = whitening.apply(latent, whitening.fit(latent))
    torch.testing.assert_close(white.mean(0), torch.zeros(6), atol=1e-4, rtol=0)
    torch.testing.assert_close(white.T @ white / count, torch.eye(6), atol=1e-3, rtol=0)


def test_constant_directions_are_left_out() -> None:
    plane = torch.randn(100, 2, generator=draws(0)) @ torch.randn(2, 7, generator=draws(1))
    state = whitening.fit(plane + 1)
    assert state["axes"].shape == (7, 2)
    white = whitening.apply(plane + 1, state)
    torch.testing.assert_close(white.T @ white / 100, torch.eye(2), atol=1e-3, rtol=0)


def test_fewer_codes_than_dimensions_span_fewer_directions() -> None:
    latent = torch.randn(4, 9, generator=draws(0))
    assert whitening.apply(latent, whitening.fit(latent)).shape == (4, 3)


@pytest.mark.parametrize("count", [1, 30])
def test_equal_codes_are_only_centred(count: int) -> None:
    latent = torch.tensor([[0.1, -3.0, 7e5]]).repeat(count, 1)
    state = whitening.fit(latent)
    torch.testing.assert_close(whitening.apply(latent[:1] + 1, state), torch.ones(1, 3), atol=0.1, rtol=0)
