"""The served model: an MLflow "model from code", so that loading it executes this file and unpickles nothing.

Input: uint8 images (N, C, H, W). Output: a row per image, `score` (higher is more anomalous) and `anomaly` (whether it
exceeds the detector's threshold).
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from hourglass.data.imageset import ImageSet
from hourglass.detection.files import load_detector


class Served(PythonModel):
    """One variant's detector, as it was measured."""

    def load_context(self, context: Any) -> None:
        """Load the detector's file, an artifact logged with the model: nothing else is needed."""
        self.detector = load_detector(Path(context.artifacts["detector"]))

    # A bare np.ndarray is one of the few hints that MLflow does not warn about.
    def predict(
        self,
        context: Any,
        model_input: np.ndarray,
        params: Any = None,
    ) -> pd.DataFrame:
        """Images (N, C, H, W) uint8 -> columns score, anomaly."""
        scores = self.detector.score(ImageSet(np.asarray(model_input)))
        return pd.DataFrame({"score": scores.astype(np.float64), "anomaly": scores > self.detector.threshold})


set_model(Served())
