"""The served model: an MLflow "model from code", so that loading it executes this file and unpickles nothing.

Input: images (N, C, H, W) as uint8 or lists of whole numbers from 0 to 255, or image files in base64. Output: a row per
image, `score` (higher is more anomalous) and `anomaly` (whether it exceeds the detector's threshold).
"""

import os
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel

from hourglass.core import device
from hourglass.core.errors import SettingsError
from hourglass.data.imageset import ImageSet
from hourglass.data.payload import PayloadError, images
from hourglass.detection.files import load_detector
from hourglass.detection.threshold import require_finite


class RefusedError(MlflowException):
    """A request that cannot be scored: HTTP 400, with the reason as its message."""

    def __init__(self, reason: str) -> None:
        self._reason = reason
        super().__init__(reason, error_code=INVALID_PARAMETER_VALUE)

    @property
    def message(self) -> str:
        """The reason, in one line."""
        return self._reason

    @message.setter
    def message(self, text: str) -> None:
        """Ignore it: MLflow puts all that the client sent in front of the reason."""


class Served(PythonModel):
    """One variant's detector, as it was measured."""

    def load_context(self, context: Any) -> None:
        """Load the detector's file, an artifact logged with the model, onto the device of its configuration.

        Raises:
            SettingsError: it is no device, or there is none of that kind here.
        """
        setting, known = context.model_config["device"], get_args(device.Device)
        if setting not in known:
            raise SettingsError(f"model_config: device: {setting!r} is none of {', '.join(known)}")
        for name, value in device.ENVIRONMENT.items():  # a GPU's sums could differ from run to run without
            os.environ.setdefault(name, value)
        self.detector = load_detector(Path(context.artifacts["detector"]), device.find(setting))

    # A bare np.ndarray is one of the few hints that MLflow does not warn about; lists come too.
    def predict(
        self,
        context: Any,
        model_input: np.ndarray,
        params: Any = None,
    ) -> pd.DataFrame:
        """Images, as the module's docstring says -> columns score, anomaly."""
        try:
            pixels = images(model_input, self.detector.image_shape, self.detector.image_fit)
        except PayloadError as error:
            raise RefusedError(str(error)) from None
        scores = self.detector.score(ImageSet(pixels))
        require_finite(scores)
        return pd.DataFrame({"score": scores.astype(np.float64), "anomaly": scores > self.detector.threshold})


set_model(Served())
