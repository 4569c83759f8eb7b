"""Train one variant on the images of all classes."""

from pathlib import Path

from hourglass.core import params
from hourglass.data import arrays
from hourglass.training.session import train
from hourglass.training.settings import TrainSettings


def main(variant: str) -> None:
    train(
        variant,
        params.variant(variant),
        params.section("train", TrainSettings),
        arrays.describe().image_shape,
        params.common().seed,
        arrays.load("train"),
        arrays.load("validation"),
        weights=Path(f"models/{variant}/all.safetensors"),
        history=Path(f"reports/history/{variant}/all.csv"),
    )
