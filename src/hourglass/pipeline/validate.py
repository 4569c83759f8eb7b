"""Check the whole of params.yaml before anything runs: DVC deletes a stage's outputs before it starts the stage."""

import re
from collections.abc import Mapping
from typing import Any

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Common, Settings
from hourglass.data.settings import IMAGE_SHAPES, DataSettings
from hourglass.detectors.settings import DetectSettings
from hourglass.evaluation import acceptance
from hourglass.experiments.settings import LikelihoodSettings
from hourglass.experiments.sweep import SweepSettings
from hourglass.training.settings import TrainSettings, schedule

SECTIONS: dict[str, type[Settings]] = {
    "data": DataSettings,
    "train": TrainSettings,
    "train_normal": TrainSettings,
    "judge": TrainSettings,
    "detect": DetectSettings,
    "likelihood": LikelihoodSettings,
    "sweep": SweepSettings,
}

NAME = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = re.compile(r"champion|latest|v\d+|pixels|mean_image|glance|figures")


def settings() -> None:
    """Check every section, every variant's name and training, and every criterion; quick, without torch.

    Raises:
        SettingsError: the first thing that is wrong: file, key path, what is allowed, the nearest known name.
    """
    content = params.read()
    known = {*Common.model_fields, *SECTIONS, "variants", "accept"}
    for name in content:
        if name not in known:
            raise SettingsError(f"{PARAMS}: {name}: unknown section{params.suggestion(str(name), known)}")
    params.common()
    for name, schema in SECTIONS.items():
        params.section(name, schema)
    variants = mapping(content, "variants")
    detect = params.section("detect", DetectSettings)
    for key, names in (("own", detect.own), ("members", detect.members), ("halves", detect.halves)):
        for name in names:
            if name not in variants:
                raise SettingsError(f"{PARAMS}: detect.{key}: no variant {name!r}{params.suggestion(name, variants)}")
    for name in variants:
        if not isinstance(name, str) or not NAME.fullmatch(name) or RESERVED.fullmatch(name):
            raise SettingsError(
                f"{PARAMS}: variants.{name}: a name is made of small letters, digits and _, starts with a letter, "
                "and is not one that the report or MLflow use (champion, latest, v1, pixels, mean_image, glance, "
                "figures)"
            )
        variant = params.variant(name)
        _require_module(f"variants.{name}", variant)
        schedule(name, variant, "train")
        schedule(name, variant, "train_normal")
    for name, entry in params.section("sweep", SweepSettings).variants.items():
        _require_module(f"sweep.variants.{name}", entry)
    for name, criterion in acceptance.read(mapping(content, "accept")):
        if criterion.variant not in variants:
            known_variants = params.suggestion(criterion.variant, variants)
            raise SettingsError(f"{PARAMS}: accept.{name}.variant: no variant {criterion.variant!r}{known_variants}")


def models() -> None:
    """Build every variant and find its scorers: cheap, and finds what only the module or the image's shape can tell.

    Raises:
        SettingsError: as `settings` does.
    """
    # These import torch, which takes longer than all of `settings`.
    from hourglass.detectors import registry
    from hourglass.models import build

    shape = IMAGE_SHAPES[params.section("data", DataSettings).name]
    detect = params.section("detect", DetectSettings)
    for name in params.read()["variants"]:
        model = build.build(params.variant(name), shape, seed=0, where=f"variants.{name}")
        for scorer in detect.scorers_of(name) or ():
            registry.find(scorer, type(model))
        if model.closed_form and name in detect.members:
            raise SettingsError(f"{PARAMS}: detect.members.{name}: {type(model).__name__} is the same for every seed")
    for name, entry in params.section("sweep", SweepSettings).variants.items():
        build.build({**entry, "latent_dim": 1}, shape, seed=0, where=f"sweep.variants.{name}")


def _require_module(where: str, entry: Mapping[str, Any]) -> None:
    # dvc.yaml's stages are named by it: without it DVC would stop first, with a message about its own templates.
    if not isinstance(entry.get("module"), str):
        raise SettingsError(f"{PARAMS}: {where}.module: missing; it names a file in variants/")


def mapping(content: dict[str, Any], name: str) -> dict[str, Any]:
    """A section whose keys people choose.

    Raises:
        SettingsError: it is missing, or not a mapping.
    """
    if not isinstance(content.get(name), dict) or not content[name]:
        raise SettingsError(f"{PARAMS}: {name}: expected a mapping of names to settings, got {content.get(name)!r}")
    return dict(content[name])
