"""What is said of a stage whose task Ray gives up, and of stages that a rebuild on a cluster left."""

from pathlib import Path
from typing import Any

import pytest

from hourglass.cluster import stages
from hourglass.core.errors import HourglassError
from hourglass.core.params import Common
from hourglass.pipeline import graph
from tests.cluster.conftest import WITHOUT_RAY


def answered(monkeypatch: pytest.MonkeyPatch, error: Exception, *nodes: dict[str, Any]) -> None:
    """Wait for a stage whose task ends in `error`, on a cluster of `nodes`."""
    import ray

    def get(result: object, timeout: float) -> None:
        raise error

    monkeypatch.setattr(ray, "get", get)
    monkeypatch.setattr(ray, "nodes", lambda: nodes)
    cluster: Any = type("Cluster", (), {"settings": Common(seed=1, threads=1)})
    stages._Task("train@vae", cluster, None).finish()


@WITHOUT_RAY
def test_a_lost_node_is_named_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.exceptions import NodeDiedError

    with pytest.raises(
        HourglassError, match=r"^stage train@vae was lost with its node, or its process there, 4 times: "
    ):
        answered(monkeypatch, NodeDiedError("the node is dead\nmore"))


@WITHOUT_RAY
def test_other_failures_of_ray_blame_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.exceptions import OutOfMemoryError

    with pytest.raises(HourglassError, match=r"^stage train@vae could not run: Task was killed for memory$"):
        answered(monkeypatch, OutOfMemoryError("Task was killed for memory\nmore"))


@WITHOUT_RAY
def test_a_stage_that_fits_on_no_living_node_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.exceptions import GetTimeoutError

    lost = {"Alive": False, "Resources": {"CPU": 4, "memory": 8e9}}
    with pytest.raises(HourglassError, match=r"^no node has what train@vae needs: 1 CPU, 1\.5 GB of memory; "):
        answered(monkeypatch, GetTimeoutError("10 s"), lost)


@pytest.mark.parametrize(
    ("left", "names"),
    [({"train@b", "train@a"}, "train@a, train@b"), ({*"abcde"}, "a, b, c and 2 more")],
)
def test_stages_that_the_cluster_left_are_an_error(monkeypatch: pytest.MonkeyPatch, left: set[str], names: str) -> None:
    monkeypatch.setattr(graph, "changed", lambda pipeline: {*left, "publish"})
    with pytest.raises(HourglassError, match=rf"^out of date after the rebuild: {names}; if what they read was edited"):
        stages._require_complete()


def test_publishing_is_not_left_by_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "changed", lambda pipeline: {"publish"})
    stages._require_complete()


@WITHOUT_RAY
def test_publishing_alone_needs_no_cluster_and_no_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no repository, so nothing that nodes need could be found
    with stages.place("auto", Common(seed=1, threads=1), None)({stages.PUBLISH}) as run:
        assert callable(run)
