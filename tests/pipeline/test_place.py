"""A place that cannot run the stages: nothing is removed or run, and the rebuild's lock is held when it is asked."""

from collections.abc import Collection
from pathlib import Path
from typing import Any, Never

import pytest

from hourglass.core.errors import HourglassError
from hourglass.core.files import write_text
from hourglass.pipeline import dvc, graph, leftovers, lock, rebuild, validate

GRAPH = {"download": set[str](), "prepare": {"download"}, "train@a": {"prepare"}}
SETTINGS: Any = None  # what reads it is replaced


def test_nothing_is_removed_or_run_where_stages_cannot_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    old = Path("models/old/all.safetensors")
    write_text(old, "")
    monkeypatch.setattr(leftovers, "find", lambda settings: {"old": [old]})
    monkeypatch.setattr(graph, "changed", lambda pipeline: {"download"})
    monkeypatch.setattr(graph, "read", lambda pipeline: GRAPH)
    monkeypatch.setattr(validate, "models", lambda settings: None)
    monkeypatch.setattr(dvc, "run", lambda *arguments: pytest.fail("a stage ran"))

    def place(stages: Collection[str]) -> Never:
        assert stages == GRAPH.keys()
        with pytest.raises(HourglassError, match="is rebuilding here"), lock.exclusive(wait=False):
            pass
        raise HourglassError("no room")

    with pytest.raises(HourglassError, match=r"^no room$"):
        rebuild.rebuild(SETTINGS, place, "dvc.yaml")
    assert old.exists()
