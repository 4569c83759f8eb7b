"""Weights as int8 with a scale per row.

    W[i, j] ~ scale[i] q[i, j],    scale[i] = max_j |W[i, j]| / levels,    q[i, j] an integer from -levels to levels

The fewer the levels, the fewer bytes the weights of a page take once they are compressed. Weights of linear layers get
the fewest levels that raise the error on validation images by at most TOLERANCE; all others get 127.

Rounding each weight by itself adds its errors up. So columns are rounded one after the other, and those that follow
make up for the error as far as the layer's inputs allow: with H = X^T X over training images and H^-1 = U^T U,

    e = (W[:, j] - scale q[:, j]) / U[j, j],    W[:, k] -= e U[j, k]   for k > j

Source: Frantar et al. (2023), "GPTQ: accurate post-training quantization for generative pre-trained transformers".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

# How much the error may rise, as a share of it.
TOLERANCE = 0.03
LEVELS = (3, 4, 5, 6, 8, 10, 12, 15, 20, 31, 63)
FINEST = 127
# Added to the diagonal of H, as a share of its mean: directions without inputs would make it singular.
DAMPING = 0.01
# Columns whose errors are handed on together.
BLOCK = 64
# Inputs of a layer. H has their square as entries: beyond, it takes gigabytes and minutes, so each weight is rounded by
# itself.
WIDEST = 4096


@dataclass(frozen=True)
class Quantised:
    """A tensor as whole numbers (int8, its own shape), and the scale of each of its rows, float32."""

    numbers: Tensor
    scales: Tensor

    @property
    def values(self) -> Tensor:
        """What the page computes with, float32."""
        return self.numbers * self.scales.view(-1, *[1] * (self.numbers.dim() - 1))


def quantise(
    network: nn.Module, run: Callable[[], object], error: Callable[[], float]
) -> tuple[dict[str, Quantised], int]:
    """Quantise all weights of a network, which gets their values in place.

    Returns:
        The weights by name, and the levels of those of linear layers.

    Args:
        run: applies the network to training images.
        error: of the network on validation images.
    """
    exact = {name: values.clone() for name, values in network.state_dict().items() if _is_weight(values)}
    bound = (1 + TOLERANCE) * error()
    with _inputs(network) as products:
        run()
    factors = {name: None if found is None else factor(found) for name, found in products.items()}
    for levels in (*LEVELS, FINEST):
        rounded_weights = {
            name: rounded(values, levels, factors[name]) if name in factors else rounded(values, FINEST)
            for name, values in exact.items()
        }
        network.load_state_dict({name: quantised.values for name, quantised in rounded_weights.items()}, strict=False)
        if error() <= bound:
            break
    return rounded_weights, levels


def _is_weight(values: Tensor) -> bool:
    return values.is_floating_point() and values.dim() > 1


def factor(products: Tensor) -> Tensor:
    """U of a layer: upper triangular, H^-1 = U^T U. `products` are H, (columns, columns), float64."""
    damping = DAMPING * products.diagonal().mean().clamp(min=torch.finfo(torch.float32).tiny)
    products = products + damping * torch.eye(len(products), dtype=torch.double)
    return torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(products)), upper=True)


def rounded(weight: Tensor, levels: int, upper: Tensor | None = None) -> Quantised:
    """A weight (rows, ...) at so many levels.

    Args:
        upper: U of the layer, for a matrix; without it each weight is rounded by itself.
    """
    rows = weight.flatten(1).double()
    largest = rows.abs().amax(1, keepdim=True)
    # In float32, as the page has them.
    scales = torch.where(largest > 0, largest / levels, 1).float()
    numbers = _nearest(rows, scales, levels) if upper is None else _compensated(rows, scales, levels, upper)
    return Quantised(numbers.to(torch.int8).view_as(weight), scales.flatten())


def _nearest(rows: Tensor, scales: Tensor, levels: int) -> Tensor:
    return (rows / scales).round().clamp(-levels, levels)


def _compensated(rows: Tensor, scales: Tensor, levels: int, upper: Tensor) -> Tensor:
    rows, numbers = rows.clone(), torch.zeros_like(rows)
    for start in range(0, len(upper), BLOCK):
        block = range(start, min(start + BLOCK, len(upper)))
        errors = torch.zeros(len(rows), len(block), dtype=torch.double)
        for column in block:
            numbers[:, column] = _nearest(rows[:, column, None], scales, levels)[:, 0]
            error = (rows[:, column] - scales[:, 0] * numbers[:, column]) / upper[column, column]
            rows[:, column + 1 : block.stop] -= error[:, None] * upper[column, column + 1 : block.stop]
            errors[:, column - start] = error
        rows[:, block.stop :] -= errors @ upper[block.start : block.stop, block.stop :]
    return numbers


@contextmanager
def _inputs(network: nn.Module) -> Iterator[Mapping[str, Tensor | None]]:
    """Within the block, adds up X^T X of the inputs of every linear layer.

    Yields:
        Name of its weight -> (columns, columns); None if it has more than WIDEST.
    """
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    products: dict[str, Tensor | None] = {}

    class Recording(TorchFunctionMode):
        def __torch_function__(
            self,
            func: Callable[..., Any],
            types: Sequence[type],
            args: tuple[Any, ...] = (),
            kwargs: Mapping[str, Any] | None = None,
        ) -> Any:
            if func is F.linear and id(args[1]) in names:
                rows = args[0].detach().flatten(0, -2).double()
                name = names[id(args[1])]
                before = products.get(name, torch.zeros(()))
                products[name] = None if before is None or rows.shape[1] > WIDEST else before + rows.T @ rows
            return func(*args, **(kwargs or {}))

    # The fast path of attention does not call `linear`.
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with Recording():
            yield products
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
