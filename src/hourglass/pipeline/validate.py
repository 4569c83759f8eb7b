"""Check the whole of params.yaml before anything runs: DVC deletes a stage's outputs before it starts the stage."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, suggestion
from hourglass.data.settings import DataSettings
from hourglass.pipeline import acceptance
from hourglass.pipeline.schema import Params

if TYPE_CHECKING:  # quick checks do not wait for torch
    from hourglass.models.autoencoder import Autoencoder

NAME = re.compile(r"[a-z][a-z0-9_]*")
# Metrics for which images have to be of two classes at least.
NEEDS_CLASSES = re.compile(r"evaluate\.((untrained\.)?representation\.(?!trustworthiness)|generation\.)")
# Beyond these a network takes gigabytes, and hours.
MOST_PIXELS, MOST_PARAMETERS = 8_192, 100_000_000
# Names that the report, MLflow and `accept` use.
RESERVED = re.compile(r"all|champion|latest|v\d+|pixels|mean_image|glance|figures")


def settings() -> Params:
    """Return the checked content of params.yaml; quick, without torch.

    Raises:
        SettingsError: the first thing that is wrong: file, key path, what is allowed, the nearest known name.
    """
    content = params.content()
    _check_entries("variants", content.get("variants"))
    sweep = content.get("sweep")
    _check_entries("sweep.variants", sweep.get("variants") if isinstance(sweep, dict) else None)
    checked = params.check("", content, Params)
    _require_data(content["data"])
    for name in checked.detect.variants:
        if name not in checked.variants:
            raise SettingsError(f"{PARAMS}: detect.variants: no variant {name!r}{suggestion(name, checked.variants)}")
    for name, entry in checked.variants.items():
        entry.schedule(name, checked.train)
        entry.normal_schedule(name, checked.train_normal)
    acceptance.expand(checked.accept, checked.variants)
    _require_measured(checked)
    return checked


def models(settings: Params) -> None:
    """Build every variant and find its scorers: cheap, and finds what only the module or the image's shape can tell.

    Raises:
        SettingsError: as `settings` does.
    """
    # These import torch, which takes longer than all of `settings`.
    from hourglass.detection import scorer
    from hourglass.models.build import build

    shape = settings.data.image_shape
    for name, entry in settings.variants.items():
        model = build(entry.module, entry.network, shape, seed=0, where=f"variants.{name}")
        plan = settings.detect.of(name)
        scorer.applicable(plan.candidates, model)
        own = settings.detect.variants.get(name)
        where = f"detect.variants.{name}.scorers" if own and own.scorers else "detect.scorers"
        for chosen in plan.scorers or ():
            scorer.find(chosen, model, where)
        require_sensible(f"variants.{name}", model, settings.data)
        if model.closed_form and plan.networks > 1:
            where = f"{PARAMS}: detect.variants.{name}.networks"
            raise SettingsError(f"{where}: {type(model).__name__} is the same for every seed")
    for name, kind in settings.sweep.variants.items():
        where = f"sweep.variants.{name}"
        require_sensible(
            where, build(kind.module, kind.network(latent_dim=1), shape, seed=0, where=where), settings.data
        )


def _require_measured(settings: Params) -> None:
    """Raise an error if a criterion is about telling classes apart, and there is one class only."""
    if len(settings.data.classes) > 1:
        return
    for name, criterion in settings.accept.items():
        if NEEDS_CLASSES.match(criterion.metric):
            raise SettingsError(
                f"{PARAMS}: accept.{name}.metric: {criterion.metric} is measured with images of at least two classes; "
                f"data.images.classes has {len(settings.data.classes)}; remove the criterion"
            )


def require_sensible(where: str, model: Autoencoder, data: DataSettings) -> None:
    """Raise an error if training a network would take more memory or time than anybody means to spend.

    Also if a conditional network knows fewer classes than there are.
    """
    size = " x ".join(map(str, data.image_shape))
    pixels, parameters = math.prod(data.image_shape), sum(value.numel() for value in model.parameters())
    smaller = "make images smaller (data.images.height, width)"
    if model.closed_form and pixels > MOST_PIXELS:
        raise SettingsError(
            f"{PARAMS}: {where}: {type(model).__name__} needs the covariance of {pixels:,} values ({size} images), at "
            f"most {MOST_PIXELS:,}; {smaller}, or remove the variant"
        )
    if parameters > MOST_PARAMETERS:
        raise SettingsError(
            f"{PARAMS}: {where}: {parameters:,} parameters for {size} images, at most {MOST_PARAMETERS:,}; {smaller}, "
            "or its layers"
        )
    classes = getattr(model, "classes", len(data.classes))
    if classes < len(data.classes):
        raise SettingsError(f"{PARAMS}: {where}.classes: {classes}, but data.images.classes has {len(data.classes)}")


def _require_data(section: Mapping[str, object]) -> None:
    """Check that params.yaml states what dvc.yaml names singly; DVC knows no defaults and would stop on the way.

    Raises:
        SettingsError: `name`, `images` or `normal_class` is missing.
    """
    for name in ("name", "images", "normal_class"):
        if name not in section:
            raise SettingsError(f"{PARAMS}: data.{name}: missing; dvc.yaml depends on it")


def _check_entries(where: str, entries: object) -> None:
    """Check what dvc.yaml's stages are named by: without it DVC would stop first, with a message about its templates.

    Raises:
        SettingsError: a name is not one, or an entry has no `module`.
    """
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if not isinstance(name, str) or not NAME.fullmatch(name) or RESERVED.fullmatch(name):
            raise SettingsError(
                f"{PARAMS}: {where}.{name}: a name is made of small letters, digits and _, starts with a letter, and "
                "is not reserved (all, champion, latest, v1, pixels, mean_image, glance, figures)"
            )
        if isinstance(entry, dict) and not isinstance(entry.get("module"), str):
            raise SettingsError(f"{PARAMS}: {where}.{name}.module: missing; it names a file in variants/")
