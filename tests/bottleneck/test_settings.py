from typing import Any

import pytest

from hourglass.bottleneck.settings import SweepSettings
from hourglass.core.errors import SettingsError
from hourglass.core.params import check

SWEEP: dict[str, Any] = {
    "latent_dims": [2, 8],
    "images": 100,
    "train": {"epochs": 1},
    "train_normal": {"epochs": 2},
    "variants": {"pca": {"module": "pca"}, "wide": {"module": "undercomplete", "hidden": [64, 32]}},
}


def test_network_has_the_modules_settings_and_a_latent_size() -> None:
    variants = check("sweep", SWEEP, SweepSettings).variants
    assert variants["wide"].module == "undercomplete"
    assert variants["wide"].network(8) == {"hidden": [64, 32], "latent_dim": 8}
    assert variants["pca"].network(2) == {"latent_dim": 2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latent_dims": []}, "sweep.latent_dims: "),
        ({"latent_dims": [0]}, "sweep.latent_dims.0: "),
        ({"image": 5}, "sweep.image: unknown setting; did you mean images?"),
        ({"train": {"epoch": 1}}, "sweep.train.epoch: unknown setting; did you mean epochs?"),
        ({"variants": {"pca": {"hidden": [3]}}}, "sweep.variants.pca.module: missing"),
    ],
)
def test_mistakes_are_named_with_their_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check("sweep", SWEEP | change, SweepSettings)
    assert f"params.yaml: {message}" in str(caught.value)
