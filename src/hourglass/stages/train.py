"""Train one variant on the images of all classes."""

from pathlib import Path

from hourglass.core import params
from hourglass.data import arrays
from hourglass.training.session import save, trained
from hourglass.training.settings import schedule


def main(variant: str) -> None:
    entry = params.variant(variant)
    model, history = trained(
        f"variants.{variant}",
        entry,
        schedule(variant, entry, "train"),
        arrays.describe().image_shape,
        params.common().seed,
        arrays.load("train"),
        arrays.load("validation"),
    )
    results = Path(f"models/{variant}/all.safetensors"), Path(f"reports/history/{variant}/all.csv")
    save(model, entry, history, *results)
