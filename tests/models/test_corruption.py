"""Each corruption against its definition and its statistics."""

import numpy as np
import pytest
import torch
from skimage.measure import block_reduce
from torch import Tensor

from hourglass.models.corruption import downsample, gaussian, patch_mask, salt_pepper


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def x() -> Tensor:
    return torch.rand(200, 3, 20, 14, generator=draws(9))


@pytest.mark.parametrize("sigma", [0.1, 0.5])
def test_gaussian_noise_has_mean_zero_and_its_std(x: Tensor, sigma: float) -> None:
    noise = gaussian(x, sigma, draws()) - x
    assert noise.mean().item() == pytest.approx(0, abs=sigma * 0.01)
    assert noise.std().item() == pytest.approx(sigma, rel=0.01)
    assert noise.abs().gt(2 * sigma).float().mean().item() == pytest.approx(0.0455, abs=0.002)
    # Channels are independent of each other.
    assert torch.corrcoef(noise.transpose(0, 1).flatten(1)).tril(-1).abs().max() < 0.02


def test_gaussian_noise_is_not_clipped() -> None:
    noisy = gaussian(torch.zeros(4, 1, 28, 28), 0.5, draws())
    assert noisy.min() < -1
    assert noisy.mean().abs() < 0.03


@pytest.mark.parametrize("rate", [0.1, 0.3, 1.0])
def test_salt_and_pepper_sets_its_share_of_pixels(rate: float) -> None:
    grey = torch.full((200, 3, 20, 14), 0.5)
    noisy = salt_pepper(grey, rate, draws())
    assert (noisy == 0).float().mean().item() == pytest.approx(rate / 2, abs=0.01)
    assert (noisy == 1).float().mean().item() == pytest.approx(rate / 2, abs=0.01)
    assert noisy.unique().tolist() == ([0, 0.5, 1] if rate < 1 else [0, 1])
    assert (noisy == noisy[:, :1]).all()
    assert (grey == 0.5).all()


@pytest.mark.parametrize("corrupt", [lambda x, g: gaussian(x, 0.5, g), lambda x, g: salt_pepper(x, 0.3, g)])
def test_noise_depends_on_the_generator_alone(x: Tensor, corrupt) -> None:  # type: ignore[no-untyped-def]
    generator = draws(1)
    first, second = corrupt(x, generator), corrupt(x, generator)
    torch.manual_seed(5)
    torch.testing.assert_close(corrupt(x, draws(1)), first, rtol=0, atol=0)
    assert (first != second).float().mean() > 0.2


@pytest.mark.parametrize("factor", [2, 4])
def test_downsampling_averages_squares(x: Tensor, factor: int) -> None:
    whole = x[:, :, :12, :8]
    expected = block_reduce(whole.numpy(), (1, 1, factor, factor), np.mean)
    np.testing.assert_allclose(downsample(whole, factor), expected, rtol=1e-5)


def test_downsampling_averages_smaller_squares_at_the_edge() -> None:
    ramp = torch.arange(35.0).view(1, 1, 5, 7)
    small = downsample(ramp, 2)
    assert small.shape == (1, 1, 3, 4)
    assert small[0, 0, 0, 0] == torch.tensor([0.0, 1, 7, 8]).mean()
    assert small[0, 0, 0, 3] == (6 + 13) / 2
    assert small[0, 0, 2, 3] == 34
    # Pixels beyond the edge do not count, rather than count as black.
    torch.testing.assert_close(downsample(torch.ones(1, 1, 5, 7), 2), torch.ones(1, 1, 3, 4))


@pytest.mark.parametrize(
    ("size", "share", "hidden"),
    [((28, 28), 0.75, 37), ((28, 20), 0.5, 18), ((8, 8), 0.75, 3), ((8, 8), 0.99, 3), ((8, 8), 0.01, 1)],
)
def test_every_image_hides_as_many_whole_patches(size: tuple[int, int], share: float, hidden: int) -> None:
    mask = patch_mask(torch.zeros(50, 3, *size), 4, share, draws())
    assert mask.shape == (50, 1, *size)
    patches = mask.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4).flatten(1, 3).float()
    assert patches.mean(2).unique().tolist() == [0, 1]
    assert patches.mean(2).sum(1).unique().tolist() == [hidden]


def test_patches_at_the_edge_are_smaller() -> None:
    mask = patch_mask(torch.zeros(200, 1, 7, 5), 4, 0.5, draws())
    assert mask.shape == (200, 1, 7, 5)
    for rows, columns in ((slice(4), slice(4)), (slice(4), slice(4, 5)), (slice(4, 7), slice(4)), (slice(4, 7), 4)):
        part = mask[:, 0, rows, columns].flatten(1).float().mean(1)
        assert part.unique().tolist() == [0, 1]
        assert part.mean().item() == pytest.approx(0.5, abs=0.1)


def test_patches_are_hidden_equally_often() -> None:
    mask = patch_mask(torch.zeros(4000, 1, 16, 16), 4, 0.75, draws())
    assert (mask.float().mean(0) - 0.75).abs().max() < 0.03
    assert len(mask.flatten(1).unique(dim=0)) > 1000  # of the 1,820 ways to leave 4 of 16
