"""Make MLflow agree with the results on disk. Also the command `hourglass publish`."""

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
    write_json(layout.PUBLISHED, publish(found, Dataset.of(settings.data.name, images)))
