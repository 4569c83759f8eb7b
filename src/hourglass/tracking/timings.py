"""What the trainings of a variant noted about time, memory and origin, if they ran here."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, ValidationError

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json
from hourglass.core.params import Settings

Amount = Annotated[float, Field(ge=0, lt=1e15)]


class Origin(Settings):
    """What core/origin.py notes."""

    processor: str
    vector_instructions: list[str]
    instruction_set: str
    limits: Mapping[str, str]
    threads: int
    device: str
    python: str
    libraries: Mapping[str, str]


class Timing(Settings):
    """What core/stage.py notes of one stage."""

    seconds: Amount
    import_seconds: Amount
    peak_memory_bytes: Amount | None = None
    origin: Origin | None = None


def read(variant: str) -> dict[str, Timing]:
    """Stage -> what it noted; empty unless both trainings ran here and noted what can be used."""
    stages = (f"train@{variant}", f"train_normal@{variant}")
    try:
        return {stage: Timing.model_validate(read_json(layout.timing(stage))) for stage in stages}
    except (HourglassError, ValidationError):
        return {}


def costs(variant: str) -> dict[str, float]:
    """Training time and peak memory of both trainings, if they ran here."""
    noted = read(variant).values()
    measured: dict[str, float] = {}
    if noted:
        measured["train_seconds"] = round(sum(timing.seconds - timing.import_seconds for timing in noted), 1)
    peaks = [timing.peak_memory_bytes for timing in noted if timing.peak_memory_bytes is not None]
    if peaks:
        measured["peak_memory_mb"] = round(max(peaks) / 1e6)
    return measured


def origin_tags(variant: str, instruction_set: str) -> dict[str, str]:
    """Tags that say where the detector's network was trained, if that was here.

    The note is of the last training. DVC restores the network of an earlier one when `instruction_set` is set back.
    """
    noted = read(variant).get(f"train_normal@{variant}")
    if noted is None or noted.origin is None or noted.origin.instruction_set != instruction_set:
        return {}
    origin = noted.origin
    libraries = ", ".join(f"{name} {number}" for name, number in origin.libraries.items())
    limits = " ".join(f"{name}={value}" for name, value in origin.limits.items())
    return {
        "processor": origin.processor,
        "instruction_set": f"{origin.instruction_set} ({limits or ' '.join(origin.vector_instructions)})",
        "threads": str(origin.threads),
        "device": origin.device,
        "libraries": f"python {origin.python}, {libraries}",
    }
