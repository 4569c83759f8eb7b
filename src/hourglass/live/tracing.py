"""Networks whose code depends on values, which are not known while a network is traced."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from torch import Tensor

from hourglass.models.autoencoder import Autoencoder
from hourglass.variants import cvae
from hourglass.variants.masked import Masked


@contextmanager
def traceable(networks: Iterable[Autoencoder]) -> Iterator[None]:
    """Within the block, all the networks can be traced on images without hidden pixels."""
    with ExitStack() as changes:
        # Class numbers are checked before: the detector's own when it was fitted, the report's by the report.
        changes.enter_context(_replaced(cvae, "required", lambda y, classes: y))
        for network in networks:
            if isinstance(network, Masked):
                changes.enter_context(_replaced(network, "encode", partial(_encode_whole, network)))
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
