"""The graph of stages, the order in which they start, and the time that stale ones took."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json, write_text
from hourglass.pipeline import dvc, graph, rebuild, schedule
from hourglass.pipeline.staleness import require_current, stale
from hourglass.pipeline.timing import expected_seconds

GRAPH = {"prepare": set[str](), "train@a": {"prepare"}, "train@b": {"prepare"}, "accept": {"train@a", "train@b"}}
SECONDS = {"train@a": 5.0, "train@b": 50.0}


@pytest.fixture(autouse=True)
def timed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder where both trainings ran before, and nothing else did."""
    monkeypatch.chdir(tmp_path)
    for stage, seconds in SECONDS.items():
        write_json(layout.timing(stage), {"seconds": seconds})


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stages in the order in which they were started; each ends at once, `train@b` with status 1 if `fail` is there."""
    names: list[str] = []

    def start(stage: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
        names.append(stage)
        fails = stage == "train@b" and Path("fail").exists()
        return subprocess.Popen(["sh", "-c", f"echo output of {stage}; exit {int(fails)}"], stdout=log)

    monkeypatch.setattr(dvc, "start", start)
    monkeypatch.setattr(dvc, "restore", lambda stage: names.append(f"restore {stage}"))
    return names


def test_affected_stages_are_those_that_wait() -> None:
    assert graph.affected(GRAPH, {"train@b", "elsewhere"}) == {"train@b", "accept"}
    assert graph.affected(GRAPH, set()) == set()


def test_longest_ready_stage_starts_first(started: list[str]) -> None:
    rebuild.run_all(GRAPH, jobs=1)
    assert started == ["prepare", "train@b", "train@a", "accept"]


def test_path_of_a_stage_is_its_time_and_that_of_what_waits() -> None:
    seconds = {"prepare": 1.0, "train@a": 5.0, "train@b": 50.0, "accept": 2.0}
    assert schedule.path_seconds(GRAPH, seconds) == {"prepare": 53, "train@a": 7, "train@b": 52, "accept": 2}


def test_longest_path_starts_before_the_longest_stage(started: list[str]) -> None:
    write_json(layout.timing("evaluate@a"), {"seconds": 60.0})
    rebuild.run_all(GRAPH | {"evaluate@a": {"train@a"}, "accept": {"evaluate@a", "train@b"}}, jobs=1)
    assert started == ["prepare", "train@a", "evaluate@a", "train@b", "accept"]


def test_recipes_start_later_only_where_it_costs_no_time() -> None:
    seconds = {"train@lecture": 5.0, "train@recipe": 20.0}
    order = [schedule.by_priority(seconds, seconds, seconds, left, {"train@recipe"}) for left in (100.0, 30.0)]
    assert order == [["train@lecture", "train@recipe"], ["train@recipe", "train@lecture"]]


def test_recipes_repeat_the_module_of_an_earlier_variant() -> None:
    modules = {"denoising_gaussian": "denoising", "vae": "vae", "vae_2d": "vae", "denoising_salt_pepper": "denoising"}
    variants = {name: SimpleNamespace(module=module) for name, module in modules.items()}
    settings: Any = SimpleNamespace(variants=variants)
    stages = {*(f"train@{name}" for name in modules), "sweep@pca", "report"}
    assert schedule.recipes(stages, settings) == {"train@vae_2d", "train@denoising_salt_pepper"}


def test_stage_that_never_ran_here_takes_its_time_of_the_benchmark() -> None:
    measured = {"train@a": {"seconds": 70.0}, "evaluate@a": {"seconds": 20.0}, "evaluate@b": {"seconds": 40.0}}
    write_json(layout.REBUILD_BENCHMARK, {"stages": measured})
    stages = ("train@a", "evaluate@a", "train@new", "evaluate@new", "report")
    assert [expected_seconds(stage) for stage in stages] == [5, 20, 27.5, 30, None]


def test_nothing_starts_after_a_failure(started: list[str]) -> None:
    Path("fail").touch()
    with pytest.raises(HourglassError, match=r"^stage train@b failed:\noutput of train@b$"):
        rebuild.run_all(GRAPH, jobs=1)
    assert started == ["prepare", "train@b", "restore train@b"]


def test_stale_stages_are_listed_with_the_time_they_took(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [{"changed deps": {"params.yaml": {"variants.a": "modified"}, "data/prepared": "deleted"}}]
    status = {"train@a": changes, "train@b": [{"changed outs": {"models/b": "deleted"}}]}
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps(status))
    monkeypatch.setattr(graph, "read", lambda pipeline: GRAPH)
    assert stale() == [
        "stale: train@a is behind variants.a; last time 5 s",
        "`hourglass repro` reruns these and what depends on them, 2 stages; last time 5 s, and 1 of unknown time",
    ]
    layout.timing("train@a").unlink()
    assert "time unknown, never run here" in stale()[0]
    write_json(layout.timing("train@a"), {"seconds": 2520.0})
    assert "last time 42 min" in stale()[0]


def test_new_stage_never_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [{"changed deps": {"data/prepared": "modified", "params.yaml": "new"}}, "changed command"]
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps({"train@a": changes}))
    monkeypatch.setattr(graph, "read", lambda pipeline: GRAPH)
    assert stale()[0] == "stale: train@a never ran; last time 5 s"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (
            {"train@a": [{"changed deps": {"src/x.py": "modified"}}]},
            "train@a is behind src/x.py; run `hourglass repro`",
        ),
        (
            {
                stage: [{"changed deps": {"params.yaml": {"seed": "modified"}}}]
                for stage in ("train@a", "train@b", "publish")
            },
            "train@a is behind seed, and 1 more stages are stale; run `hourglass repro`",
        ),
    ],
)
def test_stale_results_are_refused_with_the_stage(
    monkeypatch: pytest.MonkeyPatch, status: dict[str, object], message: str
) -> None:
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps(status))
    with pytest.raises(HourglassError, match=re.escape(message)):
        require_current()


@pytest.mark.parametrize(
    "changes",
    [
        {"publish": [{"changed deps": {"src/hourglass/tracking": "modified"}}]},
        {"train@a": [{"changed outs": {"models/a": "deleted"}}]},
        {},
    ],
)
def test_absent_results_and_publishing_are_not_refused(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps(changes))
    require_current()


def test_results_that_are_merely_absent_are_not_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a fresh clone, whose folder of models has a README and no models."""
    publish = [{"changed deps": {"models": "modified", "reports/index.html": "deleted"}}]
    monkeypatch.setattr(dvc, "ask", lambda *arguments: json.dumps({"publish": publish}))
    monkeypatch.setattr(graph, "read", lambda pipeline: {"publish": set()})
    write_text(Path("models/README.md"), "# Models\n")
    assert stale() == []
    write_text(Path("models/a/all.safetensors"), "")
    assert stale()[0] == "stale: publish is behind models; time unknown, never run here"
