"""Train one variant on the images of the normal class only: the network of its anomaly detector."""

from pathlib import Path

from hourglass.core import params
from hourglass.data import arrays
from hourglass.data.settings import DataSettings
from hourglass.training.session import save, trained
from hourglass.training.settings import schedule


def main(variant: str) -> None:
    dataset, normal = arrays.describe(), params.section("data", DataSettings).normal_class
    entry = params.variant(variant)
    model, history = trained(
        f"variants.{variant}",
        entry,
        schedule(variant, entry, "train_normal"),
        dataset.image_shape,
        params.common().seed,
        arrays.only(arrays.load("train"), normal, dataset.classes),
        arrays.only(arrays.load("validation"), normal, dataset.classes),
    )
    results = Path(f"models/{variant}/normal.safetensors"), Path(f"reports/history/{variant}/normal.csv")
    save(model, entry, history, *results)
