"""`hourglass reconstruct`: what a variant makes of image files."""

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from hourglass.core.errors import HourglassError
from hourglass.data.parallel import map_files
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.checkpoints import load_model
from hourglass.prediction.models import configured, find_file
from hourglass.prediction.pictures import save
from hourglass.prediction.restoring import observe, restore
from hourglass.prediction.sources import image_files, printable


def reconstruct(paths: Sequence[str], start: Path, model: str, out: Path) -> int:
    """Write a PNG per image into the folder `out`: its reconstruction, or its restoration by a network that restores.

    Args:
        paths, start: as of `image_files`. model: a variant, whose network of all classes is meant, or a model's file.

    Returns:
        exit status: 1 if a file could not be read, else 0.

    Raises:
        HourglassError: there is no such model, or not a single file.
    """
    network = load_model(find_file(model, "all", start), configured())
    observed = partial(observe, start=start, model=network, fit=network.description.get("image_fit", "pad"))
    files, written, failed = image_files(paths, start, [out]), 0, 0
    with tqdm(desc="reconstructing", unit="file", disable=None) as bar:
        for names in files:
            for name, image in zip(names, map_files(observed, names), strict=True):
                error = image if isinstance(image, str) else _write(network, image, name, start / out)
                if error:
                    tqdm.write(f"{printable(name)}: {error}", file=sys.stderr)
                failed += bool(error)
                written += not error
                bar.update()
    if not written + failed:
        raise HourglassError(f"no image files in {' '.join(paths)}")
    print(f"images written to {out}: {written}, unreadable files: {failed}")
    return 1 if failed else 0


def _write(network: Autoencoder, image: Tensor, name: str, folder: Path) -> str | None:
    """Write what the network makes of an image; or return why it makes nothing."""
    found = restore(network, image)
    if not found.isfinite().all():
        return "too much of it is transparent"
    save(found.numpy(), [name], folder)
    return None
