"""Nothing is unpickled: a pickle runs whatever its author wrote, so a model file could take over the machine."""

import ast
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector
from hourglass.models.checkpoints import load_model

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("src", "benchmarks", "docs") for file in (ROOT / folder).rglob("*.py")]
UNPICKLING = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def dangers(tree: ast.Module) -> Iterator[str]:
    """Imports and calls of a file that can unpickle."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            for name in [module or "", *(alias.name for alias in node.names)]:
                if name.partition(".")[0] in UNPICKLING:
                    yield f"imports {name}"
        elif isinstance(node, ast.Call):
            called, keywords = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
            if called == "torch.load" and keywords.get("weights_only") != "True":
                yield "torch.load without weights_only"
            if called in ("np.load", "numpy.load") and keywords.get("allow_pickle", "False") != "False":
                yield f"{called} with allow_pickle"
            if called == "YAML" and keywords.get("typ") in ("'unsafe'", '"unsafe"'):
                yield "unsafe YAML"


def test_no_code_unpickles() -> None:
    assert len(FILES) > 100
    found = {str(file): list(dangers(ast.parse(file.read_text()))) for file in FILES}
    assert {file: names for file, names in found.items() if names} == {}


@pytest.mark.parametrize(
    "code",
    [
        *("import pickle", "from joblib import load", "import a, dill.source", "torch.load(f)", "YAML(typ='unsafe')"),
        *("torch.load(f, weights_only=False)", "np.load(f, allow_pickle=True)", "np.load(f, allow_pickle=flag)"),
    ],
)
def test_the_search_finds_what_unpickles(code: str) -> None:
    assert len(list(dangers(ast.parse(code)))) == 1


class Payload:
    """Leaves a file when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize("load", [load_model, load_detector])
@pytest.mark.parametrize("write", ["pickle", "torch"])
def test_a_payload_in_the_place_of_weights_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Callable[[Path], object], write: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("model.safetensors")
    if write == "pickle":
        file.write_bytes(pickle.dumps(Payload()))
    else:
        torch.save(Payload(), file)
    with pytest.raises(HourglassError, match="cannot be read"):
        load(file)
    assert not Path("pwned").exists()


@pytest.mark.parametrize("name", ["images.npy", "labels.npy"])
def test_a_payload_in_the_place_of_images_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: ImageSet, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    digits.first(3).save(Path("images"))
    np.save(Path("images") / name, np.array([Payload()], dtype=object), allow_pickle=True)
    with pytest.raises(HourglassError, match="cannot be read"):
        ImageSet.open(Path("images"))
    assert not Path("pwned").exists()
