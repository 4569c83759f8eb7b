import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from torch import Tensor, nn

from hourglass.core import weights
from hourglass.core.errors import HourglassError

SETTINGS = {"module": "vae", "hidden": [16, 8], "rate": 0.1, "name": "Küken", "nothing": None}


def tensors() -> dict[str, Tensor]:
    return {
        "encoder.weight": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)),
        "count": torch.arange(5),
        "mask": torch.tensor([True, False]),
        "scale": torch.tensor(0.1, dtype=torch.float64),
        "empty": torch.zeros(0, 2),
    }


def equal(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    return found.keys() == expected.keys() and all(
        found[name].dtype == value.dtype and found[name].equal(value) for name, value in expected.items()
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "vae.safetensors"


def test_tensors_and_settings_return_as_written(path: Path) -> None:
    weights.write(path, "model", tensors(), SETTINGS)
    found, settings = weights.read(path, "model")
    assert equal(found, tensors())
    assert settings == SETTINGS
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_tied_tensors_are_stored_each_on_its_own(path: Path) -> None:
    encoder, decoder = nn.Linear(4, 4), nn.Linear(4, 4)
    decoder.weight = encoder.weight
    tied = nn.Sequential(encoder, decoder).state_dict()
    weights.write(path, "model", tied, {})
    found, _ = weights.read(path, "model")
    assert equal(found, tied)
    found["0.weight"].zero_()
    assert found["1.weight"].equal(encoder.weight)


def test_views_of_a_tensor_are_stored_as_what_they_show(path: Path) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    views = {"transposed": whole.T, "column": whole[:, 1], "part": whole[1:]}
    weights.write(path, "model", views, {})
    assert equal(weights.read(path, "model")[0], views)


def test_the_same_content_gives_the_same_bytes(path: Path) -> None:
    weights.write(path, "model", tensors(), SETTINGS)
    first = path.read_bytes()
    weights.write(path, "model", tensors(), SETTINGS)
    assert path.read_bytes() == first


@pytest.mark.parametrize("kind", ["detector", "module"])
def test_a_file_of_another_kind_is_named(path: Path, kind: str) -> None:
    weights.write(path, "model", tensors(), SETTINGS)
    with pytest.raises(HourglassError, match=f"^{path} holds no {kind}; run `dvc repro` to rebuild it$"):
        weights.read(path, kind)


@pytest.mark.parametrize("keep", [None, 0, 5, 100, -1])
def test_a_missing_or_damaged_file_says_how_to_rebuild_it(path: Path, keep: int | None) -> None:
    weights.write(path, "model", tensors(), SETTINGS)
    content = path.read_bytes()
    path.unlink()
    if keep is not None:
        path.write_bytes(content[:keep])
    with pytest.raises(HourglassError, match=f"^{path} cannot be read .*; run `dvc repro` to rebuild it$") as caught:
        weights.read(path, "model")
    assert "\n" not in str(caught.value)


def test_a_file_without_settings_is_no_model(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(save(tensors()))
    with pytest.raises(HourglassError, match="holds no model"):
        weights.read(path, "model")


def test_settings_that_are_not_json_are_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(save(tensors(), {"model": "{"}))
    with pytest.raises(
        HourglassError, match=f"^{path} holds settings that are not JSON .*; run `dvc repro` to rebuild"
    ):
        weights.read(path, "model")


def test_what_fails_while_building_names_the_file_in_one_line(path: Path) -> None:
    message = (
        f"^{path} holds a model that this version cannot build .ValueError: too wide.; run `dvc repro` to rebuild it$"
    )
    with pytest.raises(HourglassError, match=message), weights.building(path, "model"):
        raise ValueError("too wide\nby far")


def test_a_full_disk_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    weights.write(path, "model", tensors(), SETTINGS)
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(HourglassError, match=f"cannot write {path}: No space left on device"):
        weights.write(path, "model", {}, {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_a_number_that_is_not_finite_is_refused(path: Path, value: float, dtype: torch.dtype) -> None:
    values = torch.zeros(3, 4, dtype=dtype)
    values[1, 2] = value
    weights.write(path, "model", {"encoder.weight": values}, {})
    with pytest.raises(
        HourglassError, match=r"vae\.safetensors holds NaN or infinity in encoder\.weight; run `dvc repro`"
    ):
        weights.read(path, "model")


@pytest.mark.parametrize("settings", ["[1]", "5", "null", '"vae"', "[" * 100_000, "9" * 5000, "{", "", '{"a": NaN}'])
def test_settings_that_are_no_mapping_are_refused(path: Path, settings: str) -> None:
    path.parent.mkdir()
    path.write_bytes(save(tensors(), {"model": settings}))
    with pytest.raises(
        HourglassError, match=r"vae\.safetensors holds settings that are no.*; run `dvc repro`"
    ) as caught:
        weights.read(path, "model")
    assert len(str(caught.value)) < 500


def test_a_folder_in_the_place_of_weights_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(HourglassError, match="cannot be read"):
        weights.read(tmp_path, "model")
