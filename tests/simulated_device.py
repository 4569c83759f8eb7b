"""A device that computes on the CPU, and refuses what a GPU refuses.

It refuses operands on two devices, random numbers from a generator of the CPU, and NumPy.

Within `Simulation`, the device `meta` stands for a GPU. Tensors there have values, so whole trainings run on it and
their results can be compared with the CPU's.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
# What moves tensors between devices: here operands may be on two.
MOVES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class Remote(Tensor):
    """A tensor on the simulated device. Its values are in `local`, a tensor of the CPU."""

    local: Tensor

    @staticmethod
    def __new__(cls, values: Tensor) -> Self:
        own = torch.Tensor._make_wrapper_subclass(
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            device=DEVICE,
        )
        own.local = values
        return own

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return compute(func, args, dict(kwargs or {}))


class Simulation(TorchDispatchMode):
    """A context in which tensors can be made on the simulated device and moved to it."""

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return compute(func, args, dict(kwargs or {}))


def compute(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What `func` returns, on the simulated device if it is asked for it or an operand is there.

    Raises:
        RuntimeError: another operand is on the CPU, and is no single number; or random numbers for the device would
            come from a generator of the CPU.
    """
    leaves = tree_leaves((args, kwargs))
    found = [value for value in leaves if isinstance(value, Tensor)]
    remote = [tensor for tensor in found if isinstance(tensor, Remote)]
    strays = [tensor for tensor in found if not isinstance(tensor, Remote) and tensor.dim()]
    if remote and strays and func not in MOVES:
        operands = ", ".join(f"{tuple(tensor.shape)} on {tensor.device}" for tensor in found)
        raise RuntimeError(f"{func}: operands on two devices: {operands}")
    on, there = kwargs.get("device"), bool(remote)
    if on is not None:
        there = torch.device(on) == DEVICE
        kwargs["device"] = torch.device("cpu") if there else on
    if there and any(isinstance(value, torch.Generator) and value.device.type == "cpu" for value in leaves):
        raise RuntimeError(f"{func}: a generator of the CPU draws for {DEVICE}")
    args, kwargs = tree_map(lambda value: value.local if isinstance(value, Remote) else value, (args, kwargs))
    # What is changed in place is the same tensor afterwards.
    same = {id(tensor.local): tensor for tensor in remote}

    def wrapped(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        if not there:
            return value
        with torch.inference_mode(False):  # views of weights are no inference tensors
            return same[id(value)] if id(value) in same else Remote(value)

    return tree_map(wrapped, func(*args, **kwargs))
