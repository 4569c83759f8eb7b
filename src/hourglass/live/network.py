"""A trained network with coarser weights, as JSON for the report's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from hourglass.data.imageset import ImageSet
from hourglass.live import packing, selection
from hourglass.live.functions import Function, functions
from hourglass.live.program import capture
from hourglass.live.quantisation import quantise
from hourglass.live.selection import removes_noise
from hourglass.models.autoencoder import Autoencoder

# Images that show layers their inputs, that measure what quantisation costs, and that the page compares with PyTorch.
SHOWN, MEASURED, COMPARED = 2_000, 500, 2


@dataclass(frozen=True)
class Images:
    """Training images, which layers are shown; validation images, which decide; test images, which are compared."""

    train: ImageSet
    validation: ImageSet
    test: ImageSet
    seed: int


@torch.no_grad()
def pack(model: Autoencoder, names: Sequence[str], images: Images) -> dict[str, Any]:
    """Programs, weights and examples of the functions called `names`. The network itself gets the coarser weights.

    Raises:
        UnsupportedError: the page has no counterpart of an operation.
    """
    # `encode_N` belongs to `encode`.
    own = {name: function for name, function in functions(model).items() if name.startswith(tuple(names))}
    programs = {name: capture(function.apply, model, [model], function.inputs) for name, function in own.items()}
    inputs = _inputs(model, images)
    exact, full_error = _outputs(own, inputs), _error(model, images)
    quantised, levels = quantise(model, lambda: _show(model, images), lambda: _error(model, images))
    return {
        **packing.packed(programs, model.state_dict(), quantised),
        "examples": packing.examples(own, inputs),
        "levels": levels,
        "error": _error(model, images),
        "full_error": full_error,
        "difference": difference(exact, _outputs(own, inputs)),
        **_described(model),
    }


def layers(model: Autoencoder) -> list[str]:
    """Names and sizes of a network's layers that have weights of their own, one a line."""
    return [
        f"{name}: {' '.join(str(module).split())}"
        for name, module in model.named_modules()
        if not list(module.children()) and any(True for _ in module.parameters(recurse=False))
    ]


def difference(some: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """The largest between tensors of the same shapes, relative where a number is above 1."""
    return max(
        float(((one - other).abs() / one.abs().clamp(min=1)).max()) for one, other in zip(some, others, strict=True)
    )


def _described(model: Autoencoder) -> dict[str, Any]:
    settings = model.description["settings"]
    return {
        "image_shape": list(model.image_shape),
        "latent_dim": model.latent_dim,
        "conditional": model.conditional,
        "closed_form": model.closed_form,
        "parameters": sum(values.numel() for values in model.state_dict().values()),
        "beta": settings.get("beta"),
        "noise": selection.removed(model),
        "patch": getattr(model, "patch", None),
    }


def _inputs(model: Autoencoder, images: Images) -> list[dict[str, Tensor]]:
    """What functions of the network take, for each of the first test images."""
    generator = torch.Generator().manual_seed(images.seed)
    examples = []
    every = [function.inputs for function in functions(model).values()]
    visible = {name: rows for inputs in every for name, rows in inputs.items() if name.startswith("visible")}
    for number in range(min(COMPARED, len(images.test))):
        x, y = images.test.batch(slice(number, number + 1))
        z = model.encode(x, model.condition(y))
        noise = torch.randn(z.shape, generator=generator)
        examples.append({**visible, "x": x, "y": y, "z": z, "noise": noise})
    return examples


def _outputs(own: Mapping[str, Function], inputs: Sequence[Mapping[str, Tensor]]) -> list[Tensor]:
    return [function.apply(*(given[key] for key in function.inputs)) for given in inputs for function in own.values()]


def _show(model: Autoencoder, images: Images) -> None:
    for x, y in images.train.spread(SHOWN).batches():
        _rebuild(model, x, y, images.seed)


def _error(model: Autoencoder, images: Images) -> float:
    """Mean squared error of what the network rebuilds or restores, over validation images."""
    x, y = images.validation.spread(MEASURED).batch(slice(None))
    return float((_rebuild(model, x, y, images.seed) - x).square().mean())


def _rebuild(model: Autoencoder, x: Tensor, y: Tensor, seed: int) -> Tensor:
    """Reconstructions, of noisy images where the network removes noise."""
    if removes_noise(model):
        x = model.corrupt(x, model.level, torch.Generator().manual_seed(seed))
    return model.reconstruct(x, model.condition(y))
