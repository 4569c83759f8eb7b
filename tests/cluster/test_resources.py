"""What stages need of a node, and clusters that lack it."""

from pathlib import Path

import pytest
from repository import expand

from hourglass.cluster import resources
from hourglass.cluster.resources import ON_DEVICE, Resources
from hourglass.core.device import Device
from hourglass.core.errors import HourglassError
from hourglass.core.params import Common


def settings(threads: int = 1, device: Device = "cpu") -> Common:
    return Common(seed=1, threads=threads, device=device)


def node(alive: bool = True, **own: float) -> dict[str, object]:
    return {"Alive": alive, "Resources": own}


def test_stages_need_the_threads_of_params() -> None:
    assert resources.of("train@vae", settings(threads=3)).cpus == 3


def test_only_stages_on_a_device_need_a_gpu_and_only_if_params_say_so() -> None:
    needs = {
        stage: resources.of(stage, settings(device="cuda")).gpus for stage in ("train@vae", "live", "experiment@a")
    }
    assert needs == {"train@vae": 1, "live": 0, "experiment@a": 0}
    assert resources.of("train@vae", settings()).gpus == 0


def test_stages_on_a_device_are_those_that_depend_on_it(root: Path) -> None:
    """In dvc.yaml; `controls` has no network, and `publish` runs on this machine."""
    depending = {stage.name for stage in expand(root) if "device" in stage.params}
    assert depending - {"controls", "publish"} == {*ON_DEVICE}


def test_live_needs_most_memory_and_networks_more_than_others() -> None:
    needs = [resources.of(stage, settings()).memory for stage in ("live", "detect@vae", "experiment@a")]
    assert needs == sorted({*needs}, reverse=True)


def test_a_stage_that_fits_on_no_node_is_named() -> None:
    nodes = [node(CPU=1, memory=8e9), node(False, CPU=4, memory=8e9), node(CPU=4, memory=1e9)]
    resources.require_room(["train@vae"], settings(), nodes)
    with pytest.raises(HourglassError, match=r"^no node has what train@vae needs: 2 CPU, 1\.5 GB of memory; "):
        resources.require_room(["train@vae"], settings(threads=2), nodes)


def test_places_are_cores_of_living_nodes_by_threads() -> None:
    nodes = [node(CPU=5, memory=8e9), node(False, CPU=8, memory=8e9), node(CPU=2, memory=8e9)]
    assert [resources.stages_at_a_time(settings(threads), nodes) for threads in (1, 2, 8)] == [7, 3, 1]


def test_places_are_as_many_as_memory_and_gpus_allow() -> None:
    nodes = [node(CPU=8, memory=3.5e9, GPU=1), node(CPU=8, memory=8e9)]
    needs = [Resources(1, 10**9, 0), Resources(1, 10**9, 1), Resources(8, 10**9, 0)]
    assert [resources.places(need, nodes) for need in needs] == [11, 1, 2]
