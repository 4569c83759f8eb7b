"""What stages need of a node, and clusters that lack it."""

import pytest

from hourglass.cluster import resources
from hourglass.core.device import Device
from hourglass.core.errors import HourglassError
from hourglass.core.params import Common


def settings(threads: int = 1, device: Device = "cpu") -> Common:
    return Common(seed=1, threads=threads, device=device)


def node(alive: bool = True, **own: float) -> dict[str, object]:
    return {"Alive": alive, "Resources": own}


def test_stages_need_the_threads_of_params() -> None:
    assert resources.of("train@vae", settings(threads=3)).cpus == 3


def test_only_networks_need_a_gpu_and_only_if_params_say_so() -> None:
    needs = [resources.of(stage, settings(device="cuda")).gpus for stage in ("train@vae", "report")]
    assert [*needs, resources.of("train@vae", settings()).gpus] == [1, 0, 0]


def test_a_stage_that_fits_on_no_node_is_named() -> None:
    nodes = [node(CPU=1, memory=8e9), node(False, CPU=4, memory=8e9), node(CPU=4, memory=1e9)]
    resources.require_room(["train@vae"], settings(), nodes)
    with pytest.raises(HourglassError, match=r"^no node has what train@vae needs: 2 CPU, 1\.5 GB of memory; "):
        resources.require_room(["train@vae"], settings(threads=2), nodes)


def test_places_are_cores_of_living_nodes_by_threads() -> None:
    nodes = [node(CPU=5), node(False, CPU=8), node(CPU=2)]
    assert [resources.places(settings(threads), nodes) for threads in (1, 2, 8)] == [7, 3, 1]
