import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.speed import baselines, training_loops
from benchmarks.speed.baselines import LAYERS, LOOPS, REPEATS, compare
from benchmarks.speed.training_loops import BATCH, Job, Reconstruct, Run, floats
from hourglass.data.imageset import ImageSet
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings


@pytest.fixture
def job() -> Job:
    """Two batches of plain images, each of one brightness."""
    brightness = np.random.default_rng(0).integers(0, 256, (2 * BATCH, 1, 1, 1), np.uint8)
    images = ImageSet(np.ascontiguousarray(np.broadcast_to(brightness, (len(brightness), 1, 8, 8))))
    schedule = TrainSettings(epochs=2, batch_size=BATCH, learning_rate=0.01, weight_decay=0.0)
    recipe = Recipe("variants.dense", "undercomplete", {"hidden": [16], "latent_dim": 4}, schedule)
    return Job(recipe, images, images.first(100), 0)


@pytest.fixture
def deterministic() -> Iterator[None]:
    """What training changes in torch is as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def with_network(job: Job, module: str, **network: object) -> Job:
    return replace(job, recipe=replace(job.recipe, module=module, network=network))


def with_epochs(job: Job, epochs: int) -> Job:
    schedule = job.recipe.schedule.model_copy(update={"epochs": epochs})
    return replace(job, recipe=replace(job.recipe, schedule=schedule))


def shapes(model: nn.Module) -> list[torch.Size]:
    return [value.shape for value in model.parameters()]


@pytest.mark.parametrize("settings", [{}, LAYERS])
def test_pyod_network_has_the_layers_of_ours(job: Job, settings: dict[str, Any]) -> None:
    pytest.importorskip("pyod")
    detector = training_loops.pyod_detector(job, **settings)
    detector.feature_size = 64
    detector.build_model()
    linear = [layer for layer in detector.model.modules() if isinstance(layer, nn.Linear)]
    assert [shape for layer in linear for shape in shapes(layer)] == shapes(job.build())
    assert any(isinstance(layer, nn.BatchNorm1d) for layer in detector.model.modules()) != bool(settings)


def test_pythae_networks_have_the_layers_of_ours(job: Job) -> None:
    pytest.importorskip("pythae")
    plain = with_network(job, "undercomplete", hidden=[512], latent_dim=4)
    assert sorted(shapes(training_loops.pythae_model(plain, "AE"))) == sorted(shapes(plain.build()))
    # Its mean and variance are two layers, ours are one.
    vae = with_network(job, "vae", hidden=[512], latent_dim=4, loss="bce")
    models = (training_loops.pythae_model(vae, "VAE"), vae.build())
    baseline, ours = (sum(shape.numel() for shape in shapes(model)) for model in models)
    assert baseline == ours


@pytest.mark.usefixtures("deterministic")
def test_loops_train_in_turns_and_are_measured_alike(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    order: list[tuple[str, int]] = []

    def loop(name: str, shift: float) -> Any:
        def prepare(given: Job) -> Run:
            def run() -> Reconstruct:
                order.append((name, given.epochs))
                return lambda x: x + shift

            return run

        return prepare

    found = compare(job, {"ours": loop("ours", 0.1), "other": loop("other", 0.2)})
    assert order == [("ours", 1), ("other", 1), *[("ours", 2), ("other", 2)] * REPEATS]
    assert found["ours"]["images_per_second"] == [2 * len(job.images) / 0.5] * REPEATS
    assert found["ours"]["mse"] == pytest.approx([0.01] * REPEATS)
    assert found["other"]["mse"] == pytest.approx([0.04] * REPEATS)


@pytest.mark.usefixtures("deterministic")
@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, loops in LOOPS.items() for name in loops])
def test_every_loop_learns_to_reconstruct(kind: str, name: str, job: Job) -> None:
    if name.startswith("py"):
        pytest.importorskip(name.partition("_")[0])
    x = floats(job.validation)
    errors = []
    for epochs in (1, 30):
        with torch.random.fork_rng():
            reconstruct = baselines.LOOPS[kind][name](with_epochs(job, epochs))()
            with torch.inference_mode():
                errors.append(F.mse_loss(reconstruct(x), x).item())
    assert errors[1] < 0.5 * errors[0]
