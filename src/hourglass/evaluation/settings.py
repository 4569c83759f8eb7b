"""The `likelihood` section of params.yaml, apart from its measure: checking it should not import torch."""

from pydantic import PositiveInt

from hourglass.core.params import Settings


class LikelihoodSettings(Settings):
    """How closely the likelihood is bounded.

    k: latent codes drawn per image; the bound gets tighter with more.
    """

    k: PositiveInt
