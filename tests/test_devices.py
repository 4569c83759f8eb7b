"""Every variant, scorer and measure computes on a simulated device; on a GPU where there is one, all of them repeat.

The simulated device computes on the CPU, so its results are the CPU's. A GPU rounds otherwise: by the same weights,
outputs and scores agree within AGREEMENT. How far measures agree is not tested; trainings on two devices differ as
trainings on two kinds of processor do.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from torch import Tensor

from hourglass.core import device as devices
from hourglass.core.metrics import Metrics
from hourglass.core.params import check
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.detection.scorer import applicable, names
from hourglass.evaluation import image_files, reference_classifier
from hourglass.evaluation.context import Context
from hourglass.evaluation.run import evaluate, measures
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.checkpoints import load_model, save_model
from hourglass.training.fit import Row
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings, VariantSettings
from hourglass.training.train import train

# Relative and absolute; the absolute one of scores is in standard deviations of normal images.
AGREEMENT: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-3}
SHAPE = (1, 8, 8)
PARAMS = YAML(typ="safe").load((Path(__file__).parents[1] / "params.yaml").read_text())
VARIANTS = {name: check(f"variants.{name}", entry, VariantSettings) for name, entry in PARAMS["variants"].items()}
MEASURED: dict[str, dict[str, Any]] = {
    "vae": {"latent_dim": 2, "hidden": [8], "loss": "bce"},
    "cvae": {"latent_dim": 3, "hidden": [8]},
    "vqvae": {"latent_dim": 8, "codes": 4, "channels": [4, 4]},
    "sparse": {"latent_dim": 8, "penalty": "l1", "weight": 0.1},
    "denoising": {"noise": "gaussian", "level": 0.5, "latent_dim": 4, "channels": [4], "hidden": 8},
}

# On the simulated device PyTorch has other kernels for attention than on the CPU; all others are the same.
ATTENTION: dict[str, Any] = {"rtol": 1e-3, "atol": 2e-4}
SAME: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-6}

each_variant = pytest.mark.parametrize("name", VARIANTS)
each_measured = pytest.mark.parametrize("module", MEASURED)
each_gpu = pytest.mark.parametrize(
    "gpu",
    [
        pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA here")),
        pytest.param("mps", marks=pytest.mark.skipif(not torch.backends.mps.is_available(), reason="no MPS here")),
    ],
)
os.environ |= devices.ENVIRONMENT  # before anything is computed on a GPU


@pytest.fixture
def normal(digits: ImageSet) -> NormalImages:
    zeros = digits.of_class(0)
    return NormalImages(zeros.first(60), zeros.subset(slice(60, 120)), normal=0)


def trained(name: str, images: NormalImages, on: torch.device | str = "cpu") -> tuple[Autoencoder, list[Row]]:
    """A variant of params.yaml after an epoch per phase, and its history."""
    entry = VARIANTS[name]
    schedule = TrainSettings(epochs=len(network(name).phases), batch_size=25, learning_rate=1e-3)
    return train(Recipe("variants.x", entry.module, entry.network, schedule), 1, images.train, images.calibration, on)


def network(name: str) -> Autoencoder:
    """A variant of params.yaml for small images, with weights that are nowhere constant."""
    model = build(VARIANTS[name].module, VARIANTS[name].network, SHAPE, seed=0, where="variants.x").eval()
    generator = torch.Generator().manual_seed(1)
    for weights in model.parameters():
        weights.data += 0.05 * torch.randn(weights.shape, generator=generator)
    return model


def numbers(row: Row) -> dict[str, float]:
    return {name: value for name, value in row.items() if name != "phase"}


def draws() -> torch.Generator:
    return torch.Generator().manual_seed(2)


@torch.no_grad()
def outputs(model: Autoencoder, x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """What a network makes of images, by everything that it can do."""
    given = model.condition(y)
    z = model.encode(x, given)
    found = {"latent": z, "decoded": model.decode(z, given), "score": model.score(x, given)}
    found |= model.loss(x, given, draws())
    if model.generative:
        found["sample"] = model.sample(len(x), given, draws())
    if model.restores:
        found["observed"] = model.corrupt(x, model.level, draws())
        found["restored"] = model.restore(found["observed"])
    return {name: value.cpu() for name, value in found.items()}


def detector(model: Autoencoder, images: NormalImages) -> Detector:
    """With every scorer that applies."""
    return fit([model], applicable(names(), model), images, 0.1)


def test_operands_on_two_devices_are_refused(simulated: torch.device) -> None:
    one, other = torch.ones(3), torch.ones(3, device=simulated)
    with pytest.raises(RuntimeError, match="operands on two devices"):
        one + other
    with pytest.raises((RuntimeError, TypeError), match="numpy"):
        other.numpy()
    np.testing.assert_array_equal((2 * other + one.to(simulated)).cpu(), [3, 3, 3])


def test_random_numbers_from_a_generator_of_the_cpu_are_refused(simulated: torch.device) -> None:
    """On a GPU both raise; without a generator, numbers come from the device's own."""
    there = torch.full((3,), 0.5, device=simulated)
    with pytest.raises(RuntimeError, match="a generator of the CPU draws for meta"):
        torch.bernoulli(there, generator=draws())
    with pytest.raises(RuntimeError, match="a generator of the CPU draws for meta"):
        torch.randn(3, device=simulated, generator=draws())
    assert torch.bernoulli(there).device == simulated
    assert torch.randn(3, generator=draws()).to(simulated).device == simulated


