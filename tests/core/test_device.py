"""The setting `device`: what it means here, what is refused, and what is noted."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from hourglass.core import device, params
from hourglass.core.device import Device
from hourglass.core.errors import SettingsError

CUDNN: Any = torch.backends.cudnn


@pytest.fixture
def available(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Say which GPUs there are; nothing that PyTorch is told of them outlasts the test."""
    monkeypatch.setattr(device, "require_repeatable", lambda: None)
    precision = CUDNN.conv.fp32_precision

    def available(*kinds: str) -> None:
        monkeypatch.setattr("torch.cuda.is_available", lambda: "cuda" in kinds)
        monkeypatch.setattr("torch.backends.mps.is_available", lambda: "mps" in kinds)

    yield available
    CUDNN.conv.fp32_precision = precision


@pytest.mark.parametrize(
    ("setting", "kinds", "expected"),
    [
        ("cpu", (), "cpu"),
        ("cpu", ("cuda",), "cpu"),
        ("cuda", ("cuda",), "cuda"),
        ("mps", ("mps",), "mps"),
        ("auto", (), "cpu"),
        ("auto", ("mps",), "mps"),
        ("auto", ("cuda", "mps"), "cuda"),
    ],
)
def test_the_setting_means_a_device(
    available: Callable[..., None], setting: Device, kinds: tuple[str, ...], expected: str
) -> None:
    available(*kinds)
    assert device.find(setting) == torch.device(expected)


@pytest.mark.parametrize(("setting", "kinds"), [("cuda", ()), ("cuda", ("mps",)), ("mps", ("cuda",))])
def test_a_device_that_is_not_there_is_one_line(
    available: Callable[..., None], setting: Device, kinds: tuple[str, ...]
) -> None:
    available(*kinds)
    there = ", ".join((*kinds, "cpu"))
    with pytest.raises(SettingsError, match=rf"^params\.yaml: device: {setting} is not .* here; available: {there}$"):
        device.find(setting)


def test_a_gpu_repeats_its_results(available: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    available("cuda")
    monkeypatch.setattr(device, "require_repeatable", lambda: asked.append(True))
    device.find("cpu")
    assert not asked
    device.find("cuda")
    assert asked
    assert CUDNN.conv.fp32_precision == "ieee"


def test_networks_compute_on_the_cpu_unless_told_otherwise(write_params: Callable[[str], None]) -> None:
    write_params("seed: 1\nthreads: 1\n")
    assert params.read(params.Common).device == "cpu"
    write_params("seed: 1\nthreads: 1\ndevice: gpu\n")
    with pytest.raises(SettingsError, match=r"params\.yaml: device: .*'cpu', 'cuda', 'mps' or 'auto', got 'gpu'"):
        params.read(params.Common)


def test_what_was_used_is_noted_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_initialized", lambda: False)  # another test may have used a GPU
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert device.used() == "cpu"
    monkeypatch.setattr("torch.cuda.is_initialized", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_name", lambda: "NVIDIA H100")
    assert device.used() == "cuda (NVIDIA H100)"
    monkeypatch.delitem(sys.modules, "torch")
    assert device.used() == "cpu"
