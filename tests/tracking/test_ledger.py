"""The runs of an experiment that has more of them than MLflow gives at once."""

from pathlib import Path

import pytest

from hourglass.stages import publish
from hourglass.tracking import ledger
from tests.tracking.state import everything, retrain


def test_runs_on_a_second_page_are_not_published_again(
    published: Path, quick_models: None, believed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "RUNS_PER_PAGE", 1)
    retrain("pca", 3.0)
    publish.main()
    before = everything()
    publish.main()
    assert everything() == before
