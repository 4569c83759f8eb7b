"""Turn the raw files into training, validation and test images, and count them."""

from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.params import Settings
from hourglass.data.settings import DataSettings
from hourglass.data.splits import prepare


class Params(Settings):
    """What the stage reads of params.yaml."""

    data: DataSettings


def main() -> None:
    write_json(layout.DATA, prepare(params.read(Params).data.name, layout.RAW, layout.PREPARED))
