"""A real server that is killed in the middle of a promotion."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
from hourglass.stages import promote, publish
from hourglass.tracking import rescore
from tests.tracking import state
from tests.tracking.server import serving
from tests.tracking.state import aliases, champion, numbers, retrain


def test_a_server_killed_before_the_alias_moves_keeps_the_champion(
    published: Path, quick_models: None, believed: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescore, "scores", state.served_scores)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    retrain("pca", 3.0)
    publish.main()
    before, present = numbers(), os.environ["MLFLOW_TRACKING_URI"]
    with serving(published, tmp_path / "served") as (process, port), monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        tag = MlflowClient.set_model_version_tag

        def kill_after(*arguments: Any) -> None:
            """The first tag of the decision is the last request that is answered."""
            tag(*arguments)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

        patch.setattr(MlflowClient, "set_model_version_tag", kill_after)
        with pytest.raises(HourglassError, match="run `hourglass promote` again"):
            promote.main(None, dry_run=False)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", present)  # the same database, on another server
    assert numbers() == before
    assert aliases()["champion"] == "vanilla"
    version = state.client().get_model_version_by_alias(state.MODEL, "pca")
    assert version.tags["hourglass.decision"] == "decided"
    assert promote.main(None, dry_run=False) == 0
    assert aliases()["champion"] == "pca"
    assert champion().tags["hourglass.decision"] == "promoted"
