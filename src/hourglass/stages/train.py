"""Train one variant on the images of all classes."""

from pathlib import Path

from hourglass.core import params
from hourglass.data import arrays
from hourglass.training.session import train
from hourglass.training.settings import schedule


def main(variant: str) -> None:
    entry = params.variant(variant)
    train(
        variant,
        entry,
        schedule(variant, entry, "train"),
        arrays.describe().image_shape,
        params.common().seed,
        arrays.load("train"),
        arrays.load("validation"),
        weights=Path(f"models/{variant}/all.safetensors"),
        history=Path(f"reports/history/{variant}/all.csv"),
    )
