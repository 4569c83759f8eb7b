"""What is published of one variant, read from disk, and the key that tells one content from another."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.core import layout
from hourglass.core.files import read_bytes, read_json
from hourglass.core.metrics import Metrics
from hourglass.core.params import Common
from hourglass.data.settings import DataSettings
from hourglass.detection.settings import DetectSettings
from hourglass.training.settings import TrainSettings, VariantSettings, entry

PACKAGE = Path(__file__).parents[1]
# What runs inside the served model, beside the variant's own file.
SHIPPED = ("core", "data", "detection", "models", "tracking")


class PublishSettings(Common):
    """The parts of params.yaml that are published with the results."""

    data: DataSettings
    train: TrainSettings
    train_normal: TrainSettings
    detect: DetectSettings
    variants: Mapping[str, VariantSettings]


@dataclass(frozen=True)
class Contents:
    """One variant's results.

    passed: whether it has acceptance criteria and met them all.
    parameters, metrics: by dotted path, as MLflow logs them.
    curves: `all.validation_loss` -> (epoch, value) pairs.
    weights: "all", "normal" and "detector" -> file.
    figures: folder of PNG files.
    """

    variant: str
    passed: bool
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    curves: Mapping[str, list[tuple[int, float]]]
    weights: Mapping[str, Path]
    figures: Path

    def key(self) -> str:
        """SHA-256 over everything above, the files' bytes and the shipped code: equal keys mean equal contents.

        It is computed from the contents, not from dvc.lock: the lock is a step behind while a pipeline runs, and says
        nothing about what lies on disk.
        """
        plain = (self.variant, self.passed, self.parameters, self.metrics, self.curves)
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
        code = [file for part in SHIPPED for file in (PACKAGE / part).rglob("*.py")]
        code.append(PACKAGE / "variants" / f"{self.parameters['module']}.py")
        for file in [*self.weights.values(), *sorted(self.figures.glob("*.png")), *sorted(code)]:
            digest.update(file.name.encode() + hashlib.sha256(read_bytes(file)).digest())
        return digest.hexdigest()


def read(variant: str, settings: PublishSettings) -> Contents:
    """Read what `variant` has on disk.

    Raises:
        HourglassError: a stage has not been run.
    """
    criteria = read_json(layout.ACCEPTANCE)["criteria"]
    measured = {kind: read_json(layout.metrics(kind, variant)) for kind in ("evaluate", "detect")}
    verdicts = [row["passed"] for row in criteria if row["variant"] == variant]
    return Contents(
        variant,
        passed=bool(verdicts) and all(verdicts),
        parameters=_parameters(variant, settings, measured["detect"]["scorers"]),
        # A slash would make a group of its own in the MLflow UI.
        metrics={path.replace("/", "-"): value for path, value in Metrics(measured).numbers()},
        curves=_curves(variant),
        weights={
            "all": layout.model(variant, "all"),
            "normal": layout.model(variant, "normal"),
            "detector": layout.detector(variant),
        },
        figures=layout.FIGURES / variant,
    )


def _parameters(variant: str, settings: PublishSettings, scorers: list[str]) -> dict[str, str]:
    """The settings that apply to `variant`, overrides and defaults included, by dotted path.

    Args:
        scorers: those in the detector, which may have been selected.
    """
    own, detector = entry(settings.variants, variant), settings.detect.of(variant)
    groups = {
        "train": own.schedule(variant, settings.train).model_dump(),
        "train_normal": own.normal_schedule(variant, settings.train_normal).model_dump(),
        "detect": {
            "scorers": ", ".join(scorers),
            "networks": detector.networks,
            "threshold": detector.threshold,
            "false_positive_rate": settings.detect.false_positive_rate,
        },
        # Without data.folder: where the files lay changes nothing, and is private.
        "data": {"name": settings.data.name, "normal_class": settings.data.normal_class},
    }
    flat: dict[str, Any] = {"seed": settings.seed, "threads": settings.threads, "module": own.module, **own.network}
    flat |= {f"{group}.{name}": value for group, values in groups.items() for name, value in values.items()}
    return {name: str(value) for name, value in flat.items()}


def _curves(variant: str) -> dict[str, list[tuple[int, float]]]:
    """Every column of both training histories, against the epoch."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for images in ("all", "normal"):
        text = read_bytes(layout.history(variant, images)).decode()
        for row in csv.DictReader(text.splitlines()):
            for name, value in row.items():
                if name not in ("epoch", "phase") and value:
                    curves.setdefault(f"{images}.{name}", []).append((int(row["epoch"]), float(value)))
    return curves
