"""The controls: the mean image and raw pixels, which need no training."""

from collections.abc import Mapping

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.core.metrics import Metrics
from hourglass.reporting.results import Result


def load(result: Result) -> dict[str, Metrics]:
    """`mean_image` and `pixels`: metrics at the paths of a variant's.

    Args:
        result: any variant; the mean image as a detector is measured beside each detector.
    """
    mean_image, pixels = (read_json(layout.metrics("evaluate", name)) for name in ("mean_image", "pixels"))
    return {
        "mean_image": Metrics({"evaluate": mean_image, "detect": result.metrics.get("detect.mean_image")}),
        "pixels": Metrics({"evaluate": pixels}),
    }


def joined(controls: Mapping[str, Metrics]) -> Metrics:
    """Reconstruction and detection by the mean image, representation by raw pixels."""
    mean_image, pixels = controls["mean_image"], controls["pixels"]
    evaluate = {
        "reconstruction": mean_image.get("evaluate.reconstruction"),
        "representation": pixels.get("evaluate.representation"),
    }
    return Metrics({"evaluate": evaluate, "detect": mean_image.get("detect")})
