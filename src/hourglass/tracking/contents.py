"""What is published of one variant, read from disk, and the key that tells one content from another."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.core.files import read_bytes, read_json
from hourglass.core.params import check
from hourglass.detectors.settings import DetectSettings

PACKAGE = Path(__file__).parents[1]
# What runs inside the served model.
SHIPPED = ("core", "detectors", "models", "tracking")


@dataclass(frozen=True)
class Contents:
    """One variant's results.

    passed: whether it has acceptance criteria and met them all.
    parameters, metrics: flat, as MLflow wants them. curves: metric -> (epoch, value) pairs.
    weights: "all", "normal" and "detector" -> file. figures: folder of PNG files.
    """

    variant: str
    passed: bool
    parameters: dict[str, str]
    metrics: dict[str, float]
    curves: dict[str, list[tuple[int, float]]]
    weights: dict[str, Path]
    figures: Path

    def key(self) -> str:
        """SHA-256 over everything above, the files' bytes and the shipped code: equal keys mean equal contents.

        Computed from the contents themselves rather than from dvc.lock, which is a step behind while a
        pipeline runs and says nothing about what lies on disk.
        """
        plain = (self.variant, self.passed, self.parameters, self.metrics, self.curves)
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
        shipped = [PACKAGE / part for part in SHIPPED]
        code = [file for part in shipped for file in part.rglob("*.py")]
        code.append(PACKAGE / "variants" / f"{self.parameters['module']}.py")
        for file in [*self.weights.values(), *sorted(self.figures.glob("*.png")), *sorted(code)]:
            digest.update(file.name.encode() + hashlib.sha256(read_bytes(file)).digest())
        return digest.hexdigest()


def read(variant: str, params: Mapping[str, Any]) -> Contents:
    """Gather what `variant` has on disk.

    Args:
        params: content of params.yaml.

    Raises:
        HourglassError: a stage has not been run.
    """
    reports = Path("reports")
    criteria = read_json(reports / "acceptance.json")["criteria"]
    measured = {kind: read_json(reports / "metrics" / kind / f"{variant}.json") for kind in ("evaluate", "detect")}
    metrics = {name: value for kind, found in measured.items() for name, value in _flat(kind, found)}
    curves: dict[str, list[tuple[int, float]]] = {}
    for which in ("all", "normal"):
        text = read_bytes(reports / "history" / variant / f"{which}.csv").decode()
        for row in csv.DictReader(text.splitlines()):
            for name, value in row.items():
                if name not in ("epoch", "phase") and value:
                    curves.setdefault(f"{which}/{name}", []).append((int(row["epoch"]), float(value)))
    verdicts = [row["passed"] for row in criteria if row["variant"] == variant]
    own, training = params["variants"][variant], ("train", "train_normal")
    settings = {key: params[key] for key in ("seed", "threads")}
    settings |= {key: own[key] for key in own if key not in training}
    for section in training:  # as used: with the variant's own overrides
        settings[section] = params[section] | own.get("train", {}) | own.get(section, {})
    detect = check("detect", params["detect"], DetectSettings)
    # As used: a detector may have chosen them.
    scorers = ", ".join(measured["detect"]["scorers"])
    settings["detect"] = {"scorers": scorers, "false_alarm_rate": detect.false_alarm_rate}
    settings["detect"] |= {"members": detect.members_of(variant), "halves": variant in detect.halves}
    # Without data.folder: where the files lay changes nothing, and is nobody's business.
    settings["data"] = {key: params["data"][key] for key in ("name", "normal_class")}
    flat = {name: str(value) for name, value in _paths("", settings)}
    return Contents(
        variant,
        bool(verdicts) and all(verdicts),
        flat,
        metrics,
        curves,
        {which: Path("models") / variant / f"{which}.safetensors" for which in ("all", "normal", "detector")},
        reports / "figures" / variant,
    )


def _paths(prefix: str, content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from _paths(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", value


def _flat(prefix: str, content: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Numbers by path, texts left out.

    Slashes make the MLflow UI group them, so a slash inside a class name becomes a dash.
    """
    for key, value in content.items():
        name = f"{prefix}/{key.replace('/', '-')}"
        if isinstance(value, Mapping):
            yield from _flat(name, value)
        elif isinstance(value, list) and not any(isinstance(item, str) for item in value):
            yield from ((f"{name}/{end}", number) for end, number in zip(("low", "high"), value, strict=True))
        elif not isinstance(value, str | list):
            yield name, float(value)
