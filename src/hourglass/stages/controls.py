"""Measure what every variant is compared with: the mean image, raw pixels as latent codes, PNG and WebP files."""

from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.evaluation import controls, image_files


def main() -> None:
    seed = params.read(Common).seed
    train, validation, test = open_splits("train", "validation", "test")
    mean_image = controls.mean_image(train, validation, test, seed)
    write_json(layout.metrics("evaluate", "mean_image"), to_json(mean_image))
    raw_pixels = controls.raw_pixels(train, test, seed)
    write_json(layout.metrics("evaluate", "pixels"), to_json(raw_pixels))
    image_files.save(image_files.measure(test.first(image_files.COMPRESSED)[:]), layout.FILE_SIZES)
