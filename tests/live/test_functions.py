import torch

from hourglass.live.functions import functions
from tests.live.small import images, model, settings


def test_codes_of_visible_patches_are_the_models() -> None:
    masked = model(settings()["masked"])
    x, _ = images(count=1).batch(slice(None))
    encoders = [one for name, one in functions(masked).items() if name.startswith("encode_")]
    for level, function in zip(masked.levels, encoders, strict=True):
        # The example hides the patches that this seed draws.
        observed = masked.corrupt(x, level, torch.Generator().manual_seed(0))
        _, visible = function.inputs.values()
        torch.testing.assert_close(function.apply(x, visible), masked.encode(observed))
