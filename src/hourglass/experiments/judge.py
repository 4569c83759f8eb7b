"""The judge: a small classifier that says what a generated image shows, and how like real ones it is.

Trained on the same training images as the autoencoders, with their labels, which those never see. Its last hidden
layer is the space in which sets of images are compared. Such distances depend on the network that makes the
features, so they compare with nothing outside this project.

Source: Heusel et al. (2017), "GANs trained by a two time-scale update rule converge to a local Nash equilibrium",
which takes Inception's features for photographs.
"""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing
from hourglass.core.images import Images
from hourglass.models.autoencoder import Shape
from hourglass.models.networks import ConvolutionalEncoder
from hourglass.models.trainable import Trainable

CHANNELS, HIDDEN, FEATURES = (32, 64), 256, 64
BATCH = 500


class Judge(Trainable):
    """Strided convolutions and dense layers down to `FEATURES` numbers, and a linear layer to the classes."""

    def __init__(self, image_shape: Shape, classes: int) -> None:
        super().__init__()
        self.image_shape, self.classes = image_shape, classes
        self.body = ConvolutionalEncoder(image_shape, CHANNELS, HIDDEN, FEATURES)
        self.head = nn.Linear(FEATURES, classes)

    def features(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> (B, FEATURES), none negative."""
        return F.relu(self.body(x))

    def loss(self, x: Tensor, y: Tensor | None, generator: torch.Generator) -> dict[str, Tensor]:
        """Cross-entropy in nats."""
        if y is None:
            raise ValueError("the judge needs the class number of every image")
        return {"cross_entropy": F.cross_entropy(self.head(self.features(x)), y, reduction="none")}

    @torch.inference_mode()
    def look(self, images: NDArray[np.floating] | Images) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Images (N, C, H, W), uint8 or float clipped to [0, 1] -> features (N, FEATURES) and classes (N,)."""
        features, classes = [], []
        for start in range(0, len(images), BATCH):
            x = torch.from_numpy(np.ascontiguousarray(images[start : start + BATCH]))
            found = self.features(x.float() / 255 if x.dtype == torch.uint8 else x.float().clamp(0, 1))
            features.append(found.numpy())
            classes.append(self.head(found).argmax(1).numpy())
        return np.concatenate(features), np.concatenate(classes)


def write(judge: Judge, path: Path) -> None:
    """Write weights and shape to `path`, whole or not at all."""
    weights = {name: value.contiguous() for name, value in judge.state_dict().items()}
    shape = {"judge": json.dumps([judge.image_shape, judge.classes])}
    with replacing(path) as partial:
        partial.write_bytes(save(weights, shape))


def read(path: Path) -> Judge:
    """What `write` wrote, ready to look.

    Raises:
        HourglassError: the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            (channels, height, width), classes = json.loads(file.metadata()["judge"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (FileNotFoundError, SafetensorError) as error:
        raise HourglassError(f"{path} cannot be read ({error}); run `dvc repro judge` to rebuild it") from None
    judge = Judge((channels, height, width), classes)
    judge.load_state_dict(weights)
    return judge.eval()
