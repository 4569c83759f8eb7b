"""Networks whose code depends on values, which are not known while a network is traced."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from torch import Tensor

from hourglass.detection.detector import Detector
from hourglass.variants import cvae
from hourglass.variants.masked import Masked


@contextmanager
def traceable(detector: Detector) -> Iterator[None]:
    """Within the block, all networks of the detector can be traced on images without hidden pixels."""
    with ExitStack() as changes:
        # The class number is the detector's own, and was checked when it was fitted.
        changes.enter_context(_replaced(cvae, "required", lambda y, classes: y))
        for member in detector.members:
            if isinstance(member.model, Masked):
                changes.enter_context(_replaced(member.model, "encode", partial(_encode_whole, member.model)))
        yield


@contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _encode_whole(model: Masked, x: Tensor, y: Tensor | None = None) -> Tensor:
    """`Masked.encode` of images without hidden patches."""
    return model.code(model.encoder(model.embedding(model.patches(x)) + model.positions).mean(1))
