"""Measure exported files beside their detectors: how far scores differ, and how fast each of them scores.

    python -m benchmarks.export vae cvae      some of the detectors; without any, all of VARIANTS

One thread scores COUNT test images by the detector (scores and maps), the ONNX file and the .pt2 file, in turn, TURNS
times. Time is the CPU time of the process, so that other processes matter less. benchmarks/results/export.json has, by
variant:

images_per_second: of the detector, per second of CPU time; the median.
near: how many of all test images score within TOLERANCE of the threshold, so that a verdict may differ.
onnx, torch: `difference`, the largest on test images, in standard deviations, relative where a score is above 1;
    `validation_difference`, the same on the images that `hourglass export` compares, which refuses more than TOLERANCE;
    `verdicts`, how many differ; `speed`, the rate over the detector's, the median of the turns; `bytes` of the file.

The table in docs/serve.md is filled from that file. Variants that are not measured again keep their entries.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.files import read_bytes, read_json, write_json, write_text
from hourglass.core.stage import attempt
from hourglass.data.imageset import ImageSet
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.export.agreement import TOLERANCE, largest_difference
from hourglass.export.formats import FORMATS, Call
from hourglass.export.source import examples
from hourglass.export.trace import trace
from hourglass.reporting.documents import filled
from hourglass.reporting.markdown import LEFT, RIGHT, write
from hourglass.tracking.evaluated import scores

OUT = Path("benchmarks/results/export.json")
DOCUMENT, MARK = Path("docs/serve.md"), "export"

# A detector of each kind of network, and those whose latent codes lie closest together.
VARIANTS = (
    *("pca", "vae", "rotated_dense", "convolutional", "denoising_gaussian", "masked", "cvae"),
    *("vanilla", "sparse", "vae_2d", "undercomplete_2d"),
)
COUNT, TURNS = 1000, 3
HEADER = ("detector", "difference, ONNX", "difference, `.pt2`", "speed, ONNX", "speed, `.pt2`", "ONNX file, MB")


def measure(variant: str, images: NDArray[np.uint8], folder: Path) -> dict[str, Any]:
    """Export a variant's detector into `folder`, and measure both files on images (N, C, H, W)."""
    detector = load_detector(layout.detector(variant))
    calls, found = _exported(detector, folder)
    compared, _ = examples(detector)
    for form, call in calls.items():
        score, anomaly, _ = call(images)
        expected = detector.score(ImageSet(images))
        found[form] |= {
            "difference": largest_difference(score, expected),
            "validation_difference": largest_difference(call(compared)[0], detector.score(ImageSet(compared))),
            "verdicts": int((anomaly != (expected > detector.threshold)).sum()),
        }
    seconds = _timed({"detector": lambda: _score(detector, images), **_bound(calls, images)})
    for form in calls:
        ratios = [own / other for own, other in zip(seconds["detector"], seconds[form], strict=True)]
        found[form]["speed"] = round(statistics.median(ratios), 2)
    return found | {
        "images_per_second": round(len(images) / statistics.median(seconds["detector"]), 1),
        "near": int((np.abs(scores(variant, "test")[0] - detector.threshold) <= TOLERANCE).sum()),
    }


def _exported(detector: Detector, folder: Path) -> tuple[dict[str, Call], dict[str, Any]]:
    """Format -> a function that scores by its file; and format -> bytes of the file."""
    program = trace(detector)
    calls, sizes = {}, {}
    for form, kind in FORMATS.items():
        file, exported = folder / f"detector{kind.suffix}", kind(program)
        exported.write(file, {})
        calls[form], sizes[form] = exported.read(file), {"bytes": file.stat().st_size}
    return calls, sizes


def _score(detector: Detector, images: NDArray[np.uint8]) -> None:
    given = ImageSet(images)
    detector.score(given)
    detector.maps(given)


def _bound(calls: Mapping[str, Call], images: NDArray[np.uint8]) -> dict[str, Callable[[], object]]:
    return {form: lambda call=call: call(images) for form, call in calls.items()}  # type: ignore[misc]


def _timed(works: Mapping[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Seconds of CPU time of each work, in turn, after one turn that is not timed."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(1 + TURNS):
        for name, work in works.items():
            started = time.process_time()
            work()
            if turn:
                seconds[name].append(time.process_time() - started)
    return seconds


def table(measured: Mapping[str, Any]) -> str:
    """What docs/serve.md shows of the file's content, as Markdown."""
    rows = []
    for variant, entry in measured["detectors"].items():
        onnx, pt2 = entry["onnx"], entry["torch"]
        differences = [f"{of['difference']:.1e}{' (refused)' if _refused(of) else ''}" for of in (onnx, pt2)]
        speeds = [f"{of['speed']:.1f}" for of in (onnx, pt2)]
        rows.append([variant, *differences, *speeds, f"{onnx['bytes'] / 1e6:.1f}"])
    found = measured["detectors"].values()
    near = sorted(entry["near"] for entry in found)
    wrong = sum(entry[form]["verdicts"] for entry in found for form in FORMATS if not _refused(entry[form]))
    text = (
        f"{measured['images']:,} test images of Fashion-MNIST, one thread, onnxruntime {measured['onnxruntime']} and "
        f"PyTorch {measured['torch']}. Of the files that were not refused, {wrong} verdicts differed. Within "
        f"{TOLERANCE:g} of the threshold lie {near[0]} to {near[-1]} of 10,000 test images."
    )
    return f"{text}\n\n{write(HEADER, [LEFT, *[RIGHT] * (len(HEADER) - 1)], rows)}"


def _refused(entry: Mapping[str, float]) -> bool:
    return entry["validation_difference"] > TOLERANCE


def main(variants: Sequence[str]) -> None:
    """Measure some variants, or all; write the file after each, then fill the table."""
    torch.set_num_threads(1)
    images = ImageSet.open(layout.split("test")).spread(COUNT)[:]
    found = read_json(OUT)["detectors"] if OUT.exists() else {}
    for variant in variants or VARIANTS:
        with tempfile.TemporaryDirectory() as folder:
            found[variant] = measure(variant, images, Path(folder))
        print(f"{variant}: {found[variant]}", flush=True)
        ordered = {name: found[name] for name in VARIANTS if name in found}
        about = {"images": COUNT, "torch": version("torch"), "onnxruntime": version("onnxruntime")}
        write_json(OUT, about | {"detectors": ordered})
        write_text(DOCUMENT, filled(DOCUMENT, read_bytes(DOCUMENT).decode(), MARK, table(read_json(OUT))))


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(sys.argv[1:])))
