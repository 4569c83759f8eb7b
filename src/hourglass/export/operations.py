"""Operations that ONNX lacks, or whose translation is wrong, in terms of others."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Attention over (B, N, D), as over one head: the translation takes (B, heads, N, D) only."""
    if query.dim() == 4:
        return F.scaled_dot_product_attention(query, key, value)
    return F.scaled_dot_product_attention(query[:, None], key[:, None], value[:, None])[:, 0]


def cross_entropy(logits: Tensor, x: Tensor, **options: object) -> Tensor:
    """Binary cross-entropy of logits, pixel by pixel: the translation is infinite where the logit is below -88."""
    if options.pop("reduction") != "none" or any(value is not None for value in options.values()):
        raise NotImplementedError("binary cross-entropy with weights, or reduced")
    return logits.clamp(min=0) - logits * x + logits.abs().neg().exp().log1p()


REPLACEMENTS: Mapping[Callable[..., Any], Callable[..., Tensor]] = {
    F.scaled_dot_product_attention: attention,
    F.binary_cross_entropy_with_logits: cross_entropy,
}


class Replaced(TorchFunctionMode):
    """A context in which the operations above take the place of PyTorch's."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the replacement of `func`, or `func`."""
        return REPLACEMENTS.get(func, func)(*args, **(kwargs or {}))
