from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from hourglass.core.metrics import Estimate
from hourglass.data.imageset import ImageSet, to_unit
from hourglass.evaluation.classical_restorers import Array, Clean, baselines
from hourglass.evaluation.image_quality import psnr
from hourglass.evaluation.inference import Floats, Restored
from hourglass.evaluation.measures.restoration import applies, compare
from hourglass.models.build import build


@pytest.fixture(scope="module")
def clean(digits: ImageSet) -> NDArray[np.uint8]:
    return digits[:]


def constant(*values: float) -> Floats:
    return np.tile(np.array(values, np.float32)[:, None, None, None], (1, 1, 8, 8))


def test_metrics_by_hand() -> None:
    """Errors of 0.1 and 0.01 are 20 and 40 dB; the best baseline is the one with the highest mean."""
    originals = constant(0.5, 0.5)
    others = {"worse": constant(0.6, 0.6), "better": constant(0.5, 0.4), "worst": constant(1.0, 1.0)}
    found = compare(Restored(originals, originals + 0.2, constant(0.6, 0.51)), others, seed=0)
    assert found.psnr.value == pytest.approx(30)
    assert found.input_psnr == pytest.approx(-20 * np.log10(0.2))
    values = {name: quality.psnr.value for name, quality in found.baselines.items()}
    assert values == pytest.approx({"worse": 20, "better": 60, "worst": -20 * np.log10(0.5)})
    assert found.best_baseline == "better"
    assert found.baseline_psnr == pytest.approx(60)
    assert found.gain.value == pytest.approx(-30)
    assert compare(Restored(originals, originals, originals), others, seed=0).ssim.value == pytest.approx(1)


def test_all_are_clipped_to_the_range_of_an_image() -> None:
    originals, beyond = constant(1.0, 1.0), constant(3.0, 3.0)
    found = compare(Restored(originals, beyond, beyond), {"beyond": beyond}, seed=0)
    assert found.psnr.value == found.input_psnr == found.baseline_psnr == 100


def noisy(images: Floats, sigma: float, seed: int) -> Restored:
    """What a network that removes nine tenths of the noise makes of it."""
    noise = (sigma * np.random.default_rng(seed).standard_normal(images.shape)).astype(np.float32)
    return Restored(images, images + noise, images + np.float32(0.1) * noise)


def restored(clean: NDArray[np.uint8], sigma: float = 0.5) -> tuple[Restored, dict[str, Array]]:
    """What a network made of 40 images, and what classical methods did."""
    x = to_unit(clean[:80])
    tried, found = noisy(x[:40], sigma, 0), noisy(x[40:], sigma, 1)
    return found, baselines(Clean(clean[100:]), tried.originals, tried.observed, found.observed)


def test_gain_varies_less_than_either_psnr(clean: NDArray[np.uint8]) -> None:
    """Network and baseline restore the same images: their difference varies less than either does."""
    images, others = restored(clean)
    found = compare(images, others, seed=0)
    for quality in (found, *found.baselines.values()):
        for estimate in (quality.psnr, quality.ssim):
            assert estimate.low < estimate.value < estimate.high
    assert 0 < found.gain.low < found.gain.value < found.gain.high
    assert found.gain.value == pytest.approx(found.psnr.value - found.baseline_psnr)
    assert found.baseline_psnr == found.baselines[found.best_baseline].psnr.value
    assert compare(images, others, seed=0) == found
    assert compare(images, others, seed=1) != found


def test_network_equal_to_the_best_baseline_gains_nothing(clean: NDArray[np.uint8]) -> None:
    images, others = restored(clean)
    best = max(others.values(), key=lambda found: psnr(images.originals, found).mean())
    assert compare(replace(images, restored=best), others, seed=0).gain == Estimate(0, 0, 0)


@pytest.mark.parametrize("kind", ["small", "hidden"])
def test_perfect_restoration_of_other_damage(clean: NDArray[np.uint8], kind: str) -> None:
    x = to_unit(clean[:20])
    small = x.reshape(20, 1, 4, 2, 4, 2).mean((3, 5))
    hidden = np.where(np.random.default_rng(0).random(x.shape) < 0.5, np.float32(np.nan), x)
    observed = small if kind == "small" else hidden
    found = compare(Restored(x, observed, x), baselines(Clean(clean[100:]), x, observed, observed), seed=0)
    assert found.psnr.value == 100
    assert found.input_psnr < found.baseline_psnr < 100


def test_restoration_applies_to_networks_that_restore() -> None:
    masked = build("masked", {"latent_dim": 4, "width": 8, "depth": 1}, (1, 8, 8), seed=0)
    assert applies(masked)
    assert not applies(build("vanilla", {"latent_dim": 4}, (1, 8, 8), seed=0))
