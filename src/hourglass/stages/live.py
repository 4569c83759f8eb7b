"""Write the networks that the report's page computes with, as many as there is room for."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from hourglass.core import layout, params, weights
from hourglass.core.files import write_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.data.normal import normal_images
from hourglass.data.settings import DataSettings
from hourglass.detection.files import load_detector
from hourglass.live import detector, network
from hourglass.live.network import Images, layers
from hourglass.live.operations import UnsupportedError
from hourglass.live.packing import size
from hourglass.live.selection import budget, candidates, may_fit, removed
from hourglass.models.checkpoints import load_model


class Params(Common):
    """What the stage reads of params.yaml."""

    data: DataSettings
    variants: Mapping[str, Mapping[str, JsonValue]]


def main() -> None:
    settings = params.read(Params)
    train, validation, test = open_splits("train", "validation", "test")
    images = Images(train, validation, test, settings.seed)
    left = budget(len(settings.variants))
    detectors = _detector(settings.variants, images, settings.data.normal, left)
    left -= sum(map(size, detectors.values()))
    models = {name: load_model(layout.model(name, "all")) for name in settings.variants}
    kept, left_out = [], {}
    for candidate in candidates(models, settings.variants, list(detectors)):
        name, model = candidate.name, models[candidate.name]
        try:
            content = network.pack(model, candidate.functions, images) if may_fit(model, left) else None
        except UnsupportedError as reason:
            left_out[name] = str(reason)
            continue
        if content is None or size(content) > left:
            left_out[name] = ""
            continue
        left -= size(content)
        kept.append(name)
        write_json(layout.live(name), content)
    for name, content in detectors.items():
        write_json(layout.LIVE_DETECTOR, {"variant": name, **content})
    index = {
        "variants": kept,
        "left_out": left_out,
        "detector": list(detectors),
        "denoisers": {name: [noise, model.level] for name, model in models.items() if (noise := removed(model))},
        "architectures": {name: found for name, model in models.items() if (found := layers(model))},
    }
    write_json(layout.LIVE_INDEX, index)


def _detector(variants: Iterable[str], images: Images, normal: tuple[int, ...], left: int) -> dict[str, Any]:
    """The first detector that is light enough and fits into `left` characters, by the name of its variant, if any."""
    train, calibration = (normal_images(part, normal) for part in (images.train, images.validation))
    for name in variants:
        _, described = weights.read(layout.detector(name), "detector")
        if not detector.is_light(described):
            continue
        loaded = load_detector(layout.detector(name))
        if not may_fit(loaded.members[0].model, left):
            continue
        try:
            content = detector.pack(loaded, train, calibration, images)
        except UnsupportedError:
            continue
        if size(content) <= left:
            return {name: content}
    return {}
