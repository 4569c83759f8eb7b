"""A detector as a graph of PyTorch's operations, for any number of images."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.export import Dim, ExportedProgram

from hourglass.core.errors import HourglassError
from hourglass.detection.detector import Detector
from hourglass.export.module import INPUT, DetectorModule
from hourglass.live.tracing import traceable

BATCH = "batch"


def trace(detector: Detector) -> ExportedProgram:
    """The detector as a graph: images (N, C, H, W) uint8 -> `module.OUTPUTS`.

    Raises:
        HourglassError: a scorer or a network cannot be traced.
    """
    module = DetectorModule(detector).eval()
    # A size of 1 would be taken for a constant.
    example = torch.zeros(3, *detector.image_shape, dtype=torch.uint8)
    networks = {type(member.model).__name__: None for member in detector.members}
    with (
        traceable(member.model for member in detector.members),
        torch.no_grad(),
        quietly(f"{', '.join(networks)} with {', '.join(detector.weights)}"),
    ):
        program = torch.export.export(module, (example,), dynamic_shapes={INPUT: {0: Dim(BATCH)}})
    for parameter in program.parameters():
        parameter.requires_grad_(False)  # so that who loads a .pt2 gets plain numbers
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)  # it has the paths of this machine
    return program


@contextmanager
def quietly(what: str) -> Iterator[None]:
    """Turn whatever PyTorch raises into one line about `what`; its warnings and hints are not shown.

    Raises:
        HourglassError: the block failed.
    """
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except HourglassError as error:
        raise HourglassError(f"this detector cannot be exported: {error}") from None
    except Exception as error:  # tracing raises whatever the traced code does not support
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise HourglassError(f"this detector cannot be exported ({what}): {reason}") from error
    finally:
        logging.disable(logging.NOTSET)
