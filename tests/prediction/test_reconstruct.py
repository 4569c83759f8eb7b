"""What `hourglass reconstruct` writes for each kind of network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import PARAMS
from hourglass.data.decode import decode
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.models.checkpoints import save_model
from hourglass.prediction import sources
from hourglass.prediction.reconstruct import reconstruct
from hourglass.prediction.restoring import observe, restore

SHAPE = (1, 16, 16)
NETWORKS: dict[str, dict[str, Any]] = {
    "undercomplete": {"latent_dim": 6, "hidden": [32]},
    "denoising": {"noise": "gaussian", "level": 0.5, "latent_dim": 8, "channels": [4], "hidden": 16},
    "super_resolution": {"latent_dim": 8, "hidden": [16]},
    "masked": {"latent_dim": 8, "hidden": 16},
    "cvae": {"latent_dim": 4, "hidden": [16], "classes": 3},
    "rotated": {"latent_dim": 4, "channels": [], "hidden": [16]},
}
PIXELS = np.random.default_rng(0).integers(0, 256, SHAPE[1:], dtype=np.uint8)


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an untrained network of each kind, and images."""
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text("device: cpu\n")
    for module in NETWORKS:
        save_model(network(module), layout.model(module, "all"))
    Image.fromarray(PIXELS).save("grey.png")
    Image.fromarray(PIXELS[:8, :8]).save("small.png")
    return tmp_path


def network(module: str) -> Autoencoder:
    model = build(module, NETWORKS[module], SHAPE, seed=0).eval()
    torch.manual_seed(1)
    for weights in model.parameters():  # new networks may be constant
        torch.nn.init.normal_(weights, std=0.3)
    return model


def made(path: str = "out/grey.png.png") -> NDArray[np.uint8]:
    with Image.open(path) as image:
        assert image.mode == "L"
        return np.asarray(image)


def as_bytes(images: torch.Tensor) -> NDArray[np.uint8]:
    return (images[0, 0].clip(0, 1) * 255).round().numpy().astype(np.uint8)


@torch.inference_mode()
def test_the_picture_is_what_the_network_makes_of_the_image(name: str, here: Path) -> None:
    assert reconstruct(["grey.png"], here, name, Path("out")) == 0
    model, x = network(name), torch.from_numpy(PIXELS / np.float32(255))[None, None]
    candidates = (
        [model.reconstruct(x, torch.tensor([y])) for y in range(3)] if name == "cvae" else [model.reconstruct(x)]
    )
    best = min(candidates, key=lambda image: float((image - x).square().mean()))
    np.testing.assert_array_equal(made(), as_bytes(best))
    assert np.ptp(made()) > 0


def test_the_picture_is_the_same_on_another_device(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch, simulated: torch.device
) -> None:
    reconstruct(["grey.png", "small.png"], here, name, Path("out"))
    monkeypatch.setattr("hourglass.core.device.find", lambda _: simulated)
    monkeypatch.setattr("hourglass.prediction.reconstruct.map_files", map)  # the simulation is this thread's
    reconstruct(["grey.png", "small.png"], here, name, Path("there"))
    for file in ("grey.png.png", "small.png.png"):
        np.testing.assert_allclose(made(f"there/{file}"), made(f"out/{file}").astype(int), atol=1)


@torch.inference_mode()
def test_a_small_image_is_enlarged_from_its_own_pixels(here: Path) -> None:
    assert reconstruct(["small.png"], here, "super_resolution", Path("out")) == 0
    x = torch.from_numpy(PIXELS[:8, :8] / np.float32(255))[None, None]
    np.testing.assert_array_equal(made("out/small.png.png"), as_bytes(network("super_resolution").restore(x)))


def test_a_small_image_that_lies_on_its_side_is_enlarged_too(here: Path) -> None:
    """Its sides count as they are seen: 8 x 12 pixels, stored as 12 x 8."""
    model = build("super_resolution", NETWORKS["super_resolution"], (1, 16, 24), seed=0)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.fromarray(PIXELS[:12, :8]).save("rotated.png", exif=exif)
    observed = observe("rotated.png", here, model, "pad")
    assert isinstance(observed, torch.Tensor)
    assert observed.shape == (1, 1, 8, 12)


