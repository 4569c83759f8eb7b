"""A function of a network as a list of operations, traced by PyTorch (torch.export)."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind
from torch.fx import Node

from hourglass.live.operations import UnsupportedError, translate
from hourglass.live.tracing import traceable
from hourglass.models.autoencoder import Autoencoder

# What returns several tensors; `getitem` takes one of them.
SEVERAL = torch.ops.aten.chunk.default


@dataclass(frozen=True)
class Program:
    """A traced function of one image, or of one latent code.

    inputs: names of its arguments.
    operations: [name, arguments, settings] each. An argument is the place of an earlier operation, the name of an input
        or of a tensor of the network, or a number in a list.
    output: as an argument.
    """

    inputs: Sequence[str]
    operations: Sequence[Sequence[Any]]
    output: Any

    def tensors(self) -> list[str]:
        """Names of the network's tensors that it uses."""
        named = (argument for _, arguments, _ in self.operations for argument in arguments if isinstance(argument, str))
        return sorted(set(named) - set(self.inputs))


def capture(
    function: Callable[..., Tensor], network: nn.Module, models: Sequence[Autoencoder], inputs: Mapping[str, Tensor]
) -> Program:
    """Trace `function`, which applies `network`, on example inputs: batches of one.

    Args:
        models: the autoencoders in the network.

    Raises:
        UnsupportedError: it cannot be traced, or the page has no counterpart of an operation.
    """
    with traceable(models), torch.no_grad(), _quietly():
        program = torch.export.export(_Function(network, function).eval(), tuple(inputs.values()))
    return _listed(program, list(inputs))


class _Function(nn.Module):
    """A function of a network as a module, which is what can be traced."""

    def __init__(self, network: nn.Module, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.network = network
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def _listed(program: ExportedProgram, inputs: Sequence[str]) -> Program:
    places: dict[Node, Any] = {}
    waiting = iter(inputs)
    kinds = {one.arg.name: one for one in program.graph_signature.input_specs}
    operations: list[list[Any]] = []
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            own = spec.kind == InputKind.USER_INPUT
            places[node] = next(waiting) if own else str(spec.target).removeprefix("network.")
        elif node.op == "call_function" and node.users and node.target != SEVERAL:
            name, arguments, settings = translate(node)
            operations.append([name, [_place(argument, places) for argument in arguments], settings])
            places[node] = len(operations) - 1
        elif node.op == "output":
            (returned,) = node.args[0]
            return Program(inputs, operations, places[returned])
    raise UnsupportedError("it returns nothing")


def _place(argument: Any, places: Mapping[Node, Any]) -> Any:
    return places[argument] if isinstance(argument, Node) else [argument]


@contextmanager
def _quietly() -> Iterator[None]:
    """Hide what PyTorch prints while it traces; whatever it raises becomes one line."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # tracing raises whatever the traced code does not support
        raise UnsupportedError((str(error).strip().splitlines() or [type(error).__name__])[0]) from error
    finally:
        logging.disable(logging.NOTSET)
