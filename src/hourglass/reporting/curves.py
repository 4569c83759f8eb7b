"""The curves of all variants in one file each, a row per point: what `dvc plots show` and `dvc plots diff` overlay."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from hourglass.core.files import replacing
from hourglass.reporting.results import Result


def write(results: Sequence[Result], families: Mapping[str, str], folder: Path) -> None:
    """Write roc.csv, loss_all.csv and loss_normal.csv into `folder`, each whole or not at all.

    Args:
        families: variant -> name of its module.
    """
    tables = {"roc": {result.name: result.roc for result in results}}
    for images in ("all", "normal"):
        tables[f"loss_{images}"] = {result.name: _loss(result.history[images]) for result in results}
    for name, curves in tables.items():
        with replacing(folder / f"{name}.csv") as partial:
            _stack(curves, families).to_csv(partial, index=False)


def _loss(history: pd.DataFrame) -> pd.DataFrame:
    """Validation loss after each epoch of the last phase; that of earlier phases is of other terms, or of layers."""
    last = history["phase"] == history["phase"].iloc[-1]
    return history.loc[last & (history["epoch"] > 0), ["epoch", "validation_loss"]]


def _stack(tables: Mapping[str, pd.DataFrame], families: Mapping[str, str]) -> pd.DataFrame:
    """The tables below each other, with the columns family and variant before theirs."""
    found = pd.concat(tables, names=["variant", None]).reset_index("variant")
    found.insert(0, "family", found["variant"].map(families))
    return found
