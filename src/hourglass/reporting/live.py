"""What the live part of the page is given: networks, test images, scores, and its texts."""

import base64
import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.data.imageset import ImageSet
from hourglass.reporting import captions
from hourglass.reporting.found import say_found
from hourglass.reporting.language import Plural, current, form, say
from hourglass.reporting.plots.anomaly_maps import COLOUR_BEGINS, COLOUR_FULL
from hourglass.reporting.plots.style import ANOMALY
from hourglass.reporting.results import ReportContext, Result

# Test images of each class in the page, and bytes of all of them at most.
PER_CLASS, POOL_BYTES = 20, 160_000
# Bars of the histograms of scores.
BINS = 120
# Largest difference between what the page and PyTorch compute with the same weights.
TOLERANCE = 1e-4
DETECTOR = "detector-of-the-page"
# Of a network, beside its weights; the page unpacks these when they are needed.
DESCRIBED = ("latent_dim", "conditional", "closed_form", "beta", "noise", "patch", "parameters", "levels", "difference")


@dataclass(frozen=True)
class Live:
    """The live part of the page.

    data: all but the networks, as JSON. networks: each as JSON, by its name in the page. parts: key -> title and intro
    of the controls that can be used. left_out: which networks are not there, and why. architectures: layers of every
    variant that has some, in the page or not.
    """

    data: str
    networks: Mapping[str, str]
    parts: Mapping[str, tuple[str, str]]
    left_out: Sequence[str]
    architectures: Mapping[str, Sequence[str]]


def load(results: Sequence[Result], context: ReportContext, test: ImageSet) -> Live:
    """Read the networks of the variants, and put together what the page's controls need.

    Raises:
        HourglassError: a file is missing.
    """
    index = read_json(layout.LIVE_INDEX)
    networks = {name: read_json(layout.live(name)) for name in index["variants"]}
    detector = read_json(layout.LIVE_DETECTOR) if index["detector"] else None
    rows = pool(test)
    data = {
        "language": current(),
        "words": {key: _word(text) for key, text in captions.LIVE_WORDS.items()},
        "classes": list(context.classes),
        "photographs": context.are_photographs,
        "normal": list(context.normal),
        "tolerance": TOLERANCE,
        "map": {
            "begins": COLOUR_BEGINS,
            "full": COLOUR_FULL,
            "colour": [round(255 * part) for part in to_rgb(ANOMALY)],
        },
        "pool": _images(test.subset(rows)),
        "bins": BINS,
        "scores": {result.name: scores(result, rows, len(context.classes)) for result in results},
        "networks": [{"name": name, **_described(content)} for name, content in networks.items()],
        "detector": detector and _described_detector(detector),
        # Kind of noise and strength in training, of networks in the page and of others.
        "denoisers": index["denoisers"],
    }
    scripts = {name: _script(content) for name, content in networks.items()}
    return Live(
        _script(data),
        scripts | ({DETECTOR: _script(detector)} if detector else {}),
        _parts(networks.values(), _detector_text(detector, results, context)),
        _left_out(index["left_out"]),
        index["architectures"],
    )


def _word(text: str | Plural) -> str | dict[str, str]:
    """A text for the scripts, which fill in its fields; a plural has a form for one and one for all other counts."""
    return {"one": form(text, 1), "other": form(text, 2)} if isinstance(text, Plural) else say(text)


def _parts(networks: Collection[Mapping[str, Any]], detector: str) -> dict[str, tuple[str, str]]:
    """Key -> title and intro of the controls that these networks allow. `detector`: which one scores images."""
    rebuilding = [content for content in networks if {"encode", "decode"} <= content["programs"].keys()]
    drawing = any("prior" in content["programs"] for content in networks)
    allowed = {
        "explore": any(content["latent_dim"] == 2 for content in rebuilding),
        "attempt": bool(rebuilding),
        "generate": bool(rebuilding) or drawing,
        "denoise": any(content["noise"] for content in rebuilding),
        "threshold": True,
        "compare": True,
    }
    intros = {key: intro for key, (_, intro) in captions.LIVE_PARTS.items()}
    if not drawing:
        intros["generate"] = captions.LIVE_BETWEEN
    return {
        key: (say(title), say(intros[key], detector=detector))
        for key, (title, _) in captions.LIVE_PARTS.items()
        if allowed[key]
    }


