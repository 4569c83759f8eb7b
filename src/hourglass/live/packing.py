"""A network as the JSON that the report's page reads: programs, weights, examples.

Numbers are gzip in base64, int8 and float32 apart. Whole numbers of few levels are worth coding by frequency only: a
search for repeats finds none and spoils the code.
"""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from hourglass.live.functions import Function
from hourglass.live.program import Program
from hourglass.live.quantisation import Quantised

GZIP = 31


def packed(
    programs: Mapping[str, Program], tensors: Mapping[str, Tensor], quantised: Mapping[str, Quantised]
) -> dict[str, Any]:
    """Programs with the tensors that they use.

    Args:
        tensors: of the network by name, with the values of those that are quantised.
    """
    used = sorted({name for program in programs.values() for name in program.tensors()})
    numbers, floats = bytearray(), bytearray()
    places = {}
    for name in used:
        shape = list(tensors[name].shape)
        if name in quantised:
            places[name] = {"shape": shape, "numbers": len(numbers), "floats": len(floats) // 4}
            numbers += quantised[name].numbers.numpy().tobytes()
            floats += quantised[name].scales.numpy().tobytes()
        else:
            places[name] = {"shape": shape, "floats": len(floats) // 4}
            floats += tensors[name].float().contiguous().numpy().tobytes()
    return {
        "programs": {name: asdict(program) for name, program in programs.items()},
        "tensors": places,
        "numbers": _compressed(bytes(numbers), zlib.Z_HUFFMAN_ONLY),
        "floats": _compressed(bytes(floats), zlib.Z_DEFAULT_STRATEGY),
    }


def size(content: Mapping[str, Any]) -> int:
    """Characters that the weights take in the page."""
    return len(content["numbers"]) + len(content["floats"])


@torch.no_grad()
def examples(functions: Mapping[str, Function], inputs: Sequence[Mapping[str, Tensor]]) -> list[dict[str, Any]]:
    """What PyTorch makes of example inputs: inputs by name, and output, as little-endian float32 in base64.

    The image `x` stands at `pixels`, as bytes.

    Args:
        inputs: for each example, whatever the functions take, by name; batches of one.
    """
    return [
        {
            "function": name,
            "inputs": {key: array(given[key].numpy()) for key in function.inputs if key != "x"},
            **({"pixels": _pixels(given["x"])} if "x" in function.inputs else {}),
            "output": array(function.apply(*(given[key] for key in function.inputs)).numpy()),
        }
        for given in inputs
        for name, function in functions.items()
    ]


def _pixels(images: Tensor) -> str:
    """Images in [0, 1] as the bytes that they were."""
    return base64.b64encode((255 * images).round().byte().numpy().tobytes()).decode()


def array(values: NDArray[Any]) -> str:
    """Values as little-endian float32 in base64."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def _compressed(content: bytes, strategy: int) -> str:
    """Gzip in base64, without a time in it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, GZIP, 9, strategy)
    return base64.b64encode(packer.compress(content) + packer.flush()).decode()
