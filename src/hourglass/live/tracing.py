"""Networks whose code depends on values, which are not known while a network is traced.

They are known by what they have, not by their files: whoever imported a variant would depend on it.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from torch import Tensor

from hourglass.models.autoencoder import Autoencoder
from hourglass.models.conditioning import required


@contextmanager
def traceable(networks: Iterable[Autoencoder]) -> Iterator[None]:
    """Within the block, all the networks can be traced on images without hidden pixels."""
    with ExitStack() as changes:
        for network in networks:
            module = sys.modules[type(network).__module__]
            # Class numbers are checked before: the detector's own when it was fitted, the page's by the page.
            for name in [name for name, value in vars(module).items() if value is required]:
                changes.enter_context(_replaced(module, name, lambda y, classes: y))
            if hasattr(network, "patches"):
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


def _encode_whole(model: Any, x: Tensor, y: Tensor | None = None) -> Tensor:
    """`encode` of a masked autoencoder, of images without hidden patches."""
    return model.code(model.encoder(model.embedding(model.patches(x)) + model.positions).mean(1))
