"""Which networks the report's page gets, and in which order: there is room for so many bytes only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from hourglass.models.autoencoder import Autoencoder

# Characters of the page that are left for weights and pictures: 8 MB (reporting/page.py) less scores and texts.
ROOM = 6_750_000
# Characters of a variant's pictures, at most.
PICTURES = 100_000
# No network takes fewer characters per weight, whatever its levels; spares quantising what cannot fit.
LEAST = 0.2

EVERYTHING = ("encode", "decode", "prior")
# Of conditional networks: samples need no encoder.
GENERATING = ("decode", "prior")


@dataclass(frozen=True)
class Candidate:
    """A network that may be in the page, with those of its functions that the page would use."""

    name: str
    functions: Sequence[str]


def candidates(
    models: Mapping[str, Autoencoder], settings: Mapping[str, Mapping[str, Any]], detectors: Sequence[str] = ()
) -> list[Candidate]:
    """All networks, those that a control of the page needs first.

    Latent planes; conditional networks that differ by beta; one that removes noise, and one that fills in hidden
    patches; the variants of the page's detectors; then the smallest of each module that is not among them; then all
    others, smallest first.

    Args:
        settings: of each variant, as params.yaml has them.
        detectors: names of the variants whose detectors are in the page.
    """
    planes = [name for name, model in models.items() if model.latent_dim == 2 and not model.conditional]
    conditional = _differing_by_beta({name: settings[name] for name, model in models.items() if model.conditional})
    denoising = [name for name, model in models.items() if removes_noise(model)][:1]
    filling = [name for name, model in models.items() if removed(model) == "masked"][:1]
    chosen = list(dict.fromkeys((*planes, *conditional, *denoising, *filling, *detectors)))
    by_size = sorted(models, key=lambda name: _size(models[name]))
    modules = {settings[name]["module"] for name in chosen}
    for name in by_size:
        if settings[name]["module"] not in modules:
            chosen.append(name)
            modules.add(settings[name]["module"])
    chosen += [name for name in by_size if name not in chosen]
    return [Candidate(name, GENERATING if models[name].conditional else EVERYTHING) for name in chosen]


def budget(variants: int) -> int:
    """Characters that all weights in the page may have, so that the pictures of so many variants fit beside them."""
    return max(0, ROOM - variants * PICTURES)


def removes_noise(model: Autoencoder) -> bool:
    """Whether it restores images that have all their pixels, at several strengths of noise."""
    if not model.restores or not model.levels:
        return False
    x = torch.zeros(1, *model.image_shape)
    observed = model.corrupt(x, model.level, torch.Generator().manual_seed(0))
    return observed.shape == x.shape and not bool(observed.isnan().any())


def removed(model: Autoencoder) -> str | None:
    """The kind of noise that a network removes, `masked` for one that fills in hidden patches; None for others."""
    if hasattr(model, "patches"):
        return "masked"
    kind: str | None = model.description["settings"].get("noise") if removes_noise(model) else None
    return kind


def may_fit(model: Autoencoder, left: int) -> bool:
    """Whether a network of this size can fit into `left` characters at all."""
    return LEAST * _size(model) <= left


def _differing_by_beta(settings: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The largest group of variants that differ by beta alone, schedules aside; the first if all are alike."""
    groups: dict[str, list[str]] = {}
    for name, own in settings.items():
        shared = {key: value for key, value in own.items() if key not in ("beta", "train", "train_normal")}
        groups.setdefault(repr(sorted(shared.items())), []).append(name)
    return max(groups.values(), key=len, default=[])


def _size(model: Autoencoder) -> int:
    return sum(values.numel() for values in model.state_dict().values())
