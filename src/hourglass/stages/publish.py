"""Make MLflow agree with the results on disk. Also the command `hourglass publish`."""

import hashlib

from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.data.imageset import ImageSet
from hourglass.tracking import contents
from hourglass.tracking.contents import PublishSettings
from hourglass.tracking.publish import Dataset, publish


class Params(PublishSettings):
    """What the stage reads of params.yaml."""


def main() -> None:
    settings, images = params.read(Params), ImageSet.open(layout.split("train"))
    found = [contents.read(variant, settings) for variant in settings.variants]
    keys = publish(found, Dataset(settings.data.name, digest(images), images[slice(2)]))
    write_json(layout.PUBLISHED, keys)


def digest(images: ImageSet) -> str:
    """SHA-256 of all pixels, in hexadecimal."""
    found = hashlib.sha256()
    for rows in images.slices():
        found.update(images[rows].tobytes())
    return found.hexdigest()
