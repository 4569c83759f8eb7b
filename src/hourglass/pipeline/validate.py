"""Check params.yaml and the ledger before anything runs: DVC deletes a stage's outputs before it starts the stage."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hourglass.claims import ledger
from hourglass.core import names, params
from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, suggestion
from hourglass.data.settings import DataSettings
from hourglass.experiments.common.settings import require_known
from hourglass.pipeline import acceptance, metric_names
from hourglass.pipeline.schema import Params

if TYPE_CHECKING:  # quick checks do not wait for torch
    from hourglass.models.autoencoder import Autoencoder

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# Metrics for which images have to be of two classes at least.
NEEDS_CLASSES = re.compile(r"evaluate\.((untrained\.)?representation\.(?!trustworthiness)|generation\.)")
# Beyond these a network takes gigabytes, and hours.
MOST_PIXELS, MOST_PARAMETERS = 8_192, 100_000_000
# More weights than any machine that this is for can train: they would take 4 GB, and their gradients three times that.
MOST_WEIGHTS = 10**9
# Fewer images have no five nearest neighbours in every fold.
FEWEST_SWEPT = 10
# Names that the report, MLflow and `accept` use.
RESERVED = re.compile(r"all|champion|latest|v\d+|pixels|mean_image|glance|figures")


def settings() -> Params:
    """Return the checked content of params.yaml; quick, without torch.

    Raises:
        SettingsError: the first thing that is wrong: file, key path, what is allowed, the nearest known name.
    """
    try:
        return _checked()
    except SettingsError as error:  # a key or a value may hold a line break
        raise SettingsError(" ".join(str(error).split())) from None


def _checked() -> Params:
    content = params.content()
    _check_entries("variants", content.get("variants"))
    sweep = content.get("sweep")
    _check_entries("sweep.variants", sweep.get("variants") if isinstance(sweep, dict) else None)
    _check_entries("experiments", content.get("experiments"))
    checked = params.check("", content, Params)
    _require_data(content["data"])
    for name in checked.detect.variants:
        if name not in checked.variants:
            raise SettingsError(f"{PARAMS}: detect.variants: no variant {name!r}{suggestion(name, checked.variants)}")
    for name in checked.search:
        if name not in checked.variants:
            raise SettingsError(f"{PARAMS}: search.{name}: no variant {name!r}{suggestion(name, checked.variants)}")
    for name, entry in checked.variants.items():
        entry.schedule(name, checked.train)
        entry.normal_schedule(name, checked.train_normal)
    acceptance.expand(checked.accept, checked.variants)
    _require_measured(checked)
    metric_names.require(checked.accept, checked.data.classes)
    _require_sweep(checked)
    for name in checked.experiments:
        require_known(name)
    names.require(checked.data.name, f"{PARAMS}: data.name")
    if ledger.FILE.exists():
        ledger.read()
    return checked


def models(settings: Params) -> None:
    """Build every variant and find its scorers: cheap, and finds what only the module or the image's shape can tell.

    Raises:
        SettingsError: as `settings` does.
    """
    # These import torch, which takes longer than all of `settings`.
    from hourglass.detection import scorer
    from hourglass.experiments.common.run import checked
    from hourglass.models.build import build

    shape = settings.data.image_shape
    for name, entry in settings.variants.items():
        require_size(f"variants.{name}", entry.module, entry.network, shape)
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
        largest = max(number for number in settings.sweep.latent_dims if number <= math.prod(shape))
        where = f"sweep.variants.{name}"
        require_size(where, kind.module, kind.network(largest), shape)
        require_sensible(
            where, build(kind.module, kind.network(latent_dim=1), shape, seed=0, where=where), settings.data
        )
    for name, experiment in settings.experiments.items():
        checked(name, experiment)
        where = f"experiments.{name}.network"
        require_size(where, experiment.module, experiment.network, shape)
        require_sensible(where, build(experiment.module, experiment.network, shape, seed=0, where=where), settings.data)


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


def require_size(where: str, module: str, network: Mapping[str, Any], shape: tuple[int, int, int]) -> None:
    """Check how many weights a network has, before any memory is taken for them.

    Raises:
        SettingsError: they are more than a billion.
    """
    import torch

    from hourglass.models.build import build

    try:
        with torch.device("meta"):
            count = sum(x.numel() for x in build(module, network, shape, 0, where).state_dict().values())
    except (RuntimeError, OverflowError, MemoryError) as error:  # a single tensor beyond what torch can count
        raise SettingsError(f"{PARAMS}: {where}: cannot be built ({' '.join(str(error).split())[:200]})") from None
    if count > MOST_WEIGHTS:
        raise SettingsError(f"{PARAMS}: {where}: {count:,} weights, more than {MOST_WEIGHTS:,}; make it smaller")


def _require_sweep(settings: Params) -> None:
    """Check what would fail after hours, or in the report.

    Raises:
        SettingsError: no autoencoder is swept, at no size, or with too few images.
    """
    sweep, pixels = settings.sweep, math.prod(settings.data.image_shape)
    if not sweep.variants:
        raise SettingsError(f"{PARAMS}: sweep.variants: name at least one autoencoder")
    if min(sweep.latent_dims) > pixels:
        raise SettingsError(f"{PARAMS}: sweep.latent_dims: one must be at most {pixels}, the pixels of an image")
    if sweep.images < FEWEST_SWEPT:
        raise SettingsError(f"{PARAMS}: sweep.images: input should be at least {FEWEST_SWEPT}, got {sweep.images}")


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
