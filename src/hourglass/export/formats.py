"""The two formats: ONNX, and PyTorch's exported program (.pt2). Neither executes code when it is read."""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.export import ExportedProgram

from hourglass.core.errors import HourglassError
from hourglass.export.module import INPUT, OUTPUTS
from hourglass.export.trace import BATCH, quietly

Outputs = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]
Call = Callable[[NDArray[np.uint8]], Outputs]


class Onnx:
    """A file for onnxruntime, and for whatever else reads ONNX.

    title: of the format. suffix: of its files. call: Python code that scores with one.
    """

    title = "ONNX"
    suffix = ".onnx"
    call = """\
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession("{file}")
images = np.zeros((2, {shape}), np.uint8)
score, anomaly, maps = session.run(None, {{"images": images}})"""

    def __init__(self, program: ExportedProgram) -> None:
        """Translate the traced detector.

        Raises:
            HourglassError: the packages for it are not installed, or ONNX lacks an operation.
        """
        require_onnx()
        with quietly("ONNX"), torch.no_grad():
            translated = torch.onnx.export(
                program,
                input_names=[INPUT],
                output_names=list(OUTPUTS),
                dynamic_shapes={INPUT: {0: BATCH}},
                dynamo=True,
                verbose=False,
            )
        assert translated is not None  # noqa: S101 (it is None where torch.onnx writes the file itself)
        self.translated = translated
        for node in translated.model.graph:
            node.metadata_props.clear()  # they have the paths of this machine

    def write(self, path: Path, properties: Mapping[str, str]) -> None:
        """Write the file, with `properties` as its metadata_props."""
        self.translated.model.metadata_props.update(properties)
        self.translated.save(path, external_data=False)

    def read(self, path: Path) -> Call:
        """A function that scores images by the file in onnxruntime, with as many threads as PyTorch has."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

        def call(images: NDArray[np.uint8]) -> Outputs:
            score, anomaly, maps = session.run(list(OUTPUTS), {INPUT: images})
            return score, anomaly, maps

        return call


class Torch:
    """PyTorch's exported program: JSON and raw numbers in a zip file, without a pickle. Attributes as of `Onnx`."""

    title = "PyTorch's exported program"
    suffix = ".pt2"
    call = """\
import torch
detector = torch.export.load("{file}").module()
images = torch.zeros((2, {shape}), dtype=torch.uint8)
score, anomaly, maps = detector(images)"""

    def __init__(self, program: ExportedProgram) -> None:
        self.program = program
        program.example_inputs = None  # they would be pickled

    def write(self, path: Path, properties: Mapping[str, str]) -> None:
        """Write the file, with `properties` as its extra files."""
        with quietly("PyTorch"), path.open("wb") as file:
            torch.export.save(self.program, file, extra_files=dict(properties))

    def read(self, path: Path) -> Call:
        """A function that scores images by the file in PyTorch."""
        with path.open("rb") as file:
            module = torch.export.load(file).module()

        def call(images: NDArray[np.uint8]) -> Outputs:
            with torch.no_grad():
                score, anomaly, maps = module(torch.from_numpy(images))
            return score.numpy(), anomaly.numpy(), maps.numpy()

        return call


FORMATS: Mapping[str, type[Onnx] | type[Torch]] = {"onnx": Onnx, "torch": Torch}


def require_onnx() -> None:
    """Return if the packages of the extra `onnx` are installed.

    Raises:
        HourglassError: one is missing; names it, and the command that installs it.
    """
    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise HourglassError(f"--format onnx needs {', '.join(missing)}; run `make setup` to install them")
