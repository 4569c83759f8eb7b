from pathlib import Path
from typing import Any

import pytest

from benchmarks.detectors import METHODS
from hourglass.core import params

SMALL = {"latent_dim": 4, "hidden": [16, 8]}


@pytest.fixture
def own_params(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the repository, whose params.yaml was benchmarked; skip if a reader has put another in its place."""
    monkeypatch.chdir(root)
    variants = params.content()["variants"]
    missing = sorted({variant for method in METHODS.values() for variant in method.variants} - variants.keys())
    if missing:
        pytest.skip(f"params.yaml has no {', '.join(missing)}: it is not the one that was benchmarked")


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    """A params.yaml with small networks, for our detectors."""
    return {
        "seed": 1,
        "threads": 1,
        "data": {},
        "train_normal": {"epochs": 2, "batch_size": 32},
        "detect": {
            "false_positive_rate": 0.05,
            "candidates": ["knn", "pixel", "smoothed_residual"],
            "variants": {
                "rotated": {"scorers": ["smoothed_residual", "knn"], "threshold": "cross_conformal"},
                "rotated_dense": {"scorers": ["knn"]},
                "convolutional": {"scorers": ["pixel"]},
            },
        },
        "variants": {
            "rotated": {"module": "rotated", "channels": [4], "weight": 0.1, **SMALL},
            "rotated_dense": {"module": "rotated", "channels": [], "weight": 0.1, **SMALL},
            "convolutional": {"module": "convolutional", "channels": [4], "latent_dim": 4, "hidden": 8},
        },
    }
