"""What is published of one variant, read from disk, and the key that tells one content from another."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes, read_json
from hourglass.core.origin import InstructionSet
from hourglass.core.params import Common
from hourglass.data.settings import DataSettings
from hourglass.spread import Spread, Trained
from hourglass.tracking import origins
from hourglass.tracking.settings import MlflowSettings

PACKAGE = Path(__file__).parents[1]
# What runs inside the served model, beside the variant's own file.
SHIPPED = ("core", "data", "detection", "models")
SERVED = PACKAGE / "tracking" / "served.py"


class PublishSettings(Common, Trained):
    """The parts of params.yaml that publishing depends on."""

    data: DataSettings
    mlflow: MlflowSettings


@dataclass(frozen=True)
class Contents:
    """One variant's results.

    module: the variant's file in variants/. dataset, normal: data set, and numbers of classes, that its detector was
        trained on.
    accepted: whether it has acceptance criteria and met them all.
    instruction_set: what params.yaml keeps libraries to.
    parameters: what it was made from, by name.
    measured: the contents of its metrics files, under `evaluate` and `detect`. summary: its headline metrics.
    spread: path of a metric -> its standard deviation over trainings, where that was measured.
    curves: `all.validation_loss` -> (epoch, value) pairs.
    weights: "all", "normal" and "detector" -> file.
    figures: folder of PNG files. report: the page, which is about all variants.
    """

    variant: str
    module: str
    dataset: str
    normal: tuple[int, ...]
    accepted: bool
    instruction_set: InstructionSet
    parameters: Mapping[str, str]
    measured: Mapping[str, Any]
    summary: Mapping[str, float]
    spread: Mapping[str, float]
    curves: Mapping[str, list[tuple[int, float]]]
    weights: Mapping[str, Path]
    figures: Path
    report: Path

    @property
    def normal_class(self) -> str:
        """Numbers of the normal classes as one text: `0`, `0+3`."""
        return "+".join(map(str, self.normal))

    def key(self) -> str:
        """SHA-256 of all results, the files' bytes and the shipped code included.

        Equal keys mean equal results. Left out is what changes none: what decides acceptance, the report about all
        variants, the spread of other trainings, and where the training ran.
        It is computed from the contents, not from dvc.lock: the lock is a step behind while a pipeline runs, and says
        nothing about what lies on disk.
        """
        plain = (self.variant, self.parameters, self.measured, self.summary, self.curves)
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode())
        code = [file for part in SHIPPED for file in (PACKAGE / part).rglob("*.py")]
        code += [SERVED, PACKAGE / "variants" / f"{self.module}.py"]
        for file in [*self.weights.values(), *sorted(self.figures.glob("*.png")), *sorted(code)]:
            digest.update(file.name.encode() + hashlib.sha256(read_bytes(file)).digest())
        return digest.hexdigest()


def read(variant: str, settings: PublishSettings) -> Contents:
    """Read what `variant` has on disk.

    Raises:
        HourglassError: a stage has not been run, or was run for another dataset or normal class.
    """
    data = settings.data
    measured = {kind: _mapping(layout.metrics(kind, variant)) for kind in ("evaluate", "detect")}
    parameters = origins.parameters(variant, measured["detect"])
    for name, wanted in (("dataset", data.name), ("normal_class", data.normal_numbers)):
        if parameters[name] != wanted:
            raise HourglassError(
                f"{layout.detector(variant)} was built for {name.replace('_', ' ')} {parameters[name]}, params.yaml "
                f"says {wanted}; run `hourglass repro` to rebuild stage detect@{variant}"
            )
    return Contents(
        variant,
        parameters["module"],
        data.name,
        data.normal,
        accepted=_accepted(variant),
        instruction_set=settings.instruction_set,
        parameters=parameters,
        measured=measured,
        summary=_mapping(layout.SUMMARY).get(variant, {}),
        spread=Spread.read(data.name, data.normal, settings.digests()).deviations(variant),
        curves=_curves(variant),
        weights={
            "all": layout.model(variant, "all"),
            "normal": layout.model(variant, "normal"),
            "detector": layout.detector(variant),
        },
        figures=layout.FIGURES / variant,
        report=layout.PAGE,
    )


def read_all(settings: PublishSettings) -> list[Contents]:
    """Read what every variant of params.yaml has on disk; errors as of `read`."""
    return [read(variant, settings) for variant in settings.variants]


def _accepted(variant: str) -> bool:
    """Whether the variant has acceptance criteria and met them all."""
    try:
        verdicts = [row["passed"] for row in read_json(layout.ACCEPTANCE)["criteria"] if row["variant"] == variant]
    except (KeyError, TypeError):
        raise HourglassError(f"{layout.ACCEPTANCE} holds no criteria; delete it and run `hourglass repro`") from None
    return bool(verdicts) and all(verdicts)


def _mapping(path: Path) -> Mapping[str, Any]:
    """The content of a JSON file that holds an object."""
    content = read_json(path)
    if not isinstance(content, Mapping):
        raise HourglassError(f"{path} holds no metrics; delete it and run `hourglass repro`")
    return content


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