def _detector_text(content: Mapping[str, Any] | None, results: Sequence[Result], context: ReportContext) -> str:
    if not content:
        return say(captions.LIVE_NO_DETECTOR)
    variant, scorers = content["variant"], say(captions.BEST_AND).join(content["scorers"])
    used = say(captions.LIVE_DETECTOR_USED, variant=variant, scorers=scorers, normal=context.normal_name)
    best = max(results, key=lambda result: result.metrics.number("detect.roc_auc")).name
    return used if best == variant else used + say(captions.LIVE_DETECTOR_BEATEN, best=best)


def _left_out(reasons: Mapping[str, str]) -> list[str]:
    large = [name for name, reason in reasons.items() if not reason]
    lines = [say(captions.LIVE_LEFT_OUT, names=", ".join(large))] if large else []
    return lines + [
        say(captions.LIVE_UNSUPPORTED, name=name, reason=say_found(reason))
        for name, reason in reasons.items()
        if reason
    ]


def pool(test: ImageSet) -> NDArray[np.intp]:
    """Rows of the test images in the page: as many of each class, evenly spread over the set."""
    present = np.unique(test.labels)
    count = max(1, min(PER_CLASS, POOL_BYTES // (int(np.prod(test.image_shape)) * len(present))))
    own = [np.flatnonzero(test.labels == number) for number in present]
    return np.concatenate([rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)] for rows in own])


def scores(result: Result, rows: NDArray[np.intp], classes: int) -> dict[str, Any]:
    """Test scores of a detector as counts: for each class, how many lie in each of BINS equal parts of the range.

    Synthetic defects, which stand in for anomalies where there are none, are counted as one more class.

    The threshold is the lower end of a part, so that counts above it are exact. `pool`: the parts of the images `rows`.
    """
    test = result.scores[result.scores["split"] == "test"]
    values, labels = test["score"].to_numpy(), test["class"].to_numpy()
    threshold, low = result.metrics.number("detect.threshold"), values.min()
    # The far tail would leave little room for the part where normal and other images meet.
    width = (max(np.quantile(values, 0.995), threshold) - low) / (BINS - 1) or 1.0
    place = min(max(int(np.ceil((threshold - low) / width)), 0), BINS)
    start = threshold - place * width
    # A score at the lower end of a part is not above it.
    parts = np.clip(np.ceil((values - start) / width).astype(int) - 1, 0, BINS - 1)
    own = np.minimum(labels, classes)
    numbers = range(max(classes, own.max() + 1))
    counts = [np.bincount(parts[own == number], minlength=BINS).tolist() for number in numbers]
    ends = {"low": float(start), "high": float(start + BINS * width)}
    return {**ends, "threshold": place, "counts": counts, "pool": parts[rows].tolist()}


def _described(content: Mapping[str, Any]) -> dict[str, Any]:
    rise = content["error"] / content["full_error"] - 1 if content["full_error"] else 0.0
    own = {key: content[key] for key in DESCRIBED}
    return {**own, "functions": list(content["programs"]), "cost": say(captions.LIVE_COST, rise=rise)}


def _described_detector(content: Mapping[str, Any]) -> dict[str, Any]:
    title = say(captions.LIVE_DETECTOR, variant=content["variant"], scorers=", ".join(content["scorers"]))
    cost = ""
    if content["roc_auc"] is not None:
        cost = say(captions.LIVE_DETECTOR_COST, value=content["roc_auc"], full=content["full_roc_auc"])
    own = {key: content[key] for key in ("parameters", "levels", "difference")}
    return {**own, "name": content["variant"], "title": title, "cost": cost}


def _images(images: ImageSet) -> dict[str, Any]:
    pixels = base64.b64encode(gzip.compress(images[:].tobytes(), mtime=0)).decode()
    return {"shape": list(images.image_shape), "labels": images.labels.tolist(), "pixels": pixels}


def _script(content: Any) -> str:
    """JSON that may stand in a script element."""
    return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
