"""Scores of a registered version on the validation images, computed by the code that was registered with it.

That code may be older than this, and a process can import only one `hourglass`: so this file is run as a program,
`python -P rescore.py models:/NAME/VERSION images.npy scores.npy`, and imports nothing of this project.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

BATCH = 1000


def scores(model: str, images: Path, uri: str) -> NDArray[np.floating]:
    """Scores (N,) that the model at the address `model` gives to the images (N, C, H, W) uint8 in an .npy file.

    Args:
        uri: of the tracking server; it goes through the environment, since a command line is seen by everybody.

    Raises:
        RuntimeError: the model cannot be loaded, or does not take these images; says why.
    """
    with TemporaryDirectory() as folder:
        target = Path(folder) / "scores.npy"
        command = [sys.executable, "-P", "-W", "ignore", __file__, model, str(images.resolve()), str(target)]
        environment = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError((done.stderr.strip().splitlines() or ["no message"])[-1])
        return np.load(target)


def main(model: str, images: str, target: str) -> None:
    """Load, score a bounded number of images at a time, write."""
    pixels = np.load(images, mmap_mode="r")
    import mlflow.pyfunc

    served = mlflow.pyfunc.load_model(model)
    parts = [served.predict(np.array(pixels[i : i + BATCH]))["score"] for i in range(0, len(pixels), BATCH)]
    np.save(target, np.concatenate(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
