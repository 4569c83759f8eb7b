"""The served model: an MLflow "model from code", so that loading it executes this file and unpickles nothing.

Input: uint8 images (N, C, H, W). Output: a row an image, `score` (higher is more anomalous) and `anomaly`
(whether it exceeds the threshold that held-out normal images set).
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel

from hourglass.inference import score
from hourglass.training.checkpoints import load_model


class Detector(PythonModel):
    """Scores images with one variant's network."""

    def load_context(self, context: Any) -> None:
        """Load weights, threshold and the normal class from the artifacts logged with the model."""
        self.model, _ = load_model(Path(context.artifacts["weights"]))
        settings = json.loads(Path(context.artifacts["settings"]).read_text(encoding="utf-8"))
        self.threshold, self.normal = settings["threshold"], settings["normal_class"]

    # A bare np.ndarray is one of the few hints that MLflow does not warn about.
    def predict(
        self,
        context: Any,
        model_input: np.ndarray,
        params: Any = None,
    ) -> pd.DataFrame:
        """Images (N, C, H, W) uint8 -> columns score, anomaly."""
        images = np.asarray(model_input, dtype=np.uint8)
        scores = score(self.model, images, self.normal)
        return pd.DataFrame({"score": scores.astype(np.float64), "anomaly": scores > self.threshold})


set_model(Detector())