def test_each_file_is_decoded_once(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[Path] = []

    def count(path: Path, *arguments: Any) -> Any:
        decoded.append(path)
        return decode(path, *arguments)

    monkeypatch.setattr(sources, "decode", count)
    monkeypatch.setattr(ImageOps, "exif_transpose", lambda image: decoded.append(image))
    monkeypatch.setattr("hourglass.data.decode._plain", lambda image, mode: image.convert(mode))
    observe("grey.png", here, network(name), "pad")
    assert len(decoded) == 1


@torch.inference_mode()
def test_transparent_pixels_are_filled_in_and_others_kept(here: Path) -> None:
    alpha = np.full(PIXELS.shape, 255, np.uint8)
    alpha[:8, 4:9] = 0
    Image.merge("LA", [Image.fromarray(PIXELS), Image.fromarray(alpha)]).save("holes.png")
    assert reconstruct(["holes.png"], here, "masked", Path("out")) == 0
    found = made("out/holes.png.png")
    np.testing.assert_array_equal(found[alpha > 0], PIXELS[alpha > 0])
    observed = torch.from_numpy(PIXELS / np.float32(255)).masked_fill(torch.from_numpy(alpha == 0), torch.nan)
    np.testing.assert_array_equal(found, as_bytes(network("masked").restore(observed[None, None])))
    assert np.ptp(found[alpha == 0]) > 0


def test_holes_are_at_their_place_in_a_padded_image(here: Path) -> None:
    image = Image.new("RGBA", (64, 32), (255, 255, 255, 255))
    image.paste((255, 255, 255, 0), (0, 0, 32, 32))
    image.save("wide.png")
    observed = observe("wide.png", here, network("masked"), "pad")
    assert isinstance(observed, torch.Tensor)
    expected = torch.zeros(16, 16, dtype=torch.bool)
    expected[4:12, :8] = True
    assert torch.equal(observed[0, 0].isnan(), expected)


def test_files_are_fitted_as_for_training(here: Path) -> None:
    model = network("undercomplete")
    model.description = {**model.description, "image_fit": "stretch"}
    save_model(model, Path("stretched.safetensors"))
    Image.fromarray(PIXELS[:8]).save("wide.png")
    for given, fit in (("stretched.safetensors", "stretch"), ("undercomplete", "pad")):
        assert reconstruct(["wide.png"], here, given, Path(fit)) == 0
        observed = observe("wide.png", here, model, fit)
        assert isinstance(observed, torch.Tensor)
        np.testing.assert_array_equal(made(f"{fit}/wide.png.png"), as_bytes(restore(model, observed)))


def test_an_image_without_a_visible_patch_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("LA", (16, 16), (9, 0)).save("clear.png")
    assert reconstruct(["clear.png", "grey.png", "none.png"], here, "masked", Path("out")) == 1
    out, err = capsys.readouterr()
    assert err == "clear.png: too much of it is transparent\nnone.png: no such file\n"
    assert out == "images written to out: 1, unreadable files: 2\n"
    assert [file.name for file in Path("out").iterdir()] == ["grey.png.png"]


def test_other_networks_take_transparent_pixels_for_black(name: str, here: Path) -> None:
    Image.merge("LA", [Image.fromarray(PIXELS), Image.fromarray(np.zeros_like(PIXELS))]).save("clear.png")
    observed = observe("clear.png", here, network(name), "pad")
    assert isinstance(observed, torch.Tensor)
    if name != "masked":
        assert not observed.any()
        assert restore(network(name), observed).shape == (1, *SHAPE)


def test_what_is_missing_is_named(here: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"'mask' is no file, and no variant with a all\.safetensors; did you mean masked\?"
    ):
        reconstruct(["grey.png"], here, "mask", Path("out"))
    Path("empty").mkdir()
    with pytest.raises(HourglassError, match=r"^no image files in empty$"):
        reconstruct(["empty"], here, "masked", Path("out"))
    assert not Path("out").exists()