@each_variant
def test_a_variant_trains_there_as_on_the_cpu(
    name: str, normal: NormalImages, tmp_path: Path, simulated: torch.device
) -> None:
    expected, history = trained(name, normal)
    found, same = trained(name, normal, simulated)
    assert found.device == simulated
    weights = {key: value.cpu() for key, value in found.state_dict().items()}
    tolerance = ATTENTION if "attention" in f"{expected}".lower() else SAME
    torch.testing.assert_close(weights, dict(expected.state_dict()), **tolerance)
    for row, other in zip(same, history, strict=True):
        assert list(row) == list(other)
        assert numbers(row) == pytest.approx(numbers(other), rel=1e-4)
    save_model(found, tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    assert {value.device.type for value in loaded.state_dict().values()} == {"cpu"}
    assert load_model(tmp_path / "model.safetensors", simulated).device == simulated


@each_variant
def test_all_that_a_variant_does_works_there(name: str, digits: ImageSet, simulated: torch.device) -> None:
    expected = outputs(network(name), *digits.batch(slice(7)))
    found = outputs(network(name).to(simulated), *digits.batch(slice(7), simulated))
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, equal_nan=True, msg=key)


@each_variant
def test_every_scorer_gives_the_scores_of_the_cpu(
    name: str, normal: NormalImages, digits: ImageSet, tmp_path: Path, simulated: torch.device
) -> None:
    expected, found = detector(network(name), normal), detector(network(name).to(simulated), normal)
    images = digits.first(20)
    np.testing.assert_allclose(found.standardised(images), expected.standardised(images), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found.maps(images), expected.maps(images), rtol=1e-3, atol=1e-6)
    assert found.threshold == pytest.approx(expected.threshold, abs=1e-3)
    save_detector(found, tmp_path / "detector.safetensors")
    for on in ("cpu", simulated):
        loaded = load_detector(tmp_path / "detector.safetensors", on)
        assert loaded.members[0].model.device == torch.device(on)
        np.testing.assert_allclose(loaded.score(images), found.score(images), rtol=1e-3, atol=1e-3)


def test_networks_here_have_every_measure() -> None:
    models = [build(module, settings, SHAPE, seed=0) for module, settings in MEASURED.items()]
    assert all(any(measure.applies(model) for model in models) for measure in measures().values())


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measures take few images and few steps."""
    monkeypatch.setattr("hourglass.evaluation.measures.restoration.RESTORED", 10)
    monkeypatch.setattr("hourglass.evaluation.measures.restoration.TUNED", 5)
    monkeypatch.setattr("hourglass.evaluation.measures.compression.COMPRESSED", 20)
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)
    monkeypatch.setattr("hourglass.evaluation.measures.generation.PAIRS", 50)
    monkeypatch.setattr("hourglass.evaluation.frechet.COMPARED", 100)


def metrics(module: str, digits: ImageSet, on: torch.device | str) -> dict[str, float]:
    """Every metric of a network in MEASURED, untrained."""
    train_set, validation, test = (digits.subset(slice(start, start + 200)) for start in (0, 200, 400))
    reference = reference_classifier.untrained(SHAPE, 10, seed=0).eval().to(on)
    files = image_files.measure(test.first(20)[:])
    context = Context(train_set, validation, test, reference, files, importance_samples=3, seed=3)
    model = build(module, MEASURED[module], SHAPE, seed=0).eval().to(on)
    return dict(Metrics(evaluate(model, context)[0]).numbers())


@pytest.mark.usefixtures("brief")
@each_measured
def test_every_measure_gives_the_metrics_of_the_cpu(module: str, digits: ImageSet, simulated: torch.device) -> None:
    assert metrics(module, digits, simulated) == pytest.approx(metrics(module, digits, "cpu"), rel=1e-3, abs=1e-6)


@each_gpu
@each_variant
def test_training_on_a_gpu_repeats(name: str, gpu: devices.Device, normal: NormalImages) -> None:
    found = [trained(name, normal, devices.find(gpu)) for _ in range(2)]
    (one, history), (other, again) = found
    assert history == again
    assert all(value.equal(other.state_dict()[key]) for key, value in one.state_dict().items())


@each_gpu
@each_variant
def test_a_detector_on_a_gpu_repeats(name: str, gpu: devices.Device, normal: NormalImages, digits: ImageSet) -> None:
    one, other = (detector(network(name).to(devices.find(gpu)), normal) for _ in range(2))
    images = digits.first(20)
    np.testing.assert_array_equal(one.score(images), other.score(images))
    np.testing.assert_array_equal(one.maps(images), other.maps(images))
    assert one.threshold == other.threshold


@pytest.mark.usefixtures("brief")
@each_gpu
@each_measured
def test_measures_on_a_gpu_repeat(module: str, gpu: devices.Device, digits: ImageSet) -> None:
    one, other = (metrics(module, digits, devices.find(gpu)) for _ in range(2))
    assert one == pytest.approx(other, rel=0, abs=0, nan_ok=True)


@each_gpu
@each_variant
def test_a_gpu_agrees_with_the_cpu(name: str, gpu: devices.Device, normal: NormalImages, digits: ImageSet) -> None:
    on, images = devices.find(gpu), digits.first(20)
    expected, found = (outputs(network(name).to(place), *images.batch(slice(None), place)) for place in ("cpu", on))
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, equal_nan=True, msg=key, **AGREEMENT)
    scores = [detector(network(name).to(place), normal).score(images) for place in ("cpu", on)]
    np.testing.assert_allclose(scores[1], scores[0], **AGREEMENT)
