"""Whatever stands in a file, reading it ends well or in one line, never in a traceback or a score that is not finite.

HOURGLASS_EXAMPLES sets how many examples each test draws; the draws are the same every time.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from ruamel.yaml import YAML

from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import PARAMS
from hourglass.data.decode import UnreadableImageError, decode
from hourglass.data.imageset import ImageSet
from hourglass.data.payload import PayloadError, images
from hourglass.detection.detector import NormalImages, fit
from hourglass.detection.files import load_detector, save_detector
from hourglass.models.build import build
from hourglass.models.checkpoints import load_model, save_model
from hourglass.pipeline import validate

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("HOURGLASS_EXAMPLES", "25"))
repeatable = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def denormal_numbers() -> None:
    """Trainings of other tests switch them off in this process, and hypothesis draws them."""
    torch.set_flush_denormal(False)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just(10**50)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner))
# Bytes of a file: (where, as a share of its length; what stands there instead).
edits = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), min_size=1, max_size=4)


def edited(content: bytes, changes: list[tuple[float, bytes]], length: float) -> bytes:
    """`content` with bytes replaced, cut to a share of its length."""
    found = bytearray(content)
    for share, text in changes:
        start = int(share * len(found))
        found[start : start + len(text)] = text
    return bytes(found[: int(length * len(found))])


@contextmanager
def or_one_line(expected: type[Exception]) -> Iterator[None]:
    """The block ends well, or with an expected error of one line."""
    try:
        yield
    except expected as error:
        if "\n" in str(error) or not 0 < len(str(error)) < 2000:
            raise AssertionError(f"{error!r} is not one line") from error


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / "docs/digits.yaml").read_text())
    return found


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@repeatable
@given(path=st.lists(st.integers(0, 30), min_size=1, max_size=5), value=values)
def test_any_value_anywhere_in_params_is_taken_or_named(
    work: Path, known: dict[str, Any], path: list[int], value: Any
) -> None:
    content = inner = deepcopy(known)
    for number, step in enumerate(path):
        key = list(inner)[step % len(inner)]
        if number == len(path) - 1 or not isinstance(inner[key], dict) or not inner[key]:
            inner[key] = value
            break
        inner = inner[key]
    text = io.StringIO()
    YAML(typ="safe").dump(content, text)
    PARAMS.write_text(text.getvalue(), encoding="utf-8", errors="replace")
    with or_one_line(SettingsError):
        validate.settings()


@repeatable
@given(text=st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_as_params_is_named(work: Path, text: str | bytes) -> None:
    PARAMS.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(SettingsError) as caught:
        validate.settings()
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, digits: ImageSet) -> dict[str, bytes]:
    """A whole file of a network, and one of a detector."""
    folder = tmp_path_factory.mktemp("files")
    network = build("vanilla", {"latent_dim": 3}, (1, 8, 8), seed=0).eval()
    save_model(network, folder / "model")
    images = NormalImages(digits.subset(slice(0, 60)), digits.subset(slice(60, 90)), 0, "digits")
    save_detector(fit([network], ["pixel", "knn", "gaussian_mixture"], images, 0.1), folder / "detector")
    return {name: (folder / name).read_bytes() for name in ("model", "detector")}


@repeatable
@given(changes=edits, length=st.just(1.0) | st.floats(0, 1), header=st.booleans())
@pytest.mark.parametrize(("kind", "load"), [("model", load_model), ("detector", load_detector)])
def test_a_damaged_file_is_named_or_gives_finite_scores(
    work: Path,
    files: dict[str, bytes],
    digits: ImageSet,
    kind: str,
    load: Callable[[Path], Any],
    changes: list[tuple[float, bytes]],
    length: float,
    header: bool,
) -> None:
    # Half of the damage falls on the header, where settings, names and shapes stand.
    end = 8 + int.from_bytes(files[kind][:8], "little") if header else len(files[kind])
    Path("file").write_bytes(edited(files[kind][:end], changes, 1.0 if header else length) + files[kind][end:])
    with or_one_line(HourglassError):
        found = load(Path("file"))
        if kind == "detector":
            assert np.isfinite(found.score(digits.first(3))).all()


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    """A picture in each format."""
    pixels = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
    found = []
    for kind in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"):
        file = io.BytesIO()
        pixels.save(file, kind)
        found.append(file.getvalue())
    return found


@repeatable
@given(number=st.integers(0, 5), changes=edits, length=st.just(1.0) | st.floats(0, 1))
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_picture_is_named_or_has_the_shape(
    work: Path, pictures: list[bytes], number: int, changes: list[tuple[float, bytes]], length: float
) -> None:
    Path("picture").write_bytes(edited(pictures[number], changes, length))
    with or_one_line(UnreadableImageError):
        pixels, _ = decode(Path("picture"), (3, 16, 16), "pad")
        assert pixels.shape == (3, 16, 16)
        assert pixels.dtype == np.uint8


pixels = st.lists(st.lists(st.integers(-1, 256) | scalars, min_size=2, max_size=2), min_size=2, max_size=2)


@repeatable
@given(content=st.lists(pixels.map(lambda rows: [rows]), max_size=3) | values)
@pytest.mark.filterwarnings("ignore")
def test_any_request_is_taken_unchanged_or_named(content: Any) -> None:
    with or_one_line(PayloadError):
        found = images(content, (1, 2, 2), "pad")
        assert found.dtype == np.uint8
        assert found.tolist() == content
