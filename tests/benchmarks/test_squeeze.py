from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import squeeze
from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import ImageSet
from hourglass.variants import rotated

SETTINGS = {
    "seed": 1,
    "threads": 1,
    "data": {},
    "train_normal": {"epochs": 2, "batch_size": 32},
    "detect": {
        "false_positive_rate": 0.05,
        "candidates": ["knn", "pixel", "smoothed_residual"],
        "variants": {"rotated": {"scorers": ["smoothed_residual", "knn"], "threshold": "cross_conformal"}},
    },
    "variants": {"rotated": {"module": "rotated", "channels": [4], "squeeze": 0.5, "latent_dim": 4, "hidden": [16, 8]}},
}


def test_each_value_is_measured_on_every_class_without_test_images(
    digits: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(params.PARAMS, SETTINGS)
    few = digits.subset(np.flatnonzero(digits.labels <= 2))
    for number, name in enumerate(("train", "validation")):
        part = few.subset(slice(number, None, 2))
        ImageSet(part[:], part.labels, digits.classes[:3]).save(layout.split(name))

    factors: list[float] = []
    original = rotated.squeeze_images

    def watched(x: torch.Tensor, ways: torch.Tensor, factor: float) -> torch.Tensor:
        factors.append(factor)
        return original(x, ways, factor)

    monkeypatch.setattr(rotated, "squeeze_images", watched)
    squeeze.main(1, "rotated", [1.0, 0.7])
    assert set(factors) == {0.7}  # not what params.yaml states, and 1 squeezes nothing
    none, some = (read_json(squeeze.RESULTS / f"rotated-{value}-1.json") for value in ("1", "0.7"))
    assert list(none) == list(some) == ["0", "1", "2"]
    assert none != some
    for found in (*none.values(), *some.values()):
        assert set(found["scorers"]) == {"smoothed_residual", "knn"}
        assert 0 <= found["roc_auc"] <= 1
        assert found["rotation"] > 0
