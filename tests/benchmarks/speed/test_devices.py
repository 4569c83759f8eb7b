import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.speed import devices
from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.training.train import train
from tests.benchmarks.speed.test_shares import DENSE, settings


def test_every_network_is_timed_on_every_device(
    digits: ImageSet, monkeypatch: pytest.MonkeyPatch, simulated: torch.device
) -> None:
    seen: list[str] = []

    def noted(*arguments: Any) -> None:
        model, _ = train(*arguments)
        seen.append(model.device.type)

    monkeypatch.setattr(devices, "train", noted)
    places = [torch.device("cpu"), simulated]
    found = list(devices.rows(settings({"one": DENSE, "two": DENSE}), places, digits.first(64), digits.first(20)))
    assert [row[0] for row in found] == ["one", "two"]
    assert seen == 2 * (4 * ["cpu"] + 4 * ["meta"])  # the first of four is not timed
    for _, first, second, ratio in found:
        rates = [float(text.replace(",", "")) for text in (first, second)]
        assert float(ratio.removesuffix(" ×")) == pytest.approx(rates[1] / rates[0], abs=0.06)


def test_a_rate_is_that_of_the_median_training(digits: ImageSet, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([0.0, 50.0, 100.0, 101.0, 200.0, 202.0, 300.0, 330.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    monkeypatch.setattr(devices, "train", lambda *arguments: None)
    recipe = settings({"one": DENSE}).recipe("one", epochs=2)
    assert devices.rate(recipe, 0, digits.first(40), digits.first(10), torch.device("cpu")) == 2 * 40 / 2.0


def test_a_device_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    params.PARAMS.write_text("seed: 1\n")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["devices", "cpu", "cuda"])
    with pytest.raises(SettingsError, match="device: cuda is not available"):
        devices.main()
