from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from hourglass.data.arrays import Split
from hourglass.evaluation.reconstruction import psnr
from hourglass.experiments import compression
from hourglass.experiments.judge import Judge
from hourglass.experiments.material import Material
from hourglass.inference import reconstruct
from hourglass.models.build import build

SHAPE = (1, 8, 8)
PCA: dict[str, Any] = {"module": "pca", "latent_dim": 10}
VQ: dict[str, Any] = {"module": "vqvae", "latent_dim": 8, "codes": 4, "channels": [4, 4]}


@pytest.fixture(scope="module")
def material() -> Material:
    images = np.rint(load_digits().images[:, None] * (255 / 16)).astype(np.uint8)
    whole = Split(images, load_digits().target.astype(np.int64))
    train, validation, test = (whole.part(part) for part in (slice(900), slice(900, 1200), slice(1200, None)))
    return Material(train, validation, test, Judge(SHAPE, 10), 5, seed=3)


def test_rounded_codes_cost_little_and_are_small(material: Material) -> None:
    model = build(PCA, SHAPE, seed=0).eval()
    model.solve(torch.from_numpy(material.train.images))
    found = compression.figures(model, material)
    test = material.test
    exact = np.mean([psnr(*pair).mean() for pair in reconstruct(model, test.images, test.labels)])
    # The step was chosen on validation images, to lose 0.1 dB there.
    assert exact - 0.2 < found["psnr"] < exact + 0.05
    assert 0 < found["bytes_per_image"] < 2 * model.latent_dim
    assert found["bytes_per_image"] < found["webp_bytes"]


def test_codebook_entries_are_counted_as_they_are(material: Material) -> None:
    model = build(VQ, SHAPE, seed=0).eval()
    found = compression.figures(model, material)
    test = material.test
    pairs = reconstruct(model, test.images, test.labels)
    assert found["psnr"] == pytest.approx(np.concatenate([psnr(*pair) for pair in pairs]).mean())
    # Four places of two bits each, and what the file needs beside.
    assert found["bytes_per_image"] < 1.2


def test_it_applies_to_what_a_receiver_can_decode_alone() -> None:
    cvae = {"module": "cvae", "latent_dim": 3, "hidden": [8]}
    noise = {"module": "denoising", "noise": "gaussian", "level": 0.5, "latent_dim": 3, "channels": [4], "hidden": 8}
    assert [compression.applies(build(settings, SHAPE, seed=0)) for settings in (PCA, VQ, cvae, noise)] == [
        *(True, True),
        *(False, False),
    ]
