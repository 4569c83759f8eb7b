"""The `likelihood` section of params.yaml, apart from its experiment: checking it should not import torch."""

from pydantic import PositiveInt

from hourglass.core.params import Settings


class LikelihoodSettings(Settings):
    """How closely the likelihood is bounded: `k` importance samples an image. The bound gets tighter with k."""

    k: PositiveInt
