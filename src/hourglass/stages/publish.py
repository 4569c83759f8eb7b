"""Make MLflow agree with the results on disk. Also the command `hourglass publish`."""

import hashlib
from pathlib import Path

from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.images import Images
from hourglass.data import arrays
from hourglass.tracking import contents
from hourglass.tracking.publish import publish

# Images that are read at a time.
BLOCK = 1000


def main() -> None:
    dataset, settings = arrays.describe(), params.read()
    images = arrays.load("train").images
    found = [contents.read(variant, settings) for variant in settings["variants"]]
    keys = publish(found, images[:2], (dataset.name, digest(images)))
    write_json(Path("reports/published.json"), keys)


def digest(images: Images) -> str:
    """SHA-256 of all pixels, in hexadecimal."""
    found = hashlib.sha256()
    for start in range(0, len(images), BLOCK):
        found.update(images[start : start + BLOCK].tobytes())
    return found.hexdigest()
