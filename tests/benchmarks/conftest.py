from pathlib import Path

import pytest

from benchmarks.detectors import METHODS
from hourglass.core import params


@pytest.fixture
def own_params(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in the repository, whose params.yaml was benchmarked; skip if a reader has put another in its place."""
    monkeypatch.chdir(root)
    variants = params.content()["variants"]
    missing = sorted({variant for method in METHODS.values() for variant in method.variants} - variants.keys())
    if missing:
        pytest.skip(f"params.yaml has no {', '.join(missing)}: it is not the one that was benchmarked")
