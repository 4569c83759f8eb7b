"""What `--model` stands for."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.params import Settings, suggestion
from hourglass.data.settings import DataSettings
from hourglass.detection.detector import Detector
from hourglass.detection.files import load_detector
from hourglass.tracking.address import is_lost
from hourglass.tracking.settings import MlflowSettings

CHAMPION, REGISTERED = "champion", "models:/"


class Params(Settings):
    """What is read of params.yaml to find the champion."""

    data: DataSettings
    mlflow: MlflowSettings


def find_detector(model: str, start: Path) -> tuple[Detector, str]:
    """The detector that `model` stands for, and what to call it.

    Args:
        model: `champion`, the address of a version in MLflow (`models:/...`), a variant, or a detector's file.
        start: where a relative path starts.

    Raises:
        SettingsError: there is none of that name. HourglassError: it cannot be read.
    """
    if model == CHAMPION:
        address = _champion()
        return _registered(address), f"champion, {address}"
    if model.startswith(REGISTERED):
        return _registered(model), model
    file = find_file(model, "detector", start)
    return load_detector(file), model


def find_file(model: str, kind: str, start: Path) -> Path:
    """The file `models/<variant>/<kind>.safetensors` of a variant, or the file that `model` is the path of.

    Raises:
        SettingsError: there is neither.
    """
    file = f"{kind}.safetensors"
    variants = sorted(found.parent.name for found in layout.MODELS.glob(f"*/{file}"))
    if model in variants:
        return layout.MODELS / model / file
    if (start / model).is_file():
        return start / model
    known = suggestion(model, variants) if variants else f"; `make` builds {layout.MODELS}/<variant>/{file}"
    raise SettingsError(f"--model: {model!r} is no file, and no variant with a {file}{known}")


def _champion() -> str:
    advice = "name a model (`--model VARIANT`), or run `hourglass promote`"
    if is_lost():
        raise HourglassError(f"nothing was published to MLflow from here, so there is no champion; {advice}")
    from hourglass.tracking.stored import champion

    settings = params.read(Params)
    name = settings.mlflow.names(settings.data).model
    if (address := champion(name)) is None:
        raise HourglassError(f"{name} has no champion in MLflow; {advice}")
    return address


def _registered(address: str) -> Detector:
    from hourglass.tracking.stored import detector_file

    with TemporaryDirectory() as folder:
        file = detector_file(address, Path(folder))
        try:
            return load_detector(file)
        except HourglassError as error:
            reason = str(error).removeprefix(f"{file} ").partition("; run")[0]
            raise HourglassError(f"{address} {reason}; name another model: `--model VARIANT`") from None
